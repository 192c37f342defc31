//! How refusals become HTTP: the one place that knows statuses and error bodies.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use prime_profiles::StoreError;

/// Why a request was not answered with what it asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// No token, or none that is known for this space.
    Authentication,
    /// A person's token that is good for something else.
    NotYours(&'static str),
    /// The request cannot be read.
    InvalidRequest(String),
    /// A parameter is not what it should be.
    Validation(String),
    ProfileNotFound,
    NoSuchAddress,
    MethodNotAllowed,
    RateLimit,
    /// What was asked to be seen is not there yet.
    PositionNotReached,
    /// Already logged where it happened.
    Internal,
    /// A refusal of the deletion API, which has codes of its own.
    Deletion {
        status: StatusCode,
        code: &'static str,
        message: &'static str,
    },
}

impl ApiError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Authentication => StatusCode::UNAUTHORIZED,
            Self::NotYours(_) => StatusCode::FORBIDDEN,
            Self::InvalidRequest(_) | Self::Validation(_) => StatusCode::BAD_REQUEST,
            Self::ProfileNotFound | Self::NoSuchAddress => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::RateLimit => StatusCode::TOO_MANY_REQUESTS,
            Self::PositionNotReached => StatusCode::GATEWAY_TIMEOUT,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Deletion { status, .. } => *status,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Authentication => "authentication_error",
            Self::NotYours(_) => "forbidden",
            Self::InvalidRequest(_) | Self::MethodNotAllowed => "invalid_request_error",
            Self::Validation(_) => "validation_error",
            Self::ProfileNotFound | Self::NoSuchAddress => "not_found",
            Self::RateLimit => "rate_limit_error",
            Self::PositionNotReached => "position_not_reached",
            Self::Internal => "internal_error",
            Self::Deletion { code, .. } => code,
        }
    }

    fn message(&self) -> &str {
        match self {
            Self::Authentication => {
                "The token is missing or not valid for this space. Send an access token as the user name of HTTP Basic, with an empty password."
            }
            Self::InvalidRequest(message) | Self::Validation(message) => message,
            Self::NotYours(message) | Self::Deletion { message, .. } => message,
            Self::ProfileNotFound => "Profile was not found.",
            Self::NoSuchAddress => {
                "There is nothing at this address. It is /v1/spaces/{space}/collections/{users|accounts}/profiles/{type}:{value}/{traits|external_ids|events|metadata|links}."
            }
            Self::MethodNotAllowed => "This address is read with GET.",
            Self::RateLimit => "This space has had too many requests in this second. Try again in a second.",
            Self::PositionNotReached => {
                "Profiles have not come as far as the position that was asked for within the time to wait. Try again, or ask without a position."
            }
            Self::Internal => "Something failed on the server's side. Try again, and look at its log if it stays.",
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "error": { "code": self.code(), "message": self.message() } });
        let mut response = (self.status(), body.to_string()).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if self.status() == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"Profile API\""));
        }
        if self == Self::RateLimit {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        tracing::error!(%error, "profiles could not be read");
        Self::Internal
    }
}
