//! What a replay would send.

use prime_event::Timestamp;

use super::selection::Selection;
use super::source::{Source, SourceError};
use crate::job::Job;

/// Events that a preview looks at, so that it answers within seconds.
const EXAMINED_MAX: u64 = 200_000;
const SAMPLES_MAX: usize = 10;

/// What a replay would send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplayPreview {
    pub events: u64,
    /// How many of the range failed or expired and were not delivered by a replay since; as many as one replay takes, at most.
    pub failures: u64,
    /// Whether all of the range was looked at and one replay takes all failures; otherwise there are more events than were counted.
    pub is_complete: bool,
    /// When the first and the last of them were received.
    pub first_at: Option<Timestamp>,
    pub last_at: Option<Timestamp>,
    /// Of the first ones.
    pub samples: Vec<ReplaySample>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySample {
    pub message_id: String,
    pub event_type: String,
    pub event_name: String,
    pub received_at: Timestamp,
}

/// Counts what a replay would send, within bounds. Failures are not counted yet.
pub(super) async fn preview(selection: &Selection, source: &Source) -> Result<ReplayPreview, SourceError> {
    let mut preview = ReplayPreview { is_complete: true, ..ReplayPreview::default() };
    let (mut at, mut examined) = (0, 0);
    while at < source.end() {
        if examined >= EXAMINED_MAX {
            preview.is_complete = false;
            break;
        }
        let found = source.read(selection, at).await?;
        at = found.next;
        examined += found.examined;
        found.jobs.into_iter().for_each(|(_, job)| preview.add(job));
    }
    Ok(preview)
}

impl ReplayPreview {
    fn add(&mut self, job: Job) {
        let at = job.record.received_at;
        self.events += 1;
        self.first_at = Some(self.first_at.map_or(at, |first| first.min(at)));
        self.last_at = Some(self.last_at.map_or(at, |last| last.max(at)));
        if self.samples.len() < SAMPLES_MAX {
            self.samples.push(ReplaySample {
                message_id: job.head.message_id.unwrap_or_default(),
                event_type: job.head.kind.unwrap_or_default(),
                event_name: job.head.name.unwrap_or_default(),
                received_at: at,
            });
        }
    }
}
