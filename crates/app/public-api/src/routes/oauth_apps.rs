use axum::extract::{Path, State};
use prime_control::{OauthApp, OauthKey, OauthToken, Scope};
use prime_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// A program that may obtain access tokens for the tracking API.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OauthApp)]
pub(crate) struct OauthAppBody {
    id: String,
    name: String,
    /// At most two, oldest first.
    keys: Vec<OauthKeyBody>,
    created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OauthKey)]
pub(crate) struct OauthKeyBody {
    /// What assertions name as `kid`.
    id: String,
    created_at: String,
}

/// An access token that an app holds, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = OauthToken)]
pub(crate) struct OauthTokenBody {
    id: String,
    scope: String,
    created_at: String,
    expires_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthApps {
    oauth_apps: Vec<OauthAppBody>,
    pagination: PageInfo,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthAppData {
    oauth_app: OauthAppBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthKeyData {
    oauth_key: OauthKeyBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OauthTokens {
    oauth_tokens: Vec<OauthTokenBody>,
    pagination: PageInfo,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateOauthApp {
    name: String,
    /// An RSA public key of at least 2,048 bits, in PEM.
    public_key: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreateOauthKey {
    /// An RSA public key of at least 2,048 bits, in PEM.
    public_key: String,
}

/// The OAuth apps of the workspace, oldest first.
#[utoipa::path(
    get,
    path = "/oauth-apps",
    tag = "OAuth apps",
    params(PageQuery),
    responses((status = 200, body = Data<OauthApps>), Refusal)
)]
pub(super) async fn list_oauth_apps(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<OauthApps>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let workspace = caller.workspace().clone();
    let apps = api.control(move |control| control.oauth_apps(&workspace)).await?;
    let (page, pagination) = query.page(apps, |app| (app.created_at.as_millis(), app.id.clone()))?;
    Ok(Data::of(OauthApps { oauth_apps: page.into_iter().map(OauthAppBody::from).collect(), pagination }))
}

/// Registers an app with its first public key.
#[utoipa::path(
    post,
    path = "/oauth-apps",
    tag = "OAuth apps",
    request_body = CreateOauthApp,
    responses((status = 200, body = Data<OauthAppData>), Refusal)
)]
pub(super) async fn create_oauth_app(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateOauthApp>,
) -> Result<Data<OauthAppData>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let app = api
        .control(move |control| control.create_oauth_app(&workspace, &request.name, &request.public_key, &author))
        .await?;
    Ok(Data::of(OauthAppData { oauth_app: OauthAppBody::from(app) }))
}

/// Deletes an app and ends all access tokens that it holds.
#[utoipa::path(
    delete,
    path = "/oauth-apps/{appId}",
    tag = "OAuth apps",
    params(("appId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_oauth_app(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_oauth_app(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

/// Gives an app its second public key, so that it can move from one to the other.
#[utoipa::path(
    post,
    path = "/oauth-apps/{appId}/keys",
    tag = "OAuth apps",
    params(("appId" = String, Path)),
    request_body = CreateOauthKey,
    responses((status = 200, body = Data<OauthKeyData>), Refusal)
)]
pub(super) async fn create_oauth_key(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(request): Body<CreateOauthKey>,
) -> Result<Data<OauthKeyData>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let key = api.control(move |control| control.add_oauth_key(&workspace, &id, &request.public_key, &author)).await?;
    Ok(Data::of(OauthKeyData { oauth_key: OauthKeyBody::from(key) }))
}

/// Deletes a public key of an app. Tokens that it obtained stay good until they expire.
#[utoipa::path(
    delete,
    path = "/oauth-apps/{appId}/keys/{keyId}",
    tag = "OAuth apps",
    params(("appId" = String, Path), ("keyId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_oauth_key(
    State(api): State<Api>,
    caller: Caller,
    Path((id, key)): Path<(String, String)>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_oauth_key(&workspace, &id, &key, &author)).await?;
    Ok(Deleted::answer())
}

/// The access tokens of an app that are still good, oldest first.
#[utoipa::path(
    get,
    path = "/oauth-apps/{appId}/tokens",
    tag = "OAuth apps",
    params(("appId" = String, Path), PageQuery),
    responses((status = 200, body = Data<OauthTokens>), Refusal)
)]
pub(super) async fn list_oauth_tokens(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<PageQuery>,
) -> Result<Data<OauthTokens>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let workspace = caller.workspace().clone();
    let tokens = api.control(move |control| control.oauth_tokens(&workspace, &id, Timestamp::now())).await?;
    let (page, pagination) = query.page(tokens, |token| (token.created_at.as_millis(), token.id.clone()))?;
    Ok(Data::of(OauthTokens { oauth_tokens: page.into_iter().map(OauthTokenBody::from).collect(), pagination }))
}

/// Ends one access token at once.
#[utoipa::path(
    delete,
    path = "/oauth-apps/{appId}/tokens/{tokenId}",
    tag = "OAuth apps",
    params(("appId" = String, Path), ("tokenId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn revoke_oauth_token(
    State(api): State<Api>,
    caller: Caller,
    Path((id, token)): Path<(String, String)>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.revoke_oauth_token(&workspace, &id, &token, &author)).await?;
    Ok(Deleted::answer())
}

impl From<OauthApp> for OauthAppBody {
    fn from(app: OauthApp) -> Self {
        Self {
            id: app.id,
            name: app.name,
            keys: app.keys.into_iter().map(OauthKeyBody::from).collect(),
            created_at: app.created_at.to_string(),
        }
    }
}

impl From<OauthKey> for OauthKeyBody {
    fn from(key: OauthKey) -> Self {
        Self { id: key.id, created_at: key.created_at.to_string() }
    }
}

impl From<OauthToken> for OauthTokenBody {
    fn from(token: OauthToken) -> Self {
        Self {
            id: token.id,
            scope: token.scope,
            created_at: token.created_at.to_string(),
            expires_at: token.expires_at.to_string(),
        }
    }
}
