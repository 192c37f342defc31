//! What a log is made of. Whoever provides one implements these two traits and passes the conformance suite.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;

use crate::error::{AppendError, OpenError, ReadError};
use crate::membership::Membership;
use crate::options::TopicOptions;
use crate::partition::Partition;
use crate::record::{Bounds, Offset, ReadLimit, Record};
use crate::transaction::Transactor;

/// The log as a whole. Each method keeps the promise of the method of [`Log`](crate::Log) with its name.
#[async_trait]
pub trait Provider: Send + Sync {
    fn partition(
        &self,
        topic: &str,
        number: u32,
        options: TopicOptions,
    ) -> Result<Arc<dyn PartitionProvider>, OpenError>;

    fn committed(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>>;

    fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()>;

    fn forget(&self, group: &str) -> io::Result<()>;

    fn groups(&self) -> io::Result<Vec<String>>;

    fn maintain(&self, now_ms: i64) -> io::Result<()>;

    /// Where one process owns the log, its member gets all partitions for good.
    fn join(&self, group: &str, topic: &str, partitions: u32) -> Result<Membership, OpenError> {
        let _ = (group, topic);
        Ok(Membership::of_all(partitions))
    }

    fn transactor(&self, id: &str) -> Result<Option<Transactor>, OpenError> {
        let _ = id;
        Ok(None)
    }

    async fn close(&self);
}

/// One partition. Each method keeps the promise of the method of [`Partition`] with its name.
#[async_trait]
pub trait PartitionProvider: Send + Sync {
    async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError>;

    fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError>;

    fn bounds(&self) -> Bounds;

    async fn wait_beyond(&self, offset: Offset);

    fn trim(&self, before: Offset) -> io::Result<()>;

    /// Where retention is somebody else's, nothing is held.
    fn hold(&self, from: Offset) {
        let _ = from;
    }

    fn position_at(&self, time_ms: i64) -> Offset;

    fn topic(&self) -> &str;

    fn number(&self) -> u32;
}
