use std::io;

use crate::error::OpenError;
use crate::options::{LogOptions, TopicOptions};
use crate::partition::Partition;
use crate::record::Offset;

/// A cheap handle to all topics of one folder.
#[derive(Clone, Debug)]
pub struct Log {}

impl Log {
    /// Opens the log of a folder, which is created when missing. The folder stays locked until [`Log::close`] or the
    /// end of the process, however it ends.
    pub fn open(options: LogOptions) -> Result<Self, OpenError> {
        let _ = options;
        unimplemented!("the signature comes first")
    }

    /// Opens or creates a partition. The same partition asked for twice is one and keeps its first options.
    ///
    /// Reads through the newest segment file; older ones are looked at when they are read.
    pub fn partition(&self, topic: &str, number: u32, options: TopicOptions) -> Result<Partition, OpenError> {
        let _ = (topic, number, options);
        unimplemented!("the signature comes first")
    }

    /// The next offset that a group is to read, `None` when it never committed one here.
    pub fn committed(&self, group: &str, partition: &Partition) -> Option<Offset> {
        let _ = (group, partition);
        unimplemented!("the signature comes first")
    }

    /// Remembers the next offset that a group is to read. Durable once it returns; commits at the same time share one
    /// sync of the disk. A group may go back. After an error either the old or the new position may be found.
    ///
    /// Writes a file and waits for the disk, so call it where blocking is allowed.
    pub fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        let _ = (group, partition, next);
        unimplemented!("the signature comes first")
    }

    /// Drops every position of a group. Durable once it returns. An unknown group is no error.
    pub fn forget(&self, group: &str) -> io::Result<()> {
        let _ = group;
        unimplemented!("the signature comes first")
    }

    /// All groups that have a position, in order of name.
    pub fn groups(&self) -> Vec<String> {
        unimplemented!("the signature comes first")
    }

    /// Carries out retention by age. The owner calls this every minute or so; the log has no timers of its own.
    /// Goes on to the other partitions when one fails, and returns the first failure.
    pub fn maintain(&self, now_ms: i64) -> io::Result<()> {
        let _ = now_ms;
        unimplemented!("the signature comes first")
    }

    /// Makes everything that was sent durable, stops the writers and unlocks the folder. Later appends and commits
    /// are refused; reading still works.
    pub async fn close(&self) {
        unimplemented!("the signature comes first")
    }
}
