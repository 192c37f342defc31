//! Events that were read and not sent yet, as long as there is room for them.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use prime_log::Offset;

use crate::job::Job;

/// What an entry takes beside its payload: what is known of the event, and its places here.
const ENTRY_BYTES: usize = 512;

/// Keeps events between reading and sending: the newest ones that fit.
pub(crate) struct Payloads {
    bytes_max: usize,
    jobs: BTreeMap<Offset, Arc<Job>>,
    order: VecDeque<Offset>,
    bytes: usize,
}

impl Payloads {
    pub(crate) fn new(bytes_max: usize) -> Self {
        Self { bytes_max, jobs: BTreeMap::new(), order: VecDeque::new(), bytes: 0 }
    }

    pub(crate) fn put(&mut self, job: Arc<Job>) {
        let offset = job.offset;
        self.bytes += size(&job);
        match self.jobs.insert(offset, job) {
            Some(before) => self.bytes -= size(&before),
            None => self.order.push_back(offset),
        }
        while self.bytes > self.bytes_max
            && let Some(oldest) = self.order.pop_front()
        {
            if let Some(job) = self.jobs.remove(&oldest) {
                self.bytes -= size(&job);
            }
        }
    }

    pub(crate) fn get(&self, offset: Offset) -> Option<Arc<Job>> {
        self.jobs.get(&offset).cloned()
    }

    /// Nobody needs anything below this offset any more.
    pub(crate) fn forget_below(&mut self, offset: Offset) {
        while let Some(entry) = self.jobs.first_entry()
            && *entry.key() < offset
        {
            self.bytes -= size(&entry.remove());
        }
        while self.order.front().is_some_and(|oldest| *oldest < offset) {
            self.order.pop_front();
        }
    }
}

fn size(job: &Job) -> usize {
    job.record.payload.len() + ENTRY_BYTES
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};

    use super::*;

    fn job(offset: Offset, bytes: usize) -> Arc<Job> {
        let record = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(0),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            payload: Bytes::from(vec![b'x'; bytes]),
        };
        Arc::new(Job::new(0, offset, record))
    }

    #[test]
    fn the_oldest_go_when_there_is_no_room() {
        let mut payloads = Payloads::new(8 << 20);
        for offset in 0..100 {
            payloads.put(job(offset, 1 << 20));
            payloads.put(job(offset, 1 << 20));
        }
        assert!(payloads.bytes <= 8 << 20 && payloads.get(99).is_some() && payloads.get(0).is_none());
        payloads.forget_below(99);
        assert_eq!((payloads.jobs.len(), payloads.bytes), (1, (1 << 20) + ENTRY_BYTES));
    }
}
