use prime_event::Timestamp;

use super::{EventPlace, Lane};

/// Deliveries that succeeded at the first attempt and were left out of the sample: a few bytes for each.
///
/// They are named by their places, and so counted once however often they are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedRecord {
    pub lane: Lane,
    /// The partition of `events` that all of them are in.
    pub partition: u32,
    pub groups: Vec<CountedGroup>,
}

/// Those of equal events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CountedGroup {
    pub event_type: String,
    pub event_name: String,
    pub app_version: String,
    pub units: Vec<CountedUnit>,
}

/// One delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountedUnit {
    /// The offset of the event.
    pub offset: u64,
    /// When it was delivered.
    pub at: Timestamp,
    /// From the arrival of the event to then.
    pub latency_ms: u64,
}

impl CountedRecord {
    pub(crate) fn place(&self, unit: &CountedUnit) -> EventPlace {
        EventPlace { partition: self.partition, offset: unit.offset }
    }
}
