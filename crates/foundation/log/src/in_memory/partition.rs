use std::io;
use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::watch;

use super::records::bytes_of;
use super::{Inner, now_ms};
use crate::error::{AppendError, ReadError};
use crate::provider::PartitionProvider;
use crate::record::{Bounds, Offset, ReadLimit, Record};

/// Handle to the records at a place of the log.
pub(super) struct MemoryPartition {
    log: Arc<Inner>,
    place: usize,
    topic: String,
    number: u32,
    end: watch::Receiver<Offset>,
}

impl MemoryPartition {
    pub(super) fn new(log: Arc<Inner>, place: usize, topic: &str, number: u32, end: watch::Receiver<Offset>) -> Self {
        Self { log, place, topic: topic.to_owned(), number, end }
    }
}

#[async_trait]
impl PartitionProvider for MemoryPartition {
    async fn append(&self, values: Vec<Bytes>) -> Result<Range<Offset>, AppendError> {
        let mut state = self.log.state.lock();
        let closed = state.closed;
        let records = &mut state.partitions[self.place];
        if values.is_empty() {
            let end = records.bounds().end;
            return Ok(end..end);
        }
        if closed {
            return Err(AppendError::Closed { reason: "the log is closed".into() });
        }
        records.check_room(bytes_of(&values))?;
        Ok(records.append(values, now_ms()))
    }

    fn read(&self, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
        self.log.state.lock().partitions[self.place].read(from, limit)
    }

    fn bounds(&self) -> Bounds {
        self.log.state.lock().partitions[self.place].bounds()
    }

    async fn wait_beyond(&self, offset: Offset) {
        let reached = self.end.clone().wait_for(|end| *end > offset).await.is_ok();
        debug_assert!(reached, "the handle keeps the sender alive");
    }

    fn trim(&self, before: Offset) -> io::Result<()> {
        let mut state = self.log.state.lock();
        state.check_open()?;
        state.partitions[self.place].trim(before);
        Ok(())
    }

    fn hold(&self, from: Offset) {
        self.log.state.lock().partitions[self.place].hold(from);
    }

    fn position_at(&self, time_ms: i64) -> Offset {
        self.log.state.lock().partitions[self.place].position_at(time_ms)
    }

    fn topic(&self) -> &str {
        &self.topic
    }

    fn number(&self) -> u32 {
        self.number
    }
}
