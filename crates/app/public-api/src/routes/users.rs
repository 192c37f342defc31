use axum::extract::{Path, State};
use prime_control::{Account, Role, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// What a person may do in the workspace.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Role)]
pub(crate) enum RoleName {
    /// Everything.
    #[serde(rename = "Workspace Owner")]
    Owner,
    /// Everything but members and tokens.
    #[serde(rename = "Workspace Member")]
    Member,
}

impl From<Role> for RoleName {
    fn from(role: Role) -> Self {
        match role {
            Role::Owner => Self::Owner,
            Role::Member => Self::Member,
        }
    }
}

impl From<RoleName> for Role {
    fn from(name: RoleName) -> Self {
        match name {
            RoleName::Owner => Self::Owner,
            RoleName::Member => Self::Member,
        }
    }
}

/// A person who may sign in.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = User)]
pub(crate) struct UserBody {
    id: String,
    name: String,
    email: String,
    role: RoleName,
    created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Users {
    users: Vec<UserBody>,
    pagination: PageInfo,
}

/// The people of the workspace, oldest account first.
#[utoipa::path(
    get,
    path = "/users",
    tag = "Users",
    params(PageQuery),
    responses((status = 200, body = Data<Users>), Refusal)
)]
pub(super) async fn list_users(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<Users>, ApiError> {
    caller.require(Scope::WorkspaceRead)?;
    let workspace = caller.workspace().clone();
    let accounts = api.control(move |control| control.accounts(&workspace)).await?;
    let (page, pagination) = query.page(accounts, |account| (account.created_at.as_millis(), account.id.clone()))?;
    Ok(Data::of(Users { users: page.into_iter().map(UserBody::from).collect(), pagination }))
}

/// Deletes a person's account and ends its sessions. The last owner cannot be deleted.
#[utoipa::path(
    delete,
    path = "/users/{userId}",
    tag = "Users",
    params(("userId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_user(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::MembersWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_account(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

impl From<Account> for UserBody {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            email: account.email,
            role: account.role.into(),
            created_at: account.created_at.to_string(),
        }
    }
}
