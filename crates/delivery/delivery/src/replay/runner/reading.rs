//! From the stream, or from files, into the schedule.

use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use prime_event::Timestamp;
use prime_receipts::{Reason, State};
use prime_schedule::{Offer, Offered, Read};
use tokio::time::sleep;
use tracing::error;

use super::{LANE, PAUSE, Runner};
use crate::clock::now_ms;
use crate::filter::filter;
use crate::job::Job;
use crate::receipts::blank;
use crate::replay::source::{Found, SourceError};

pub(super) type Reading = BoxFuture<'static, (Read, Result<Found, SourceError>)>;

impl Runner {
    /// Begins to read when the schedule has room. A read goes on across turns of the loop.
    pub(super) fn read_on(&mut self) {
        if self.reading.is_some() {
            return;
        }
        let Some(read) = self.schedule.next_read() else { return };
        let pause = if self.unreadable.is_some() { PAUSE } else { Duration::ZERO };
        let (source, selection) = (Arc::clone(&self.source), self.selection.clone());
        self.reading = Some(
            async move {
                sleep(pause).await;
                let found = source.read(&selection, read.offsets.start).await;
                (read, found)
            }
            .boxed(),
        );
    }

    pub(super) fn have_read(&mut self, read: &Read, found: Result<Found, SourceError>) {
        self.reading = None;
        let found = match found {
            Ok(found) => found,
            Err(error) => {
                if self.unreadable.is_none() {
                    error!(replay = self.replay.number, %error, "the events of a replay cannot be read; trying again");
                }
                self.unreadable = Some(error.to_string());
                return self.show();
            }
        };
        self.unreadable = None;
        let mut end = found.next.min(read.offsets.end);
        for (at, job) in found.jobs.into_iter().take_while(|(at, _)| *at < read.offsets.end) {
            if self.offer(at, job) == Offered::Later {
                end = at;
                break;
            }
        }
        let lost = self.schedule.reread_through(self.number, LANE, end).len() as u64;
        self.replay.counts.failed += lost.max(found.lost);
        self.write_soon();
    }

    fn offer(&mut self, at: u64, job: Job) -> Offered {
        let queue = self.wiring.queue(&job);
        let since_ms = job.record.received_at.as_millis().unsigned_abs();
        let offer = Offer { destination: self.number, partition: LANE, offset: at, queue, since_ms };
        let Some(filtered) = filter(&job.head, self.wiring.name) else {
            let offered = self.schedule.offer(now_ms(), offer);
            if offered == Offered::Taken {
                self.jobs.insert(at, Arc::new(job));
            }
            return offered;
        };
        let offered = self.schedule.filter(now_ms(), offer);
        if offered == Offered::Taken {
            let reason = Reason { code: filtered.code().into(), sentence: filtered.sentence().into() };
            self.leave(blank(&self.wiring.destination.id, &job, Timestamp::now(), State::Filtered(reason)));
            self.replay.counts.filtered += 1;
            self.ended += 1;
        }
        offered
    }
}
