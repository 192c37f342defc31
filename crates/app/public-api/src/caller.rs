//! Who asks: an API token, or a person signed in with a browser.

use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, Method};
use prime_control::{Account, Actor, ApiToken, Author, Scope};
use prime_event::{Timestamp, WorkspaceId};

use crate::error::ApiError;
use crate::state::Api;

pub(crate) const SESSION_COOKIE: &str = "primedata_session";
const CSRF_HEADER: &str = "x-primedata-csrf";

/// Somebody who has proven who they are.
#[derive(Clone)]
pub(crate) enum Caller {
    Token { token: ApiToken, presented: String },
    Person { account: Account, session: String },
}

impl Caller {
    async fn of_token(api: &Api, presented: String) -> Result<Option<Self>, ApiError> {
        let asked = presented.clone();
        let found = api.control(move |control| control.token(&asked)).await?;
        Ok(found.map(|token| Self::Token { token, presented }))
    }

    async fn of_session(api: &Api, session: String) -> Result<Option<Self>, ApiError> {
        let asked = session.clone();
        let found = api.control(move |control| control.session(&asked, Timestamp::now())).await?;
        Ok(found.map(|account| Self::Person { account, session }))
    }

    /// The same caller as they are now; none when the token was deleted or the session has ended.
    pub(crate) async fn again(&self, api: &Api) -> Result<Option<Self>, ApiError> {
        match self {
            Self::Token { presented, .. } => Self::of_token(api, presented.clone()).await,
            Self::Person { session, .. } => Self::of_session(api, session.clone()).await,
        }
    }

    pub(crate) fn workspace(&self) -> &WorkspaceId {
        match self {
            Self::Token { token, .. } => &token.workspace,
            Self::Person { account, .. } => &account.workspace,
        }
    }

    pub(crate) fn scopes(&self) -> &[Scope] {
        match self {
            Self::Token { token, .. } => &token.scopes,
            Self::Person { account, .. } => account.role.scopes(),
        }
    }

    pub(crate) fn may(&self, wanted: Scope) -> bool {
        self.scopes().iter().any(|scope| scope.contains(wanted))
    }

    /// Refuses a caller who lacks a scope.
    pub(crate) fn require(&self, wanted: Scope) -> Result<(), ApiError> {
        if self.may(wanted) {
            return Ok(());
        }
        Err(ApiError::Forbidden(match self {
            Self::Token { .. } => {
                format!(
                    "The token lacks the scope `{wanted}`; make one that has it under Settings, Members and tokens."
                )
            }
            Self::Person { .. } => "Your role does not allow this; ask an owner of the workspace.".into(),
        }))
    }

    /// The person behind a session; tokens have none.
    pub(crate) fn person(&self) -> Result<(&Account, &str), ApiError> {
        match self {
            Self::Person { account, session } => Ok((account, session)),
            Self::Token { .. } => Err(ApiError::Forbidden(
                "A token is not a person and has no account of its own; sign in with an account instead.".into(),
            )),
        }
    }

    /// Who stands in the ledger for a change made now.
    pub(crate) fn author(&self) -> Author {
        let actor = match self {
            Self::Token { token, .. } => Actor::Token { id: token.id.clone(), name: token.name.clone() },
            Self::Person { account, .. } => Actor::Account { id: account.id.clone(), email: account.email.clone() },
        };
        Author::new(actor, Timestamp::now())
    }
}

impl FromRequestParts<Api> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, ApiError> {
        if let Some(token) = bearer(&parts.headers) {
            let presented = token.to_owned();
            return Self::of_token(api, presented).await?.ok_or_else(|| {
                ApiError::Unauthorized("The token is not known; it may have been deleted. Make a new one.".into())
            });
        }
        let Some(session) = session_cookie(&parts.headers) else {
            return Err(ApiError::Unauthorized(
                "Nobody is signed in; sign in, or send `Authorization: Bearer <token>`.".into(),
            ));
        };
        refuse_foreign_origin(&parts.method, &parts.headers)?;
        Self::of_session(api, session)
            .await?
            .ok_or_else(|| ApiError::Unauthorized("The session has ended; sign in again.".into()))
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub(crate) fn session_cookie(headers: &HeaderMap) -> Option<String> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = cookies.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, value)| *name == SESSION_COOKIE && !value.is_empty()).map(|(_, value)| value.to_owned())
}

/// Lets a browser's cookie speak for a change only when our own pages made the request: they send a header that other
/// sites cannot, and the browser says where the request comes from.
fn refuse_foreign_origin(method: &Method, headers: &HeaderMap) -> Result<(), ApiError> {
    if method.is_safe() {
        return Ok(());
    }
    if headers.get(CSRF_HEADER).is_some_and(|value| value == "1") && is_same_origin(headers) == Some(true) {
        return Ok(());
    }
    Err(foreign_origin())
}

/// Refuses a request that a browser says comes from another site, where no cookie speaks yet.
pub(crate) fn refuse_other_site(headers: &HeaderMap) -> Result<(), ApiError> {
    if is_same_origin(headers) == Some(false) { Err(foreign_origin()) } else { Ok(()) }
}

fn foreign_origin() -> ApiError {
    ApiError::Forbidden(
        "The request does not come from this server's own pages; programs send `Authorization: Bearer <token>` instead of a cookie."
            .into(),
    )
}

/// What the browser says of the request's origin; none when it says nothing.
fn is_same_origin(headers: &HeaderMap) -> Option<bool> {
    let text = |name: http::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = headers.get("sec-fetch-site") {
        return Some(site == "same-origin");
    }
    let origin = text(ORIGIN)?;
    let host = origin.split_once("://").map(|(_, host)| host);
    Some(host.is_some() && host == text(HOST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let found = session_cookie(&headers(&[("cookie", "a=b; primedata_session=abc; c=d")]));
        assert_eq!(found.as_deref(), Some("abc"));
        assert_eq!(session_cookie(&headers(&[("cookie", "xprimedata_session=abc; primedata_session=")])), None);
    }

    #[test]
    fn a_cookie_changes_nothing_unless_our_own_page_asks() {
        let change = |pairs: &[(&'static str, &str)]| refuse_foreign_origin(&Method::POST, &headers(pairs)).is_ok();
        assert!(change(&[("x-primedata-csrf", "1"), ("sec-fetch-site", "same-origin")]));
        assert!(change(&[("x-primedata-csrf", "1"), ("origin", "http://a.test:80"), ("host", "a.test:80")]));
        for refused in [
            &[("x-primedata-csrf", "1")][..],
            &[("sec-fetch-site", "same-origin")],
            &[("x-primedata-csrf", "1"), ("sec-fetch-site", "cross-site")],
            &[("x-primedata-csrf", "1"), ("sec-fetch-site", "same-site")],
            &[("x-primedata-csrf", "1"), ("origin", "http://b.test"), ("host", "a.test")],
            &[("x-primedata-csrf", "1"), ("origin", "null"), ("host", "a.test")],
        ] {
            assert!(!change(refused), "{refused:?}");
        }
        assert!(refuse_foreign_origin(&Method::GET, &headers(&[])).is_ok());
    }
}
