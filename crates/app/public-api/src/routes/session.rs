use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{HeaderValue, SET_COOKIE};
use http::request::Parts;
use prime_control::{Account, AccountPatch, SESSION_LIFETIME_S, Secret};
use prime_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::users::RoleName;
use super::workspace::WorkspaceBody;
use crate::body::Body;
use crate::caller::{Caller, SESSION_COOKIE, refuse_other_site, session_cookie};
use crate::client_address::{client_address, is_encrypted};
use crate::envelope::{Data, Deleted};
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// Who is signed in, and where.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionData {
    account: AccountBody,
    workspace: WorkspaceBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountBody {
    id: String,
    email: String,
    name: String,
    role: RoleName,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    email: String,
    #[schema(format = Password)]
    password: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct UpdateOwnAccount {
    name: Option<String>,
    /// Needed for a new password.
    #[schema(format = Password)]
    current_password: Option<String>,
    /// At least 12 characters. Ends all other sessions of the account.
    #[schema(min_length = 12, format = Password)]
    new_password: Option<String>,
}

/// The answer of a sign-in: who is signed in, and the cookie that says so from now on.
pub(crate) struct SignedIn {
    session: Secret,
    encrypted: bool,
    body: Data<SessionData>,
}

impl IntoResponse for SignedIn {
    fn into_response(self) -> Response {
        let cookie = cookie(self.session.reveal(), SESSION_LIFETIME_S, self.encrypted);
        ([(SET_COOKIE, cookie)], self.body).into_response()
    }
}

/// Who is signed in with this browser.
#[utoipa::path(get, path = "/session", tag = "Session", responses((status = 200, body = Data<SessionData>), Refusal))]
pub(super) async fn get_session(State(api): State<Api>, caller: Caller) -> Result<Data<SessionData>, ApiError> {
    described(&api, caller.person()?.0)
}

/// Signs in with address and password.
#[utoipa::path(
    post,
    path = "/session",
    tag = "Session",
    request_body = SignIn,
    security(()),
    responses((status = 200, body = Data<SessionData>), Refusal)
)]
pub(super) async fn sign_in(
    State(api): State<Api>,
    parts: Parts,
    Body(request): Body<SignIn>,
) -> Result<SignedIn, ApiError> {
    refuse_other_site(&parts.headers)?;
    let account = verified(&api, &parts, request.email, request.password).await?;
    let refused = || ApiError::Unauthorized("Address and password do not belong together; check both.".into());
    sign_in_as(&api, &parts, account.ok_or_else(refused)?).await
}

/// Signs out.
#[utoipa::path(
    delete,
    path = "/session",
    tag = "Session",
    responses((status = 200, body = Data<Deleted>), Refusal)
)]
pub(super) async fn sign_out(State(api): State<Api>, caller: Caller, parts: Parts) -> Result<Response, ApiError> {
    let session = caller.person()?.1.to_owned();
    api.control(move |control| control.close_session(&session)).await?;
    let gone = cookie("", 0, encrypted(&api, &parts));
    Ok(([(SET_COOKIE, gone)], Deleted::answer()).into_response())
}

/// Changes one's own name or password.
#[utoipa::path(
    patch,
    path = "/session/account",
    tag = "Session",
    request_body = UpdateOwnAccount,
    responses((status = 200, body = Data<SessionData>), Refusal)
)]
pub(super) async fn update_own_account(
    State(api): State<Api>,
    caller: Caller,
    parts: Parts,
    Body(update): Body<UpdateOwnAccount>,
) -> Result<Response, ApiError> {
    let (account, _) = caller.person()?;
    let new_password = update.new_password.is_some();
    if new_password {
        let current = update.current_password.unwrap_or_default();
        if verified(&api, &parts, account.email.clone(), current).await?.is_none() {
            return Err(ApiError::field(
                "currentPassword",
                "This is not the current password; check it and try again.",
            ));
        }
    }
    let patch = AccountPatch { name: update.name, new_password: update.new_password };
    let (workspace, id, author) = (account.workspace.clone(), account.id.clone(), caller.author());
    let changed = api.control_hashing(move |control| control.update_account(&workspace, &id, patch, &author)).await?;
    if new_password {
        return Ok(sign_in_as(&api, &parts, changed).await?.into_response());
    }
    Ok(described(&api, &changed)?.into_response())
}

/// Opens a session for an account that has just proven itself.
pub(crate) async fn sign_in_as(api: &Api, parts: &Parts, account: Account) -> Result<SignedIn, ApiError> {
    let body = described(api, &account)?;
    let earlier = session_cookie(&parts.headers);
    let session = api
        .control(move |control| {
            // A browser has one session at a time.
            if let Some(earlier) = earlier {
                control.close_session(&earlier)?;
            }
            control.open_session(&account, Timestamp::now())
        })
        .await?;
    Ok(SignedIn { session, encrypted: encrypted(api, parts), body })
}

/// The account with this address and password; refuses to look when too many were tried.
async fn verified(api: &Api, parts: &Parts, email: String, password: String) -> Result<Option<Account>, ApiError> {
    let address = client_address(parts, &api.config.http);
    let attempt = api.sign_in_limits.lock().attempt(&email, address, Timestamp::now());
    attempt.map_err(|retry_after_s| ApiError::TooManyRequests {
        message: format!("Too many attempts to sign in; try again in {} minutes.", retry_after_s.div_ceil(60)),
        retry_after_s,
    })?;
    let tried = email.clone();
    let account = api.control_hashing(move |control| control.sign_in(&tried, &password)).await?;
    if account.is_some() {
        api.sign_in_limits.lock().succeeded(&email);
    }
    Ok(account)
}

fn described(api: &Api, account: &Account) -> Result<Data<SessionData>, ApiError> {
    let definitions = api.control.definitions();
    let workspace = definitions.workspaces.get(&account.workspace).ok_or_else(|| ApiError::missing("workspace"))?;
    let body = AccountBody {
        id: account.id.clone(),
        email: account.email.clone(),
        name: account.name.clone(),
        role: account.role.into(),
    };
    Ok(Data::of(SessionData { account: body, workspace: WorkspaceBody::from(&**workspace) }))
}

fn encrypted(api: &Api, parts: &Parts) -> bool {
    is_encrypted(parts, &api.config.http, &api.public_url)
}

fn cookie(value: &str, lifetime_s: i64, encrypted: bool) -> HeaderValue {
    let secure = if encrypted { "; Secure" } else { "" };
    let text = format!("{SESSION_COOKIE}={value}; HttpOnly; SameSite=Strict; Path=/; Max-Age={lifetime_s}{secure}");
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static(""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cookie_is_out_of_reach_of_scripts_and_of_other_sites() {
        let plain = cookie("abc", 60, false);
        assert_eq!(plain, "primedata_session=abc; HttpOnly; SameSite=Strict; Path=/; Max-Age=60");
        assert!(cookie("abc", 60, true).to_str().unwrap().ends_with("; Secure"));
    }
}
