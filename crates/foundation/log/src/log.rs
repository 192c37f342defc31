use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use crate::embedded::{Environment, Store};
use crate::error::OpenError;
use crate::in_memory::InMemoryLog;
use crate::membership::Membership;
use crate::options::{LogOptions, TopicOptions};
use crate::partition::Partition;
use crate::provider::Provider;
use crate::record::Offset;
use crate::transaction::Transactor;

const ASK_AGAIN: Duration = Duration::from_secs(1);

/// A cheap handle to all topics of one log, whatever provides it.
#[derive(Clone)]
pub struct Log {
    provider: Arc<dyn Provider>,
}

impl Log {
    /// Opens the log of a folder, which is created when missing. The folder stays locked until [`Log::close`] or the
    /// end of the process, however it ends.
    pub fn open(options: LogOptions) -> Result<Self, OpenError> {
        Self::open_in(options, Environment::system())
    }

    /// A log for tests that is gone with its last handle. It has transactions and groups of several members.
    pub fn in_memory() -> Self {
        Self::of(InMemoryLog::new())
    }

    /// A log that something else provides, another crate for example.
    pub fn of(provider: impl Provider + 'static) -> Self {
        Self { provider: Arc::new(provider) }
    }

    pub(crate) fn open_in(options: LogOptions, environment: Environment) -> Result<Self, OpenError> {
        Ok(Self::of(Store::open(options, environment)?))
    }

    /// Opens or creates a partition. The same partition asked for twice is one and keeps its first options.
    ///
    /// Reads through the newest segment file; older ones are looked at when they are read.
    pub fn partition(&self, topic: &str, number: u32, options: TopicOptions) -> Result<Partition, OpenError> {
        Ok(Partition { provider: self.provider.partition(topic, number, options)? })
    }

    /// The next offset that a group is to read, `None` when it never committed one here.
    ///
    /// May ask another machine, so call it where blocking is allowed.
    pub fn committed(&self, group: &str, partition: &Partition) -> io::Result<Option<Offset>> {
        self.provider.committed(group, partition.topic(), partition.number())
    }

    /// As [`Log::committed`], off the asynchronous threads, and asked again every second until there is an answer.
    pub async fn position(&self, group: &str, partition: &Partition) -> Option<Offset> {
        loop {
            let (log, owned_group, owned_partition) = (self.clone(), group.to_owned(), partition.clone());
            let asked = tokio::task::spawn_blocking(move || log.committed(&owned_group, &owned_partition)).await;
            match asked.unwrap_or_else(|panic| Err(io::Error::other(panic))) {
                Ok(position) => return position,
                Err(error) => tracing::warn!(group, %error, "failed to ask for a group's position; asking again"),
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// Remembers the next offset that a group is to read. Durable once it returns; commits at the same time share one
    /// sync of the disk. A group may go back, but not beyond the end of the partition. After an error either the old or
    /// the new position may be found.
    ///
    /// Writes a file and waits for the disk, so call it where blocking is allowed.
    pub fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        self.provider.commit(group, partition, next)
    }

    /// Drops every position of a group. Durable once it returns. An unknown group is no error.
    pub fn forget(&self, group: &str) -> io::Result<()> {
        self.provider.forget(group)
    }

    /// All groups that have a position, in order of name.
    pub fn groups(&self) -> io::Result<Vec<String>> {
        self.provider.groups()
    }

    /// Carries out retention by age. The owner calls this every minute or so; the log has no timers of its own.
    /// Goes on to the other partitions when one fails, and returns the first failure.
    pub fn maintain(&self, now_ms: i64) -> io::Result<()> {
        self.provider.maintain(now_ms)
    }

    /// Becomes a member of a group that shares a topic's partitions among its members, in this process and in others.
    /// Where one process owns the log, its member gets all of them for good.
    pub fn join(&self, group: &str, topic: &str, partitions: u32) -> Result<Membership, OpenError> {
        self.provider.join(group, topic, partitions)
    }

    /// Begins to write transactions under an id, and ends the power of whoever wrote under it before. `None` where the
    /// log has no transactions: there, outputs carry their origin and the position follows them.
    pub fn transactor(&self, id: &str) -> Result<Option<Transactor>, OpenError> {
        self.provider.transactor(id)
    }

    /// Makes everything that was sent durable, stops the writers and unlocks the folder. Later appends, trims and
    /// commits are refused; reading still works.
    pub async fn close(&self) {
        self.provider.close().await;
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}
