use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use serde::{Deserialize, Serialize};

/// Which past events are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayScope {
    Everything,
    /// Those whose delivery failed or expired, and which no replay has delivered since.
    Failures,
}

/// What is to be sent again, where to, and how fast.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplaySpec {
    pub destination: DestinationId,
    /// Events that were received at this time or later, ...
    #[serde(with = "millis")]
    pub start: Timestamp,
    /// ... and before this one.
    #[serde(with = "millis")]
    pub end: Timestamp,
    pub scope: ReplayScope,
    pub event_type: Option<String>,
    /// The whole name, upper and lower case being different.
    pub event_name: Option<String>,
    /// Events that are begun in a second, at most. At least 1.
    pub rate_per_second: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayState {
    Running,
    Done,
    /// By a person, or because the destination was switched off or deleted.
    Cancelled,
}

/// What became of the events so far. An event whose attempts go on is in none of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayCounts {
    pub delivered: u64,
    /// What expired included.
    pub failed: u64,
    pub filtered: u64,
}

/// One replay, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// Of this installation, from 1: the lane of its receipts.
    pub number: u32,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub spec: ReplaySpec,
    pub started_by: String,
    #[serde(with = "millis")]
    pub started_at: Timestamp,
    pub state: ReplayState,
    /// Events to be sent, as far as they were counted before it began; never less than were.
    pub total: u64,
    pub counts: ReplayCounts,
    /// When it came to its last state, running included.
    #[serde(with = "millis")]
    pub changed_at: Timestamp,
    /// By partition of `events`: where to go on, and where the replay ends.
    pub(crate) stretches: Vec<Stretch>,
}

/// What is left of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    pub(crate) next: u64,
    pub(crate) end: u64,
}

impl ReplayCounts {
    pub fn ended(&self) -> u64 {
        self.delivered + self.failed + self.filtered
    }
}

/// A time as its milliseconds.
mod millis {
    use prime_event::Timestamp;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        time.as_millis().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_millis)
    }
}
