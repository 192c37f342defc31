//! Tokens for one person, for pages: the secrets that sign them, and how one is made.

use axum::extract::{Path, State};
use prime_control::{PersonSecret, Scope};
use prime_event::Timestamp;
use prime_profile_api::{PersonClaims, Resource};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// A day: a page asks its server for another one.
const EXPIRES_IN_S_MAX: i64 = 86_400;
const EXPIRES_IN_S_DEFAULT: i64 = 3_600;

/// A secret, without the secret itself.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersonTokenSecret {
    id: String,
    created_at: String,
    /// Whether it is the newest. The others still verify tokens that were signed with them.
    is_current: bool,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PersonTokenSecrets {
    /// The current one first.
    secrets: Vec<PersonTokenSecret>,
}

/// A new secret, in clear: the only time that it is shown.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedPersonTokenSecret {
    id: String,
    created_at: String,
    is_current: bool,
    secret: String,
}

/// The secrets that sign tokens for one person.
#[utoipa::path(
    get,
    path = "/person-token-secrets",
    tag = "Profile API",
    responses((status = 200, body = Data<PersonTokenSecrets>), Refusal)
)]
pub(super) async fn list_person_token_secrets(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Data<PersonTokenSecrets>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let definitions = api.control.definitions();
    let secrets = definitions.person_secrets(caller.workspace()).enumerate().map(|(place, secret)| PersonTokenSecret {
        id: secret.id.clone(),
        created_at: secret.created_at.to_string(),
        is_current: place == 0,
    });
    Ok(Data::of(PersonTokenSecrets { secrets: secrets.collect() }))
}

/// Makes a secret, which is the current one from now on. It is shown in this answer and never again.
#[utoipa::path(
    post,
    path = "/person-token-secrets",
    tag = "Profile API",
    responses((status = 200, body = Data<CreatedPersonTokenSecret>), Refusal)
)]
pub(super) async fn create_person_token_secret(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Data<CreatedPersonTokenSecret>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let made = api.control(move |control| control.create_person_secret(&workspace, &author)).await?;
    let PersonSecret { id, secret, created_at, .. } = made;
    Ok(Data::of(CreatedPersonTokenSecret { id, created_at: created_at.to_string(), is_current: true, secret }))
}

/// Ends a secret: tokens that were signed with it are refused at once.
#[utoipa::path(
    delete,
    path = "/person-token-secrets/{secretId}",
    tag = "Profile API",
    params(("secretId" = String, Path)),
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn delete_person_token_secret(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deleted>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    api.control(move |control| control.delete_person_secret(&workspace, &id, &author)).await?;
    Ok(Deleted::answer())
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct CreatePersonToken {
    /// Whom it is for, as addresses name them: `user_id:7`, or a profile's id.
    profile: String,
    /// What it may read: `traits`, `external_ids`, `events`, `metadata`, `links`.
    resources: Vec<String>,
    /// For how long it is good, in seconds: up to 86400, 3600 when absent.
    #[schema(minimum = 1, maximum = 86_400)]
    expires_in_s: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CreatedPersonToken {
    /// Sent as `Authorization: Bearer <token>`.
    token: String,
    expires_at: String,
    /// What it reads, the first of the resources.
    url: String,
}

/// Makes a token for one person, to try it and to see how it is done: your own server signs them with the secret.
#[utoipa::path(
    post,
    path = "/person-tokens",
    tag = "Profile API",
    request_body = CreatePersonToken,
    responses((status = 200, body = Data<CreatedPersonToken>), Refusal)
)]
pub(super) async fn create_person_token(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<CreatePersonToken>,
) -> Result<Data<CreatedPersonToken>, ApiError> {
    caller.require(Scope::TokensWrite)?;
    let resources = resources(&request.resources)?;
    if !request.profile.contains(':') && !request.profile.starts_with("use_") && !request.profile.starts_with("acc_") {
        return Err(ApiError::field("profile", "Name the person as `user_id:7`, or by the profile's id."));
    }
    let lasts = match request.expires_in_s.unwrap_or(EXPIRES_IN_S_DEFAULT) {
        lasts @ 1..=EXPIRES_IN_S_MAX => lasts,
        _ => return Err(ApiError::field("expiresInS", "A token for a page lasts 1 to 86400 seconds; ask for that.")),
    };
    let (definitions, workspace) = (api.control.definitions(), caller.workspace());
    let Some(secret) = definitions.person_secrets(workspace).next() else {
        return Err(ApiError::Conflict(
            "The workspace has no secret to sign with yet; make one with POST /person-token-secrets.".into(),
        ));
    };
    let expires = Timestamp::now().as_millis() / 1_000 + lasts;
    let claims = PersonClaims { space: workspace.to_string(), profile: request.profile, expires, resources };
    let collection = if claims.profile.starts_with("group_id:") || claims.profile.starts_with("acc_") {
        "accounts"
    } else {
        "users"
    };
    let url = format!(
        "{}/v1/spaces/{workspace}/collections/{collection}/profiles/{}/{}",
        api.public_url,
        encoded(&claims.profile),
        request.resources[0]
    );
    let token = claims.sign(secret.secret.as_bytes());
    let expires_at = Timestamp::from_millis(expires * 1_000).to_string();
    Ok(Data::of(CreatedPersonToken { token, expires_at, url }))
}

fn resources(names: &[String]) -> Result<Vec<Resource>, ApiError> {
    let read = |name: &String| serde_json::from_value(name.as_str().into());
    let read: Result<Vec<Resource>, _> = names.iter().map(read).collect();
    read.ok().filter(|list| !list.is_empty()).ok_or_else(|| {
        ApiError::field("resources", "Name at least one of traits, external_ids, events, metadata and links.")
    })
}

/// A part of an address: everything but plain letters is percent-encoded.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'@');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}
