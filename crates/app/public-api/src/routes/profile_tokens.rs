use axum::extract::{Path, State};
use prime_control::{ProfileToken, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// A token of the Profile API, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ProfileToken)]
pub(crate) struct ProfileTokenBody {
    id: String,
    name: String,
    created_at: String,
    /// To a minute; null while it was never used.
    last_used_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileTokens {
    tokens: Vec<ProfileTokenBody>,
    pagination: PageInfo,
}

/// A new token, in clear: the only time that it is shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedProfileToken {
    id: String,
    name: String,
    created_at: String,
    /// The user name of HTTP Basic, with an empty password.
    token: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateProfileToken {
    /// What it is for, so that it can be told from others: 1 to 100 characters.
    name: String,
}

/// The tokens that read the workspace's profiles through the Profile API, oldest first.
#[utoipa::path(
    get,
    path = "/profile-tokens",
    tag = "Profile API",
    params(PageQuery),
    responses((status = 200, body = Data<ProfileTokens>), Refusal)
)]
pub(super) async fn list_profile_tokens(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<ProfileTokens>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let workspace = caller.workspace().clone();
    let tokens = api.control(move |control| control.profile_tokens(&workspace)).await?;
    let (page, pagination) = query.page(tokens, |token| (token.created_at.as_millis(), token.id.clone()))?;
    Ok(Data::of(ProfileTokens { tokens: page.iter().map(ProfileTokenBody::from).collect(), pagination }))
}

/// Makes a token that reads everybody. It is shown in this answer and never again; keep it on servers.
#[utoipa::path(
    post,
    path = "/profile-tokens",
    tag = "Profile API",
    request_body = CreateProfileToken,
    responses((status = 200, body = Data<CreatedProfileToken>), Refusal)
)]
pub(super) async fn create_profile_token(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateProfileToken>,
) -> Result<Data<CreatedProfileToken>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let made = api.control(move |control| control.create_profile_token(&workspace, &request.name, &author)).await?;
    let (ProfileToken { id, name, created_at, .. }, secret) = made;
    let (created_at, token) = (created_at.to_string(), secret.reveal().to_owned());
    Ok(Data::of(CreatedProfileToken { id, name, created_at, token }))
}

/// Ends a token at once.
#[utoipa::path(
    delete,
    path = "/profile-tokens/{profileTokenId}",
    tag = "Profile API",
    params(("profileTokenId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_profile_token(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_profile_token(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

impl From<&ProfileToken> for ProfileTokenBody {
    fn from(token: &ProfileToken) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            created_at: token.created_at.to_string(),
            last_used_at: token.last_used_at.map(|at| at.to_string()),
        }
    }
}
