use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_schedule::{Exception, Progress};
use serde::{Deserialize, Serialize};

/// Which past events are sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReplayScope {
    Everything,
    /// Those whose delivery failed or expired, and which no replay has delivered since.
    Failures,
    /// Those that ran out of time, from where they are kept, whether the stream still has them or not. Left out are those that a
    /// replay has delivered since, as far as receipts go back.
    Expired,
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
    /// By a person, or because the destination was switched off or deleted, or because it broke down too often.
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
    /// What keeps it from going on as fast as asked for, or made it end where nobody cancelled it, in a sentence.
    #[serde(default)]
    pub held_up: Option<String>,
    /// Whether none of its receipts says any more that an event is tried again. Set some time after it has ended.
    #[serde(default)]
    pub(crate) is_settled: bool,
    /// Those that it reads, where it is about what expired.
    #[serde(default)]
    pub(crate) files: Vec<String>,
    /// Of each partition of `events`, or of each file.
    pub(crate) stretches: Vec<Stretch>,
    /// What is left of them. None: all.
    #[serde(default)]
    pub(crate) owed: Option<Owed>,
}

/// Records of a partition, or events of a file, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stretch {
    #[serde(alias = "next")]
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// What was not sent, and what was tried in vain, by position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owed {
    ranges: Vec<(u64, u64)>,
    /// Position, attempts, and the times of the next and of the first one.
    tried: Vec<(u64, u16, u64, u64)>,
}

impl From<Progress> for Owed {
    fn from(progress: Progress) -> Self {
        let tried = |one: Exception| (one.offset, one.attempt, one.due_ms, one.first_attempt_ms);
        Self {
            ranges: progress.owed.into_iter().map(|range| (range.start, range.end)).collect(),
            tried: progress.exceptions.into_iter().map(tried).collect(),
        }
    }
}

impl Owed {
    /// As the schedule takes it, with the end of everything.
    pub(crate) fn progress(&self, end: u64) -> Progress {
        let exception = |&(offset, attempt, due_ms, first_attempt_ms): &(u64, u16, u64, u64)| Exception {
            offset,
            attempt,
            due_ms,
            first_attempt_ms,
        };
        Progress {
            read_to: end,
            owed: self.ranges.iter().map(|&(start, end)| start..end).collect(),
            exceptions: self.tried.iter().map(exception).collect(),
        }
    }
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
