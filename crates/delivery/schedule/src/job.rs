use std::ops::Range;

/// A destination within one schedule, given by [`Schedule::add_destination`](crate::Schedule::add_destination).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct DestinationId(pub(crate) u32);

/// A partition of the stream that jobs come from.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PartitionId(pub u16);

/// The virtual queue of a job within its destination.
///
/// A batch never holds jobs of two groups: who batches by the equal value of a field makes a group of each value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct QueueName {
    pub group: u32,
    /// A hash of the ordering key. Of the jobs with one, the next is sent only when the one before it is finished.
    /// Two keys with the same hash are kept in order with each other, which is harmless.
    pub order: Option<u64>,
    /// The share of this queue against others of its destination; the last one offered counts. At least 1.
    pub weight: u8,
}

impl QueueName {
    pub const fn group(group: u32) -> Self {
        Self { group, order: None, weight: 1 }
    }
}

/// An event that a destination is owed.
#[derive(Clone, Copy, Debug)]
pub struct Offer {
    pub destination: DestinationId,
    pub partition: PartitionId,
    pub offset: u64,
    pub queue: QueueName,
    /// Since when the event waits, for people who ask how old the backlog is.
    pub since_ms: u64,
}

/// What became of an offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[must_use]
pub enum Offered {
    Taken,
    /// Noted as owed and not held in memory. [`Schedule::next_read`](crate::Schedule::next_read) will ask for it.
    Later,
    /// It was taken before, or is finished. Nothing changed.
    Known,
}

/// One attempt of one job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Job {
    pub(crate) slot: u32,
    pub partition: PartitionId,
    pub offset: u64,
    /// 1 for the first. Stays at 4,095 from there on.
    pub attempt: u16,
    pub first_attempt_ms: u64,
}

/// One request to make: a job, or a batch of some that are of one group.
///
/// It counts as in flight until it is settled. Losing it keeps its jobs in flight for good.
#[derive(Debug)]
#[must_use]
pub struct Send {
    pub destination: DestinationId,
    pub jobs: Vec<Job>,
    pub sent_ms: u64,
    /// The circuit is half open, and this request decides whether it closes.
    pub probe: bool,
    pub(crate) retry: bool,
}

/// What a destination made of one job.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Delivered,
    /// Refused for good.
    Failed,
    /// Found out not to be meant for the destination.
    Filtered,
    /// Try again after a pause that grows with the attempts.
    Retry,
    /// Try again at that time and not before, and send nothing else to the destination until then: `Retry-After`.
    RetryAt {
        at_ms: u64,
    },
}

/// What became of a request.
#[derive(Clone, Copy, Debug)]
pub enum Settlement<'a> {
    All(Outcome),
    /// One outcome for each job, in their order. Jobs without one are tried again.
    Each(&'a [Outcome]),
    /// The batch as a whole was refused, for what some of its items are. It is sent again in halves; a job that is
    /// refused alone has failed.
    Refused,
}

/// A job whose time to be delivered has run out. In flight until [`Schedule::archived`](crate::Schedule::archived).
#[derive(Debug)]
#[must_use]
pub struct ExpiredJob {
    pub destination: DestinationId,
    pub job: Job,
}

/// Offsets to read again and to offer, in ascending order, until an offer is answered with
/// [`Offered::Later`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Read {
    pub destination: DestinationId,
    pub partition: PartitionId,
    pub offsets: Range<u64>,
}
