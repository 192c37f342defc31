use axum::extract::{Path, State};
use prime_control::{Invite, Scope};
use prime_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::users::RoleName;
use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// An invite that is still open, without its link.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Invite)]
pub(crate) struct InviteBody {
    id: String,
    email: String,
    role: RoleName,
    created_at: String,
    expires_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Invites {
    invites: Vec<InviteBody>,
    pagination: PageInfo,
}

/// A new invite with its link: the only time that the link is shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedInvite {
    invite: InviteBody,
    invite_url: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateInvite {
    email: String,
    role: RoleName,
}

/// The invites that are still open, oldest first.
#[utoipa::path(
    get,
    path = "/invites",
    tag = "Users",
    params(PageQuery),
    responses((status = 200, body = Data<Invites>), Refusal)
)]
pub(super) async fn list_invites(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<Invites>, ApiError> {
    caller.require(Scope::MembersWrite)?;
    let workspace = caller.workspace().clone();
    let invites = api.control(move |control| control.invites(&workspace, Timestamp::now())).await?;
    let (page, pagination) = query.page(invites, |invite| (invite.created_at.as_millis(), invite.id.clone()))?;
    Ok(Data::of(Invites { invites: page.into_iter().map(InviteBody::from).collect(), pagination }))
}

/// Invites a person. The link in the answer makes one account for this address, once, within seven days; an earlier
/// invite of the same address ends.
#[utoipa::path(
    post,
    path = "/invites",
    tag = "Users",
    request_body = CreateInvite,
    responses((status = 200, body = Data<CreatedInvite>), Refusal)
)]
pub(super) async fn create_invite(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateInvite>,
) -> Result<Data<CreatedInvite>, ApiError> {
    caller.require(Scope::MembersWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let (invite, secret) = api
        .control(move |control| control.create_invite(&workspace, &request.email, request.role.into(), &author))
        .await?;
    let invite_url = format!("{}/setup?token={}", api.public_url, secret.reveal());
    Ok(Data::of(CreatedInvite { invite: InviteBody::from(invite), invite_url }))
}

/// Withdraws an invite.
#[utoipa::path(
    delete,
    path = "/invites/{inviteId}",
    tag = "Users",
    params(("inviteId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_invite(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::MembersWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_invite(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

impl From<Invite> for InviteBody {
    fn from(invite: Invite) -> Self {
        Self {
            id: invite.id,
            email: invite.email.unwrap_or_default(),
            role: invite.role.into(),
            created_at: invite.created_at.to_string(),
            expires_at: invite.expires_at.to_string(),
        }
    }
}
