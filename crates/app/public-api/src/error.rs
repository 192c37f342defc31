//! How errors become HTTP: the one place that knows statuses and error bodies.

use axum::Json;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::header::{HeaderValue, RETRY_AFTER};
use prime_control::{ControlError, Resource};
use serde::Serialize;
use utoipa::ToSchema;

/// Why a request was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ApiError {
    /// Nobody, or nobody known, asks.
    Unauthorized(String),
    /// Somebody asks who may not.
    Forbidden(String),
    NotFound(String),
    /// The request is understood and what it says cannot be.
    Validation(Vec<FieldError>),
    /// The request itself cannot be read.
    BadRequest(String),
    UnsupportedMediaType,
    MethodNotAllowed,
    /// It was true when it was looked at, and is not any more.
    Conflict(String),
    /// Not here, or not now.
    Unavailable(String),
    TooLarge,
    TooManyRequests {
        message: String,
        retry_after_s: u64,
    },
    /// Already logged where it happened.
    Internal,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// As the request names it, `settings.url` for example.
    pub(crate) field: String,
    pub(crate) message: String,
}

/// The body of every refusal.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Errors {
    errors: Vec<ErrorBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Error)]
pub(crate) struct ErrorBody {
    /// `unauthorized`, `forbidden`, `not-found`, `validation`, `conflict`, `too-many-requests`, `bad-request`,
    /// `unavailable` or `internal`.
    #[serde(rename = "type")]
    kind: &'static str,
    /// What happened and what to do, in a sentence.
    message: String,
    /// The value that was refused, as the request names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
    status: u16,
}

impl ApiError {
    pub(crate) fn field(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Validation(vec![FieldError { field: field.into(), message: message.into() }])
    }

    /// There is no such thing in this workspace.
    pub(crate) fn missing(what: &str) -> Self {
        Self::NotFound(format!(
            "There is no {what} with this id in the workspace; it may have been deleted. List them to find the right one."
        ))
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Validation(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Unauthorized(_) => "unauthorized",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound(_) => "not-found",
            Self::Validation(_) => "validation",
            Self::BadRequest(_) | Self::UnsupportedMediaType | Self::MethodNotAllowed | Self::TooLarge => "bad-request",
            Self::Conflict(_) => "conflict",
            Self::Unavailable(_) => "unavailable",
            Self::TooManyRequests { .. } => "too-many-requests",
            Self::Internal => "internal",
        }
    }

    fn bodies(&self) -> Vec<ErrorBody> {
        let one = |message: &str| vec![self.body(message, None)];
        match self {
            Self::Unauthorized(message)
            | Self::Forbidden(message)
            | Self::NotFound(message)
            | Self::BadRequest(message)
            | Self::Conflict(message)
            | Self::Unavailable(message)
            | Self::TooManyRequests { message, .. } => one(message),
            Self::Validation(fields) => {
                fields.iter().map(|error| self.body(&error.message, Some(error.field.clone()))).collect()
            }
            Self::UnsupportedMediaType => {
                one("The request has a body that is not announced as JSON; send `Content-Type: application/json`.")
            }
            Self::MethodNotAllowed => {
                one("This address does not take this method; /api/v1/openapi.json lists what each address takes.")
            }
            Self::TooLarge => one("The body is larger than 1 MiB; send less."),
            Self::Internal => one("Something failed on the server's side; try again, and look at its log if it stays."),
        }
    }

    fn body(&self, message: &str, field: Option<String>) -> ErrorBody {
        ErrorBody { kind: self.kind(), message: message.to_owned(), field, status: self.status().as_u16() }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status(), Json(Errors { errors: self.bodies() })).into_response();
        if let Self::TooManyRequests { retry_after_s, .. } = self {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(retry_after_s));
        }
        response
    }
}

impl From<ControlError> for ApiError {
    fn from(error: ControlError) -> Self {
        match error {
            ControlError::NotFound { resource: Resource::Account, .. } => Self::missing("user"),
            ControlError::NotFound { resource, .. } => Self::missing(resource.as_str()),
            ControlError::Invalid { field, sentence } => Self::field(field, sentence),
            ControlError::Store(_)
            | ControlError::Damaged { .. }
            | ControlError::Password(_)
            | ControlError::Elsewhere => {
                tracing::error!(%error, "the control store failed");
                Self::Internal
            }
        }
    }
}

impl From<prime_profiles::StoreError> for ApiError {
    fn from(error: prime_profiles::StoreError) -> Self {
        tracing::error!(%error, "profiles could not be read");
        Self::Internal
    }
}

impl From<prime_identity::StoreError> for ApiError {
    fn from(error: prime_identity::StoreError) -> Self {
        tracing::error!(%error, "the identity graph could not be read");
        Self::Internal
    }
}

impl From<prime_state::StateError> for ApiError {
    fn from(error: prime_state::StateError) -> Self {
        tracing::error!(%error, "receipts could not be read");
        Self::Internal
    }
}

impl From<prime_log::ReadError> for ApiError {
    fn from(error: prime_log::ReadError) -> Self {
        tracing::error!(%error, "a stream could not be read");
        Self::Internal
    }
}
