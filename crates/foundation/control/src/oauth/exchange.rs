use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use prime_event::{Timestamp, WorkspaceId};
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Deserialize;
use serde_json::json;
use thiserror::Error;

use super::apps::entry;
use crate::error::{ControlError, Resource};
use crate::ledger::{Author, record};
use crate::secret::{Digest, Secret, random_id};
use crate::store::ControlStore;

/// The shortest lifetime that Segment offers: a leaked token dies within a day, and SDKs renew by themselves after half.
const TOKEN_LIFETIME_S: i64 = 24 * 60 * 60;
/// SDKs date an assertion five seconds back and let it live to the sixtieth second.
const ASSERTION_LIFETIME_S: i64 = 60;
/// What clocks may differ; SDKs correct more than that by our `Date` header.
const LEEWAY_S: i64 = 5;
/// Each process of an app asks twice a day, so this is an app of five hundred processes.
const TOKENS_PER_APP_MAX: u32 = 1_000;

const GRANT_TYPE: &str = "client_credentials";
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const SCOPE: &str = "tracking_api:write";

/// The fields of a token request, as they came.
#[derive(Clone, Copy, Debug, Default)]
pub struct AssertionForm<'a> {
    pub grant_type: &'a str,
    pub client_assertion_type: &'a str,
    pub client_assertion: &'a str,
    pub scope: &'a str,
}

/// A new access token, in clear.
#[derive(Clone, Debug)]
pub struct AccessToken {
    pub token: Secret,
    pub expires_in_s: i64,
    pub scope: &'static str,
}

