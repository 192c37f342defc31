use std::path::PathBuf;
use std::time::Duration;

/// Where a log lives and how its files are cut.
#[derive(Clone, Debug)]
pub struct LogOptions {
    /// The folder that holds everything. It is created when missing, and belongs to one process at a time.
    pub dir: PathBuf,
    /// A segment file is closed before it would grow past this. Smaller partitions use smaller segments, see
    /// [`TopicOptions::bytes_max`]; a single batch that is larger gets a segment of its own.
    pub segment_bytes_max: u64,
}

/// How much of a topic is kept, for each of its partitions.
#[derive(Clone, Debug)]
pub struct TopicOptions {
    /// Most bytes on disk. Space comes back in whole segments, which are therefore cut to at most a quarter of this.
    pub bytes_max: u64,
    /// Records go once they are older than this. As whole segments go, a record may outlive it by a quarter.
    pub age_max: Option<Duration>,
    pub when_full: WhenFull,
}

/// What happens to an append that would take a partition past its `bytes_max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhenFull {
    /// The append is refused with `AppendError::Full` until a reader has trimmed. For what must not be lost.
    Refuse,
    /// The oldest segments go, read or not. For what is kept as history.
    TrimOldest,
    /// The oldest segments go, but for what is held ([`Partition::hold`](crate::Partition::hold)), up to twice `bytes_max`. For
    /// what is kept as history and some reader must not miss. Kafka's brokers know of no holding, so there the partition always
    /// keeps up to twice `bytes_max`, and age lets go of what is held, too.
    TrimUnheld,
}
