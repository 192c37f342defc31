//! Reading at least what was written: a position in the streams goes out with answers and may come back with requests.

use std::time::Duration;

use http::HeaderMap;
use thiserror::Error;

use crate::error::ApiError;
use crate::space::Space;

/// In a request: show at least what was there at this position. In an answer: this is what was shown.
pub const POSITION_HEADER: &str = "x-primedata-position";
/// In a request: how long to wait for the position, in milliseconds.
pub const WAIT_HEADER: &str = "x-primedata-wait-ms";

/// Fifty times what it takes on a machine that keeps up.
const WAIT_MS_DEFAULT: u64 = 1_000;
/// A client that would wait longer asks again.
const WAIT_MS_MAX: u64 = 10_000;

/// Why a position was not waited for to the end.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotReached {
    #[error("the text is no position")]
    NoPosition,
    #[error("profiles have not come so far in time")]
    TimedOut,
}

pub(crate) async fn wait(space: &dyn Space, headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(position) = headers.get(POSITION_HEADER) else { return Ok(()) };
    let position = position.to_str().unwrap_or_default();
    match space.reach(position, wait_of(headers)?).await {
        Ok(()) => Ok(()),
        Err(NotReached::TimedOut) => Err(ApiError::PositionNotReached),
        Err(NotReached::NoPosition) => Err(ApiError::InvalidRequest(format!(
            "The header {POSITION_HEADER} holds no position; send one as it was received."
        ))),
    }
}

fn wait_of(headers: &HeaderMap) -> Result<Duration, ApiError> {
    let Some(value) = headers.get(WAIT_HEADER) else { return Ok(Duration::from_millis(WAIT_MS_DEFAULT)) };
    let millis = value.to_str().ok().and_then(|text| text.parse().ok());
    millis.map(|millis: u64| Duration::from_millis(millis.min(WAIT_MS_MAX))).ok_or_else(|| {
        ApiError::InvalidRequest(format!(
            "The header {WAIT_HEADER} takes a number of milliseconds, {WAIT_MS_MAX} at most."
        ))
    })
}
