//! Ends the receipts of events that were tried in vain when their destination was switched off.

use std::collections::HashSet;
use std::sync::Arc;

use prime_event::{DestinationId, Timestamp};
use prime_log::Offset;
use prime_receipts::{Reason, Receipt, State};
use prime_schedule::Exception;

use super::Carrier;
use super::sending::{Done, Work, fetch};
use crate::job::Job;
use crate::receipts::blank;

/// Events that are looked up at once.
const STEP: usize = 500;

impl Carrier {
    /// These are not tried again.
    pub(super) fn give_up(&mut self, id: &DestinationId, waiting: Vec<Exception>) {
        let Some(route) = self.routes.get_mut(id) else { return };
        if self.receipts.are_wanted() && !waiting.is_empty() {
            let is_begun = !route.leaving.is_empty();
            route.leaving.extend(waiting);
            route.is_unwritten = true;
            if !is_begun {
                self.give_up_more(id);
            }
        }
    }

    fn give_up_more(&mut self, id: &DestinationId) {
        let Some(route) = self.routes.get(id).filter(|route| !route.leaving.is_empty()) else { return };
        let next: Vec<_> = route.leaving.iter().take(STEP).copied().collect();
        let held = next.iter().map(|exception| (exception.offset, self.payloads.get(exception.offset))).collect();
        let (events, stop) = (self.streams.events.clone(), self.shutdown.clone());
        let task = self.tasks.spawn(async move {
            let Some(jobs) = fetch(held, events, stop).await else { return Done::Interrupted };
            Done::Found(jobs.into_iter().zip(next).collect())
        });
        self.under_way.insert(task.id(), Work::GivingUp(id.clone()));
    }

    pub(super) fn given_up(&mut self, id: &DestinationId, found: Vec<(Option<Arc<Job>>, Exception)>) {
        let Some(route) = self.routes.get_mut(id) else { return };
        route.leaving.drain(..found.len().min(route.leaving.len()));
        route.is_unwritten = true;
        for (job, exception) in found {
            if let Some(job) = job {
                let receipt = not_tried_again(id, &job, u32::from(exception.attempt));
                self.receipts.put(&mut route.sampler, receipt);
            }
        }
        self.give_up_more(id);
        self.commit_soon(self.options.commit_interval);
    }

    /// Of the events of a destination.
    pub(super) fn offsets_under_way(&self, id: &DestinationId) -> HashSet<Offset> {
        self.under_way.values().filter_map(|work| work.offsets(id)).flatten().collect()
    }
}

/// The last receipt of an event that was tried so many times.
pub(super) fn not_tried_again(id: &DestinationId, job: &Job, attempts: u32) -> Receipt {
    let reason = Reason {
        code: "DESTINATION_DISABLED".to_owned(),
        sentence: "The destination was switched off while the event waited for another attempt.".to_owned(),
    };
    Receipt { retries: attempts.saturating_sub(1), ..blank(id, job, Timestamp::now(), State::Failed(reason)) }
}
