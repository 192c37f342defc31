//! Lets pages of any origin send events and read the answers.
//!
//! A write key is public by nature, and nothing here reads cookies, so every origin may come.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

const METHODS: HeaderValue = HeaderValue::from_static("POST, GET, OPTIONS");
/// What a page may always send; a preflight that names more is granted that too.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, content-encoding, x-retry-count, primedata-verdicts");
/// Without this a page cannot see when to try again.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("Retry-After, X-RateLimit-Reset");
/// Two hours, the longest that Chromium honours.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// Answers preflights and marks every other answer as readable.
pub(crate) async fn layer(request: Request, next: Next) -> Response {
    let origin = request.headers().get(header::ORIGIN).cloned();
    let wanted = request.headers().get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned();
    let mut response = match *request.method() {
        Method::OPTIONS => preflight(wanted),
        _ => next.run(request).await,
    };
    allow(response.headers_mut(), origin);
    response
}

fn preflight(wanted: Option<HeaderValue>) -> Response {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, METHODS),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, wanted.unwrap_or(REQUEST_HEADERS)),
        (header::ACCESS_CONTROL_MAX_AGE, MAX_AGE),
        (header::ALLOW, METHODS),
    ];
    (StatusCode::NO_CONTENT, headers).into_response()
}

fn allow(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    match origin {
        // A page that fetches with credentials accepts its own origin only, never the star.
        Some(origin) => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(header::ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
        None => {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        }
    }
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED_HEADERS);
}
