//! Events that wait for others to share their request.

use std::mem;
use std::sync::Arc;
use std::time::Duration;

use prime_log::Offset;
use tokio::time::Instant;

use crate::job::Job;

/// Of one destination, in the order of the stream.
#[derive(Default)]
pub(crate) struct Lingering {
    jobs: Vec<Arc<Job>>,
    bytes: usize,
    ends_at: Option<Instant>,
}

impl Lingering {
    /// The first one says when the waiting ends for all.
    pub(crate) fn push(&mut self, job: Arc<Job>, linger_max: Duration) {
        self.ends_at.get_or_insert_with(|| Instant::now() + linger_max);
        self.bytes += job.record.payload.len() + 1;
        self.jobs.push(job);
    }

    pub(crate) fn take(&mut self) -> Vec<Arc<Job>> {
        mem::take(self).jobs
    }

    pub(crate) fn len(&self) -> usize {
        self.jobs.len()
    }

    /// Of their payloads, each with one for what stands between them.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn first(&self) -> Option<Offset> {
        self.jobs.first().map(|job| job.offset)
    }

    /// Everything before this was read.
    pub(crate) fn end(&self) -> Option<Offset> {
        self.jobs.last().map(|job| job.offset + 1)
    }

    pub(crate) fn ends_at(&self) -> Option<Instant> {
        self.ends_at
    }
}
