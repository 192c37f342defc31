use prime_event::{DestinationId, SourceId, WorkspaceId};

/// What deliveries are counted under: a source's events on their way to a destination, through one mapping where the
/// destination has several, for the first time or in a replay.
///
/// In one lane each event comes to exactly one end.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub destination: DestinationId,
    /// The mapping, which Segment's API calls a subscription.
    pub subscription: Option<String>,
    /// 0 when an event is delivered for the first time; otherwise the number of the replay.
    pub replay: u32,
}

/// Where an event stands in the `events` stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventPlace {
    pub partition: u32,
    pub offset: u64,
}
