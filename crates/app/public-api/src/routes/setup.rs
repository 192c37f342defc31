use axum::extract::State;
use http::request::Parts;
use prime_control::{Invite, InviteKind, NewAccount};
use prime_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::session::{SessionData, SignedIn, sign_in_as};
use super::users::RoleName;
use super::workspace::WorkspaceBody;
use crate::body::{Body, Params};
use crate::caller::refuse_other_site;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SetupQuery {
    /// The one-time token of the link.
    token: String,
}

/// What the link is for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SetupData {
    valid: bool,
    kind: SetupKind,
    workspace: WorkspaceBody,
    /// The address that an invite is for; null for the first account, which chooses its own.
    email: Option<String>,
    role: RoleName,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum SetupKind {
    /// Makes the first account of the server.
    Setup,
    /// Makes one more account.
    Invite,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CompleteSetup {
    /// The one-time token of the link.
    token: String,
    email: String,
    /// 1 to 100 characters.
    name: String,
    /// At least 12 characters.
    #[schema(min_length = 12, format = Password)]
    password: String,
    /// A new name for the workspace, with the first account only.
    workspace_name: Option<String>,
}

/// Whether a setup or invite link can be used.
#[utoipa::path(
    get,
    path = "/setup",
    tag = "Setup",
    params(SetupQuery),
    security(()),
    responses((status = 200, body = Data<SetupData>), Refusal)
)]
pub(super) async fn check_setup(
    State(api): State<Api>,
    Params(query): Params<SetupQuery>,
) -> Result<Data<SetupData>, ApiError> {
    let found = api.control(move |control| control.invite(&query.token, Timestamp::now())).await?;
    let invite = found.ok_or_else(spent)?;
    Ok(Data::of(described(&api, invite)?))
}

/// Makes the account that the link is for, and signs it in. The link is then used up.
#[utoipa::path(
    post,
    path = "/setup",
    tag = "Setup",
    request_body = CompleteSetup,
    security(()),
    responses((status = 200, body = Data<SessionData>), Refusal)
)]
pub(super) async fn complete_setup(
    State(api): State<Api>,
    parts: Parts,
    Body(request): Body<CompleteSetup>,
) -> Result<SignedIn, ApiError> {
    refuse_other_site(&parts.headers)?;
    let new = NewAccount {
        email: request.email,
        name: request.name,
        password: request.password,
        workspace_name: request.workspace_name,
    };
    let token = request.token;
    let account = api.control_hashing(move |control| control.accept_invite(&token, &new, Timestamp::now())).await?;
    sign_in_as(&api, &parts, account.ok_or_else(spent)?).await
}

fn described(api: &Api, invite: Invite) -> Result<SetupData, ApiError> {
    let definitions = api.control.definitions();
    let workspace = definitions.workspaces.get(&invite.workspace).ok_or_else(|| ApiError::missing("workspace"))?;
    Ok(SetupData {
        valid: true,
        kind: match invite.kind {
            InviteKind::Setup => SetupKind::Setup,
            InviteKind::Invite => SetupKind::Invite,
        },
        workspace: WorkspaceBody::from(&**workspace),
        email: invite.email,
        role: invite.role.into(),
    })
}

fn spent() -> ApiError {
    ApiError::NotFound(
        "The link was used, has expired, or was replaced by a newer one; restart the server for a new setup link, or ask for a new invite."
            .into(),
    )
}