/// Why no token was issued.
#[derive(Debug, Error)]
pub enum OauthError {
    /// The request or the assertion is not what it has to be. SDKs correct their clock on two of the sentences.
    #[error("{0}")]
    InvalidRequest(&'static str),
    #[error("the grant type is not client_credentials")]
    UnsupportedGrantType,
    #[error("the scope is not one that this server grants")]
    InvalidScope,
    /// No app has this key, or the assertion is not signed by it.
    #[error("the assertion is not signed by a key of this app")]
    InvalidClient,
    /// The app holds as many tokens as it may; asking again later helps.
    #[error("the app holds too many tokens")]
    TooManyTokens,
    #[error(transparent)]
    Control(#[from] ControlError),
}

impl OauthError {
    /// The `error` of the answer, after RFC 6749 section 5.2.
    pub fn code(&self) -> &'static str {
        match self {
            Self::InvalidRequest(_) => "invalid_request",
            Self::UnsupportedGrantType => "unsupported_grant_type",
            Self::InvalidScope => "invalid_scope",
            Self::InvalidClient => "invalid_client",
            Self::TooManyTokens => "slow_down",
            Self::Control(_) => "server_error",
        }
    }

    /// The `error_description` of the answer.
    pub fn description(&self) -> &'static str {
        match self {
            Self::InvalidRequest(description) => description,
            Self::UnsupportedGrantType => "The grant_type has to be client_credentials.",
            Self::InvalidScope => "The scope has to be tracking_api:write.",
            Self::InvalidClient => {
                "The assertion is not signed by a key of this app; check the app's id in `sub`, the key's id in `kid`, and the private key."
            }
            Self::TooManyTokens => "The app holds 1,000 tokens that are still good; keep a token until it expires.",
            Self::Control(_) => "The server could not store the token; ask again.",
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    aud: String,
    iat: f64,
    exp: f64,
    jti: String,
}

impl ControlStore {
    /// Exchanges a signed assertion for an access token. One assertion serves once.
    ///
    /// `audiences` are the base addresses under which this server is known, without a slash at the end: the assertion has
    /// to name one of them. Blocking.
    pub fn exchange_assertion(
        &self,
        form: &AssertionForm<'_>,
        audiences: &[&str],
        now: Timestamp,
    ) -> Result<AccessToken, OauthError> {
        check_form(form)?;
        let kid = decode_header(form.client_assertion)
            .map_err(|_| OauthError::InvalidRequest("The client_assertion is not a JWT."))?
            .kid
            .ok_or(OauthError::InvalidRequest("The client_assertion names no key in `kid`."))?;
        let key = self.read(|connection| RegisteredKey::find(connection, &kid))?.ok_or(OauthError::InvalidClient)?;
        let claims = key.verify(form.client_assertion)?;
        check_claims(&claims, audiences, now)?;
        let token = Secret::random();
        let issued = self.change(|transaction| issue(transaction, &key, &claims, &token, now))?;
        issued?;
        Ok(AccessToken { token, expires_in_s: TOKEN_LIFETIME_S, scope: SCOPE })
    }
}

fn check_form(form: &AssertionForm<'_>) -> Result<(), OauthError> {
    if form.grant_type != GRANT_TYPE {
        return Err(OauthError::UnsupportedGrantType);
    }
    if form.client_assertion_type != ASSERTION_TYPE {
        return Err(OauthError::InvalidRequest(
            "The client_assertion_type has to be the one of JWT bearer assertions.",
        ));
    }
    if !form.scope.is_empty() && form.scope != SCOPE {
        return Err(OauthError::InvalidScope);
    }
    Ok(())
}

struct RegisteredKey {
    app: String,
    app_name: String,
    workspace: WorkspaceId,
    public_key: String,
}

impl RegisteredKey {
    fn find(connection: &rusqlite::Connection, kid: &str) -> Result<Option<Self>, ControlError> {
        let found = connection.query_row(
            "SELECT app.id, app.name, app.workspace, key.public_key
             FROM oauth_keys AS key JOIN oauth_apps AS app ON app.id = key.app WHERE key.id = ?1",
            params![kid],
            |row| {
                Ok(Self {
                    app: row.get(0)?,
                    app_name: row.get(1)?,
                    workspace: WorkspaceId::from(row.get::<_, String>(2)?),
                    public_key: row.get(3)?,
                })
            },
        );
        Ok(found.optional()?)
    }

    /// The claims of an assertion that this key signed and that speaks for this key's app.
    fn verify(&self, assertion: &str) -> Result<Claims, OauthError> {
        let key = DecodingKey::from_rsa_pem(self.public_key.as_bytes()).map_err(|_| OauthError::InvalidClient)?;
        let mut validation = Validation::new(Algorithm::RS256);
        // Times and audience are checked by `check_claims`, against the time that we are given.
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        let claims = decode::<Claims>(assertion, &key, &validation).map_err(|error| match error.kind() {
            jsonwebtoken::errors::ErrorKind::Json(_) => {
                OauthError::InvalidRequest("The client_assertion needs the claims sub, aud, iat, exp and jti.")
            }
            _ => OauthError::InvalidClient,
        })?;
        if claims.claims.sub == self.app { Ok(claims.claims) } else { Err(OauthError::InvalidClient) }
    }
}

fn check_claims(claims: &Claims, audiences: &[&str], now: Timestamp) -> Result<(), OauthError> {
    let now_s = now.as_millis() as f64 / 1_000.0;
    let (lifetime_s, leeway_s) = (ASSERTION_LIFETIME_S as f64, LEEWAY_S as f64);
    if claims.exp + leeway_s <= now_s {
        return Err(OauthError::InvalidRequest("Token is expired"));
    }
    if claims.iat - leeway_s > now_s {
        return Err(OauthError::InvalidRequest("Token used before issued"));
    }
    if claims.exp - claims.iat > lifetime_s || claims.exp - now_s > lifetime_s + leeway_s {
        return Err(OauthError::InvalidRequest("The client_assertion may live for 60 seconds at most."));
    }
    if claims.jti.is_empty() || claims.jti.len() > 200 {
        return Err(OauthError::InvalidRequest("The client_assertion needs a jti of 1 to 200 characters."));
    }
    if !audiences.contains(&claims.aud.trim_end_matches('/')) {
        return Err(OauthError::InvalidRequest("The audience of the client_assertion is not this server."));
    }
    Ok(())
}

/// The outer error is the store's; the inner one a refusal, after which cleaning up what expired is kept.
fn issue(
    transaction: &Transaction<'_>,
    key: &RegisteredKey,
    claims: &Claims,
    token: &Secret,
    now: Timestamp,
) -> Result<Result<(), OauthError>, ControlError> {
    let now_ms = now.as_millis();
    transaction.execute("DELETE FROM oauth_tokens WHERE expires_at <= ?1", params![now_ms])?;
    transaction.execute("DELETE FROM oauth_assertions WHERE expires_at <= ?1", params![now_ms])?;
    let held: u32 =
        transaction
            .query_row("SELECT count(*) FROM oauth_tokens WHERE app = ?1", params![key.app], |row| row.get(0))?;
    if held >= TOKENS_PER_APP_MAX {
        return Ok(Err(OauthError::TooManyTokens));
    }
    // Kept for as long as the assertion would pass the check of its times.
    let assertion_expires = (claims.exp * 1_000.0) as i64 + LEEWAY_S * 1_000;
    let fresh = transaction.execute(
        "INSERT OR IGNORE INTO oauth_assertions (app, jti, expires_at) VALUES (?1, ?2, ?3)",
        params![key.app, claims.jti, assertion_expires],
    )?;
    if fresh == 0 {
        return Ok(Err(OauthError::InvalidRequest("The client_assertion was used before.")));
    }
    let id = random_id();
    transaction.execute(
        "INSERT INTO oauth_tokens (id, app, digest, scope, created_at, expires_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![id, key.app, Digest::of(token.reveal()), SCOPE, now_ms, now_ms + TOKEN_LIFETIME_S * 1_000],
    )?;
    let change = json!({ "app": key.app, "scope": SCOPE });
    let recorded = entry(&key.workspace, Resource::OauthToken, "created", &id, &key.app_name, change);
    record(transaction, &Author::system(now), &recorded)?;
    Ok(Ok(()))
}
