//! What the door answers: success as Segment spells it, and errors that every SDK can read.

use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use prime_event::DiscardCode;
use prime_log::{AppendError, Offset};
use serde::Serialize;

use crate::admission::Exhausted;

/// How long senders are asked to wait when something is full. SDKs double it by themselves when asked again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// The body of every success. Byte for byte: some SDKs take anything else for a failure.
pub(crate) const SUCCESS: &str = r#"{"success":true}"#;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Where in the journal a request stands: `j` and its number there. The Profile API takes it with a read.
pub(crate) const POSITION_HEADER: HeaderName = HeaderName::from_static("x-primedata-position");

/// A success.
#[derive(Default)]
pub(crate) struct Accepted {
    /// One for each message when the sender asked for it.
    pub(crate) verdicts: Option<Verdicts>,
    /// Told where profiles follow the same journal.
    pub(crate) position: Option<Offset>,
}

#[derive(Serialize)]
pub(crate) struct Verdicts {
    pub(crate) success: bool,
    /// What can be said of the request as a whole, such as `multi_user_error`; absent when all is well.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    pub(crate) verdicts: Vec<MessageVerdict>,
}

/// What became of one message, in the order of the request.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MessageVerdict {
    pub(crate) index: usize,
    pub(crate) status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        let body = match self.verdicts {
            None => Bytes::from_static(SUCCESS.as_bytes()),
            Some(verdicts) => serde_json::to_vec(&verdicts).expect("verdicts are plain data").into(),
        };
        let mut response = json(StatusCode::OK, body);
        if let Some(position) = self.position {
            let position = HeaderValue::from_str(&format!("j{position}")).expect("digits are a header's value");
            response.headers_mut().insert(POSITION_HEADER, position);
        }
        response
    }
}

/// A request that was not taken. Nothing of it will be processed.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    retry_after: Option<Duration>,
}

impl Refused {
    fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), retry_after: None }
    }

    /// The request can never be taken as it is. SDKs drop it.
    pub(crate) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    pub(crate) fn no_write_key() -> Self {
        Self::bad_request(
            "The request has no write key; send it as `writeKey` in the body or as the user name of HTTP Basic.",
        )
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            DiscardCode::InvalidSettings.as_str(),
            "This source asks for OAuth; send a valid access token as `Authorization: Bearer`.",
        )
    }

    pub(crate) fn too_slow() -> Self {
        Self::new(StatusCode::REQUEST_TIMEOUT, "request_timeout", "The body did not arrive in time; send it again.")
    }

    pub(crate) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "The tracking API has no such path.")
    }

    pub(crate) fn unknown_write_key() -> Self {
        Self::new(StatusCode::NOT_FOUND, DiscardCode::UnknownSource.as_str(), "No source has this write key.")
    }

    pub(crate) fn not_built(message: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_built", message)
    }

    pub(crate) fn wrong_method(allowed: &'static str) -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "method_not_allowed",
            format!("This path takes {allowed} requests only."),
        )
    }

    fn too_many_requests(message: impl Into<String>) -> Self {
        let code = DiscardCode::TooManyRequests.as_str();
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message) }
    }

    pub(crate) fn overloaded() -> Self {
        Self::too_many_requests("The server is overloaded; send again after `Retry-After` seconds.")
    }

    /// A source has sent more than it may. `wait` is how long until it may send again.
    pub(crate) fn over_the_limit(messages_per_second: u64, wait: Duration) -> Self {
        let refused = Self::too_many_requests(format!(
            "This source may send {messages_per_second} messages a second; send again after `Retry-After` seconds."
        ));
        Self { retry_after: Some(wait), ..refused }
    }

    pub(crate) fn no_definitions() -> Self {
        Self::unavailable("The server does not know its sources yet; send again after `Retry-After` seconds.")
    }

    fn unavailable(message: &str) -> Self {
        Self { retry_after: Some(RETRY_AFTER), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "unavailable", message) }
    }
}

impl From<Exhausted> for Refused {
    fn from(Exhausted: Exhausted) -> Self {
        Self::too_many_requests("The server holds as many requests as it may; send again after `Retry-After` seconds.")
    }
}

impl From<AppendError> for Refused {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Full { .. } => Self::too_many_requests(
                "The journal is full of requests that are not processed yet; send again after `Retry-After` seconds.",
            ),
            AppendError::TooLarge { .. } => Self::bad_request("The request is too large."),
            AppendError::Closed { reason } => {
                tracing::warn!(%reason, "a request could not be journaled");
                Self::unavailable("The server is stopping or cannot write; send again after `Retry-After` seconds.")
            }
            AppendError::Io(error) => {
                tracing::error!(%error, "a request could not be journaled");
                Self::unavailable("The server cannot write to its disk; send again after `Retry-After` seconds.")
            }
        }
    }
}

#[derive(Serialize)]
struct ErrorBody<'a> {
    success: bool,
    code: &'a str,
    message: &'a str,
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let body = ErrorBody { success: false, code: self.code, message: &self.message };
        let mut response = json(self.status, serde_json::to_string(&body).expect("an error is plain data"));
        if let Some(wait) = self.retry_after {
            put_wait(response.headers_mut(), wait);
        }
        response
    }
}

pub(crate) fn put_wait(headers: &mut HeaderMap, wait: Duration) {
    // Rounded up, and at least one: who comes back too early is refused again.
    let seconds = HeaderValue::from(wait.as_millis().div_ceil(1_000).clamp(1, 3_600) as u64);
    headers.insert(header::RETRY_AFTER, seconds.clone());
    headers.insert("x-ratelimit-reset", seconds);
}

pub(crate) fn json(status: StatusCode, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}
