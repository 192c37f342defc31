//! A processed event as a destination sees it.

use bytes::Bytes;
use prime_event::{SourceId, Timestamp};

use crate::idempotency_key::IdempotencyKey;

/// One processed event on its way to a destination.
#[derive(Clone, Debug)]
pub struct Event {
    pub source: SourceId,
    pub received_at: Timestamp,
    /// The same at every attempt, for far sides that can recognise what they have.
    pub idempotency_key: IdempotencyKey,
    /// The normalised message: one compact JSON object in valid UTF-8. Cheap to clone.
    pub payload: Bytes,
}
