//! The OAuth token endpoint: a signed assertion in, an access token out.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{Method, StatusCode, header};
use prime_control::{AccessToken, AssertionForm, OauthError};
use prime_event::Timestamp;
use serde_json::json;
use url::form_urlencoded;

use crate::Inner;
use crate::answer::{self, Refused};
use crate::body::Incoming;
use crate::network::Peer;

pub(crate) async fn exchange(inner: &Inner, peer: Option<Peer>, parts: &Parts, body: impl Incoming) -> Response {
    if parts.method != Method::POST {
        return Refused::wrong_method("POST").into_response();
    }
    let received = match inner.receive(&parts.headers, body).await {
        Ok(received) => received,
        Err(refused) => return refused.into_response(),
    };
    let authority = parts.uri.authority().map(|authority| authority.as_str());
    let base = inner.options.base_url(peer, &parts.headers, authority);
    let control = inner.control.clone();
    // Checking a signature and writing the token down both take their time.
    let outcome = tokio::task::spawn_blocking(move || {
        let form: Vec<(String, String)> = form_urlencoded::parse(&received.bytes).into_owned().collect();
        let field = |name: &str| form.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let form = AssertionForm {
            grant_type: field("grant_type"),
            client_assertion_type: field("client_assertion_type"),
            client_assertion: field("client_assertion"),
            scope: field("scope"),
        };
        control.exchange_assertion(&form, &[&base], Timestamp::now())
    });
    match outcome.await {
        Ok(Ok(token)) => granted(&token),
        Ok(Err(error)) => denied(&error),
        Err(panicked) => {
            tracing::error!(%panicked, "exchanging an assertion failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

fn granted(token: &AccessToken) -> Response {
    let body = json!({
        "access_token": token.token.reveal(),
        "token_type": "Bearer",
        "expires_in": token.expires_in_s,
        "scope": token.scope,
    });
    ([(header::CACHE_CONTROL, "no-store")], answer::json(StatusCode::OK, body.to_string())).into_response()
}

fn denied(error: &OauthError) -> Response {
    let status = match error {
        OauthError::InvalidClient => StatusCode::UNAUTHORIZED,
        OauthError::TooManyTokens => StatusCode::TOO_MANY_REQUESTS,
        OauthError::Control(cause) => {
            tracing::error!(%cause, "an access token could not be stored");
            StatusCode::SERVICE_UNAVAILABLE
        }
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({ "error": error.code(), "error_description": error.description() });
    let mut response = answer::json(status, body.to_string());
    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
        answer::put_wait(response.headers_mut(), std::time::Duration::from_secs(10));
    }
    response
}
