//! The time of day, as schedules count it.

use std::time::Duration;

use prime_event::Timestamp;
use tokio::time::Instant;

pub(crate) fn now_ms() -> u64 {
    Timestamp::now().as_millis().unsigned_abs()
}

/// When to wake at that time. A time that has passed is a moment from now, so that everything else has its turn.
pub(crate) fn moment(at_ms: u64) -> Instant {
    Instant::now() + Duration::from_millis(at_ms.saturating_sub(now_ms()).max(1))
}
