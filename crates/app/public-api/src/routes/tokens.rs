use axum::extract::{Path, State};
use prime_control::{ApiToken, Scope};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::{Body, Params};
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// A token of this API, without the token itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Token)]
pub(crate) struct TokenBody {
    id: String,
    name: String,
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<&'static str>,
    created_at: String,
}

/// What a token may do. A scope that ends in `:write` contains the one that ends in `:read`.
#[derive(ToSchema)]
#[schema(as = Scope)]
#[expect(dead_code, reason = "describes the texts that scopes are written as")]
pub(crate) enum ScopeName {
    #[schema(rename = "*")]
    All,
    #[schema(rename = "workspace:read")]
    WorkspaceRead,
    #[schema(rename = "workspace:write")]
    WorkspaceWrite,
    #[schema(rename = "sources:read")]
    SourcesRead,
    #[schema(rename = "sources:write")]
    SourcesWrite,
    #[schema(rename = "destinations:read")]
    DestinationsRead,
    #[schema(rename = "destinations:write")]
    DestinationsWrite,
    #[schema(rename = "events:read")]
    EventsRead,
    #[schema(rename = "profiles:read")]
    ProfilesRead,
    #[schema(rename = "profiles:write")]
    ProfilesWrite,
    #[schema(rename = "identity:write")]
    IdentityWrite,
    #[schema(rename = "members:write")]
    MembersWrite,
    #[schema(rename = "tokens:write")]
    TokensWrite,
}

/// A new token, in clear: the only time that it is shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedToken {
    id: String,
    name: String,
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<&'static str>,
    created_at: String,
    token: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tokens {
    tokens: Vec<TokenBody>,
    pagination: PageInfo,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateToken {
    /// What it is for, so that it can be told from others: 1 to 100 characters.
    name: String,
    /// At least one, and none that the caller lacks.
    #[schema(value_type = Vec<ScopeName>)]
    scopes: Vec<String>,
}

/// The tokens of the workspace, oldest first.
#[utoipa::path(
    get,
    path = "/tokens",
    tag = "Tokens",
    params(PageQuery),
    responses((status = 200, body = Data<Tokens>), Refusal)
)]
pub(super) async fn list_tokens(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<PageQuery>,
) -> Result<Data<Tokens>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let workspace = caller.workspace().clone();
    let tokens = api.control(move |control| control.tokens(&workspace)).await?;
    let (page, pagination) = query.page(tokens, |token| (token.created_at.as_millis(), token.id.clone()))?;
    Ok(Data::of(Tokens { tokens: page.iter().map(TokenBody::from).collect(), pagination }))
}

/// Makes a token. It is shown in this answer and never again.
#[utoipa::path(
    post,
    path = "/tokens",
    tag = "Tokens",
    request_body = CreateToken,
    responses((status = 200, body = Data<CreatedToken>), Refusal)
)]
pub(super) async fn create_token(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreateToken>,
) -> Result<Data<CreatedToken>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let scopes = wanted(&caller, &request.scopes)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let (token, secret) =
        api.control(move |control| control.create_token(&workspace, &request.name, &scopes, &author)).await?;
    let TokenBody { id, name, scopes, created_at } = TokenBody::from(&token);
    Ok(Data::of(CreatedToken { id, name, scopes, created_at, token: secret.reveal().to_owned() }))
}

/// Ends a token at once.
#[utoipa::path(
    delete,
    path = "/tokens/{tokenId}",
    tag = "Tokens",
    params(("tokenId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_token(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_token(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

/// The scopes asked for, once each; a token can give no more than its maker has.
fn wanted(caller: &Caller, names: &[String]) -> Result<Vec<Scope>, ApiError> {
    let mut scopes = Vec::new();
    for name in names {
        let scope = Scope::parse(name).ok_or_else(|| {
            let known: Vec<_> = Scope::EVERY.iter().map(|scope| scope.as_str()).collect();
            ApiError::field("scopes", format!("There is no such scope; there are {}.", known.join(", ")))
        })?;
        if !caller.may(scope) {
            return Err(ApiError::Forbidden(format!("You lack the scope `{scope}` yourself and cannot pass it on.")));
        }
        if !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    Ok(scopes)
}

impl From<&ApiToken> for TokenBody {
    fn from(token: &ApiToken) -> Self {
        Self {
            id: token.id.clone(),
            name: token.name.clone(),
            scopes: token.scopes.iter().map(|scope| scope.as_str()).collect(),
            created_at: token.created_at.to_string(),
        }
    }
}
