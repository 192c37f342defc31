//! The frame around every successful answer.

use axum::Json;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

/// The body of every success.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Data<T> {
    pub(crate) data: T,
}

impl<T> Data<T> {
    pub(crate) fn of(data: T) -> Self {
        Self { data }
    }
}

impl<T: Serialize> IntoResponse for Data<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// What a deletion answers.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deleted {
    status: Success,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
enum Success {
    Success,
}

impl Deleted {
    pub(crate) fn answer() -> Data<Self> {
        Data::of(Self { status: Success::Success })
    }
}
