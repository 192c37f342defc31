use std::fmt;
use std::io;

use crate::embedded::{Environment, Store};
use crate::error::OpenError;
use crate::options::{LogOptions, TopicOptions};
use crate::partition::Partition;
use crate::record::Offset;

/// A cheap handle to all topics of one folder.
#[derive(Clone)]
pub struct Log {
    store: Store,
}

impl Log {
    /// Opens the log of a folder, which is created when missing. The folder stays locked until [`Log::close`] or the
    /// end of the process, however it ends.
    pub fn open(options: LogOptions) -> Result<Self, OpenError> {
        Self::open_in(options, Environment::system())
    }

    pub(crate) fn open_in(options: LogOptions, environment: Environment) -> Result<Self, OpenError> {
        Ok(Self { store: Store::open(options, environment)? })
    }

    /// Opens or creates a partition. The same partition asked for twice is one and keeps its first options.
    ///
    /// Reads through the newest segment file; older ones are looked at when they are read.
    pub fn partition(&self, topic: &str, number: u32, options: TopicOptions) -> Result<Partition, OpenError> {
        Ok(Partition { embedded: self.store.partition(topic, number, options)? })
    }

    /// The next offset that a group is to read, `None` when it never committed one here.
    pub fn committed(&self, group: &str, partition: &Partition) -> Option<Offset> {
        self.store.committed(group, &partition.embedded)
    }

    /// Remembers the next offset that a group is to read. Durable once it returns; commits at the same time share one
    /// sync of the disk. A group may go back, but not beyond the end of the partition. After an error either the old or
    /// the new position may be found.
    ///
    /// Writes a file and waits for the disk, so call it where blocking is allowed.
    pub fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        self.store.commit(group, &partition.embedded, next)
    }

    /// Drops every position of a group. Durable once it returns. An unknown group is no error.
    pub fn forget(&self, group: &str) -> io::Result<()> {
        self.store.forget(group)
    }

    /// All groups that have a position, in order of name.
    pub fn groups(&self) -> Vec<String> {
        self.store.groups()
    }

    /// Carries out retention by age. The owner calls this every minute or so; the log has no timers of its own.
    /// Goes on to the other partitions when one fails, and returns the first failure.
    pub fn maintain(&self, now_ms: i64) -> io::Result<()> {
        self.store.maintain(now_ms)
    }

    /// Makes everything that was sent durable, stops the writers and unlocks the folder. Later appends, trims and
    /// commits are refused; reading still works.
    pub async fn close(&self) {
        self.store.close().await;
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").finish_non_exhaustive()
    }
}
