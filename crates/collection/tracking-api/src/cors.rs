//! Lets pages of any origin send events and read the answers.
//!
//! A write key is public by nature, and nothing here reads cookies, so every origin may come.

use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};

const METHODS: HeaderValue = HeaderValue::from_static("POST, GET, OPTIONS");
/// What a page may always send; a preflight that names more is granted that too.
const REQUEST_HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, content-encoding, x-retry-count, primedata-verdicts");
/// Without this a page cannot see when to try again.
const EXPOSED_HEADERS: HeaderValue = HeaderValue::from_static("Retry-After, X-RateLimit-Reset, X-PrimeData-Position");
/// Two hours, the longest that Chromium honours.
const MAX_AGE: HeaderValue = HeaderValue::from_static("7200");

/// What the browser wants to know, taken from a request before it is answered.
pub(crate) struct Asked {
    origin: Option<HeaderValue>,
    method: Method,
    headers: Option<HeaderValue>,
}

impl Asked {
    pub(crate) fn of(request: &Parts) -> Self {
        Self {
            origin: request.headers.get(header::ORIGIN).cloned(),
            headers: request.headers.get(header::ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
            method: request.method.clone(),
        }
    }

    /// The answer to a preflight; `None` for any other request.
    pub(crate) fn preflight(&self) -> Option<Response> {
        (self.method == Method::OPTIONS).then(|| preflight(self.headers.clone()))
    }

    /// Marks an answer as readable. A post that names no origin comes from a program, which asks for no permission.
    pub(crate) fn allow(self, response: &mut Response) {
        if self.origin.is_some() || self.method != Method::POST {
            allow(response.headers_mut(), self.origin);
        }
    }
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
