//! Destinations that are switched off: what waits is given up after a while, and what comes is left out.

use std::sync::Arc;
use std::time::Duration;

use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, Partition, ReadError, Record};
use prime_receipts::{Reason, Receipt, State};
use prime_runtime::ShutdownSignal;
use prime_schedule::{Exception, Progress};
use tokio::time::{Instant, sleep};
use tracing::error;

use super::reading::read_now;
use super::sending::{Done, Work, fetch};
use super::{Carrier, STREAM_PAUSE};
use crate::filter::filter;
use crate::job::Job;
use crate::receipts::blank;

/// Events that are looked up at once.
const STEP: usize = 500;
/// How often the position of a switched-off destination is moved to the end of the stream.
const PASS_OVER_INTERVAL: Duration = Duration::from_secs(5);

/// What was found of what is given up.
pub(super) enum Found {
    /// Events that were tried in vain, none where the stream no longer has it.
    Tried(Vec<(Option<Arc<Job>>, Exception)>),
    /// Events that were never tried, of the destination's source, and up to where these are all.
    Untried(Vec<Job>, Offset),
}

impl Carrier {
    /// Switched off: nothing is sent or taken in, and what waits goes on waiting for a while.
    pub(super) fn leave(&mut self, id: &DestinationId) {
        self.linger_end(id);
        let Some(route) = self.routes.get_mut(id) else { return };
        let Some(number) = route.number else { return };
        let at = *route.leaves_at.get_or_insert(Instant::now() + self.options.second_thoughts);
        self.schedule.halt(number);
        self.leave_at = Some(self.leave_at.map_or(at, |earlier| earlier.min(at)));
    }

    /// Gives up what waits for those who did not come back.
    pub(super) fn leave_in_time(&mut self) {
        let now = Instant::now();
        if self.leave_at.is_none_or(|at| at > now) {
            return;
        }
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let ids = self.routes.values().filter(|route| due(route.leaves_at)).map(|route| route.id.clone());
        ids.collect::<Vec<_>>().iter().for_each(|id| self.leave_now(id));
        self.leave_at = self.routes.values().filter_map(|route| route.leaves_at).filter(|at| *at > now).min();
    }

    /// When its time has come and nothing is under way.
    pub(super) fn leave_now(&mut self, id: &DestinationId) {
        let Some(route) = self.routes.get(id) else { return };
        let (Some(number), Some(at)) = (route.number, route.leaves_at) else { return };
        if at > Instant::now() || self.schedule.counters(number).in_flight > 0 {
            return;
        }
        let owed = self.switch_off(id);
        self.give_up(id, owed);
        self.pass_over();
        self.show_soon(id);
    }

    /// These are not tried any more.
    pub(super) fn give_up(&mut self, id: &DestinationId, owed: Progress) {
        let Some(route) = self.routes.get_mut(id) else { return };
        if self.receipts.are_wanted() && !(owed.exceptions.is_empty() && owed.owed.is_empty()) {
            route.leaving = owed;
            route.is_unwritten = true;
            self.giving_up.push_back(id.clone());
        }
    }

    /// It was switched on again, or is gone.
    pub(super) fn give_up_no_more(&mut self, id: &DestinationId) {
        self.giving_up.retain(|other| other != id);
        self.under_way.retain(|_, work| !matches!(work, Work::GivingUp(other) if other == id));
    }

    /// Looks the next events up, as long as there is room for their receipts.
    pub(super) fn give_up_more(&mut self) {
        while self.receipts.has_room()
            && let Some(id) = self.giving_up.pop_front()
        {
            let Some(route) = self.routes.get(&id) else { continue };
            let (events, stop) = (self.streams.events.clone(), self.shutdown.clone());
            let next: Vec<_> = route.leaving.exceptions.iter().take(STEP).copied().collect();
            let held = next.iter().map(|exception| (exception.offset, self.payloads.get(exception.offset))).collect();
            let untried = route.leaving.owed.first().cloned();
            let source = route.wiring.destination.source.clone();
            let task = self.tasks.spawn(async move {
                let found = match untried {
                    _ if !next.is_empty() => {
                        fetch(held, events, stop).await.map(|jobs| Found::Tried(jobs.into_iter().zip(next).collect()))
                    }
                    Some(range) => {
                        let number = events.number();
                        let records = read_for_long(events, range.start, stop).await;
                        records.map(|records| {
                            let end = records.last().map_or(range.end, |record| record.offset + 1).min(range.end);
                            let records = records.into_iter().filter(|record| record.offset < end);
                            let jobs = records.filter_map(|record| Job::read(number, record, |from| *from == source));
                            Found::Untried(jobs.collect(), end)
                        })
                    }
                    None => Some(Found::Tried(Vec::new())),
                };
                found.map_or(Done::Interrupted, Done::Found)
            });
            self.under_way.insert(task.id(), Work::GivingUp(id));
        }
    }

