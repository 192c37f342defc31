//! Who asks: a server with a space's access token, or a browser with a token for one person.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;

use crate::error::ApiError;
use crate::person_token::{self, PersonClaims};
use crate::space::Space;

/// What a request is allowed to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// Everybody of the space.
    Server,
    /// One person.
    Person(PersonClaims),
}

/// `now_ms` decides whether a person's token has expired.
pub(crate) fn authorize(
    space_id: &str,
    space: &dyn Space,
    headers: &HeaderMap,
    now_ms: i64,
) -> Result<Caller, ApiError> {
    let (scheme, value) = credentials(headers).ok_or(ApiError::Authentication)?;
    if scheme.eq_ignore_ascii_case("basic") {
        let token = basic_user(value).ok_or(ApiError::Authentication)?;
        return if space.accepts(&token) { Ok(Caller::Server) } else { Err(ApiError::Authentication) };
    }
    if scheme.eq_ignore_ascii_case("bearer") {
        let claims = person_token::verify(value, &space.person_token_secrets(), space_id, now_ms);
        return claims.map(Caller::Person).map_err(|_| ApiError::Authentication);
    }
    Err(ApiError::Authentication)
}

fn credentials(headers: &HeaderMap) -> Option<(&str, &str)> {
    let (scheme, value) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some((scheme, value.trim()))
}

/// The user name; the password is left empty by the contract, and whatever it is makes no difference.
fn basic_user(encoded: &str) -> Option<String> {
    let decoded = String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok()?;
    let user = decoded.split_once(':').map_or(decoded.as_str(), |(user, _)| user);
    (!user.is_empty()).then(|| user.to_owned())
}
