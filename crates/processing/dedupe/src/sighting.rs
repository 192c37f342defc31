use std::ops::Range;

use crate::address::Address;
use crate::key::MessageKey;

/// A message as deduplication sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sighting {
    pub key: MessageKey,
    /// When a collector took it, milliseconds since 1970. The same each time that the message is processed.
    pub received_at_ms: i64,
    pub address: Address,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not seen before, as far as the window reaches; remembered from now on.
    New,
    /// A message with this key was kept before.
    Duplicate(FirstSeen),
}

/// Where the first one is to be found, as exactly as the index knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// The clock's readings between which it arrived, milliseconds since 1970, both included.
    pub from_ms: i64,
    pub to_ms: i64,
    /// Offsets in `events` among which it is. `None` while it is not durable there.
    pub events: Option<Range<u64>>,
}