    pub(super) fn given_up(&mut self, id: &DestinationId, found: Found) {
        let Some(route) = self.routes.get_mut(id) else { return };
        let now = Timestamp::now();
        match found {
            Found::Tried(found) => {
                route.leaving.exceptions.drain(..found.len().min(route.leaving.exceptions.len()));
                for (job, exception) in found {
                    route.left.push(exception.offset);
                    route.counters.add_failed(1, now);
                    if let Some(job) = job {
                        let receipt = given_up(id, &job, u32::from(exception.attempt), now);
                        self.receipts.put(&mut route.sampler, receipt);
                    }
                }
            }
            Found::Untried(jobs, end) => {
                if let Some(range) = route.leaving.owed.first_mut() {
                    range.start = end;
                }
                route.leaving.owed.retain(|range| range.start < range.end);
                for job in jobs {
                    let receipt = match filter(&job.head, route.wiring.name) {
                        Some(filtered) => route.filtered(&job, filtered),
                        None => {
                            route.counters.add_failed(1, now);
                            given_up(id, &job, 0, now)
                        }
                    };
                    self.receipts.put(&mut route.sampler, receipt);
                }
            }
        }
        if !(route.leaving.exceptions.is_empty() && route.leaving.owed.is_empty()) {
            self.giving_up.push_back(id.clone());
        }
        self.commit_soon(self.options.commit_interval);
    }

    /// When what comes is to be left out next; none when all are switched on.
    pub(super) fn pass_over_at(&mut self) -> Option<Instant> {
        if self.numbers.len() == self.routes.len() {
            self.pass_over_at = None;
            return None;
        }
        Some(*self.pass_over_at.get_or_insert_with(|| Instant::now() + PASS_OVER_INTERVAL))
    }

    pub(super) fn pass_over_in_time(&mut self) {
        if self.pass_over_at.is_some_and(|at| at <= Instant::now()) {
            self.pass_over_at = None;
            self.pass_over();
        }
    }

    /// Leaves out what is in the stream now, for destinations that are switched off.
    pub(super) fn pass_over(&mut self) {
        let end = self.streams.events.bounds().end;
        if self.numbers.is_empty() {
            // Nobody reads.
            (self.next, self.reading) = (end.max(self.next), None);
        }
        for route in self.routes.values_mut().filter(|route| route.number.is_none()) {
            route.passed = end;
            route.board.set_position(end);
            route.show_queue(None);
        }
        self.commit_soon(self.options.commit_interval);
    }
}

/// The last receipt of an event that was tried so many times.
fn given_up(id: &DestinationId, job: &Job, attempts: u32, now: Timestamp) -> Receipt {
    let waited = if attempts > 0 { "for another attempt" } else { "to be sent" };
    let reason = Reason {
        code: prime_destination::code::DESTINATION_DISABLED.to_owned(),
        sentence: format!("The destination was switched off while the event waited {waited}."),
    };
    Receipt { retries: attempts.saturating_sub(1), ..blank(id, job, now, State::Failed(reason)) }
}

/// Reads for as long as it takes, from the first that the stream still has. None if a stop was asked for first.
async fn read_for_long(events: Partition, mut from: Offset, stop: ShutdownSignal) -> Option<Vec<Record>> {
    loop {
        match read_now(events.clone(), from).await {
            Ok(records) => return Some(records),
            Err(ReadError::Trimmed { start }) if start > from => {
                from = start;
                continue;
            }
            Err(error) => error!(%error, "events cannot be read; trying again"),
        }
        tokio::select! {
            () = stop.asked() => return None,
            () = sleep(STREAM_PAUSE) => {}
        }
    }
}
