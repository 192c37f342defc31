//! Sends the events of one replay, by a schedule of its own.

mod reading;
mod sending;
mod writing;

use std::collections::HashMap;
use std::iter;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::OptionFuture;
use prime_receipts::Reason;
use prime_runtime::DestinationCounters;
use prime_schedule::{DestinationId, DestinationOptions, PartitionId, Progress, Schedule, Send};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use self::reading::Reading;
use super::model::{Replay, ReplayState};
use super::selection::Selection;
use super::service::Shared;
use super::source::Source;
use crate::clock::{moment, now_ms};
use crate::exchange::Attempted;
use crate::job::Job;
use crate::trouble::trouble;
use crate::wiring::Wiring;

/// Events that have ended before it is written down, at most: so many, and what is under way, can be sent again after a crash.
const UNWRITTEN_MAX: usize = 200;
/// Requests under way at one time, at most.
const UNDER_WAY_MAX: u32 = 32;
/// Events in memory that were not tried yet, where requests do not carry more.
const HELD_MAX: u32 = 400;
/// Events that wait for another attempt; with so many, none is tried for the first time. Their payloads are in memory.
const RETRIES_MAX: u32 = 2_000;
/// Pause after a stream, a file or a folder could not be read or written.
const PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked at whether the destination has changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);
/// What is left to a replay of the destination's rate when other events take all of it.
const SHARE_MIN: f64 = 0.1;
/// The only one of its schedule.
const LANE: PartitionId = PartitionId(0);

pub(super) struct Runner {
    shared: Arc<Shared>,
    selection: Selection,
    source: Arc<Source>,
    replay: Replay,
    /// Ends the work; what is not written down by then is sent again when it goes on.
    stop: CancellationToken,
    wiring: Arc<Wiring>,
    counters: Arc<DestinationCounters>,
    schedule: Schedule,
    number: DestinationId,
    /// By position, those that the schedule has in memory.
    jobs: HashMap<u64, Arc<Job>>,
    reading: Option<Reading>,
    tasks: JoinSet<Vec<Attempted>>,
    under_way: HashMap<Id, Send>,
    /// Receipts that are not in the stream, by its number, and how many events have ended with them.
    receipts: Vec<(u32, Bytes)>,
    ended: usize,
    write_at: Option<Instant>,
    look_at: Instant,
    /// Why an event was tried in vain last.
    failure: Option<Reason>,
    /// Why nothing can be read.
    unreadable: Option<String>,
    /// For how many events that wait for another attempt the schedule was given room.
    room: u32,
}

impl Runner {
    /// None when the destination takes nothing any more.
    pub(super) fn new(
        shared: Arc<Shared>,
        selection: Selection,
        source: Source,
        replay: Replay,
        stop: CancellationToken,
    ) -> Option<Self> {
        let wiring = Arc::new(shared.wiring(&replay)?);
        let mut schedule = Schedule::new(shared.options.schedule(), rand::random());
        let taken = shared.taken_per_second(&replay);
        let number = schedule.add_destination(options_of(&wiring, &replay, 0, taken), 0.0);
        let progress = match &replay.owed {
            Some(owed) => owed.progress(source.end()),
            None => {
                Progress { read_to: source.end(), owed: iter::once(0..source.end()).collect(), exceptions: Vec::new() }
            }
        };
        schedule.restore(number, LANE, progress);
        let counters = shared.counters.destination(&replay.spec.destination);
        Some(Self {
            shared,
            selection,
            source: Arc::new(source),
            replay,
            stop,
            wiring,
            counters,
            schedule,
            number,
            jobs: HashMap::new(),
            reading: None,
            tasks: JoinSet::new(),
            under_way: HashMap::new(),
            receipts: Vec::new(),
            ended: 0,
            write_at: None,
            look_at: Instant::now() + LOOK_INTERVAL,
            failure: None,
            unreadable: None,
            room: 0,
        })
    }

    /// Works to the end, or until a stop.
    pub(super) async fn run(mut self) {
        loop {
            self.start();
            self.expire().await;
            self.read_on();
            if self.is_over() {
                self.replay.total = self.replay.counts.ended();
                return self.end(ReplayState::Done).await;
            }
            let due = self.schedule.next_due().map(moment);
            let wake_at = [due, self.write_at].into_iter().flatten().fold(self.look_at, Instant::min);
            tokio::select! {
                // In this order, as answers that come without pause must not keep the rest from happening.
                biased;
                () = self.stop.cancelled() => return self.write().await,
                Some(done) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.done(done),
                Some((read, found)) = OptionFuture::from(self.reading.as_mut()) => self.have_read(&read, found),
                () = sleep_until(wake_at) => {}
            }
            if self.ended >= UNWRITTEN_MAX || self.write_at.is_some_and(|at| at <= Instant::now()) {
                self.write().await;
            }
            if self.look_at <= Instant::now() && !self.look() {
                return self.end(ReplayState::Cancelled).await;
            }
        }
    }

    /// Whether everything has been read and has ended.
    fn is_over(&self) -> bool {
        self.jobs.is_empty()
            && self.reading.is_none()
            && self.schedule.low_water(self.number, LANE) >= self.source.end()
    }

    /// Follows the destination's definition. False when it takes nothing any more.
    fn look(&mut self) -> bool {
        self.look_at = Instant::now() + LOOK_INTERVAL;
        let definitions = self.shared.control.definitions();
        let destination = definitions.destination(&self.replay.spec.destination);
        if destination.is_none_or(|destination| *destination != self.wiring.destination) {
            let Some(wiring) = self.shared.wiring(&self.replay) else { return false };
            self.wiring = Arc::new(wiring);
        }
        self.show();
        true
    }

    /// Shows what is not written down yet, and gives those that wait for another attempt room of their own.
    fn show(&mut self) {
        let backlog = self.schedule.backlog(now_ms(), self.number);
        self.room = u32::try_from(backlog.retries).unwrap_or(u32::MAX);
        let taken = self.shared.taken_per_second(&self.replay);
        self.schedule.set_options(self.number, options_of(&self.wiring, &self.replay, self.room, taken));
        self.replay.held_up = self.unreadable.clone().or_else(|| trouble(&backlog, self.failure.as_ref()));
        self.replay.total = self.replay.total.max(self.replay.counts.ended());
        self.shared.show(&self.replay);
        self.write_soon();
    }
}

/// What the schedule is told of the destination: what is asked for, within what the destination allows and other events, so many a
/// second, leave of it.
fn options_of(wiring: &Wiring, replay: &Replay, retries: u32, taken: f64) -> DestinationOptions {
    let pace = wiring.pace();
    let asked_for = f64::from(replay.spec.rate_per_second);
    let left = pace.events_per_second_max.map(|rate| (rate - taken).max(rate * SHARE_MIN));
    DestinationOptions {
        batch_max: pace.batch_max,
        in_flight_max: pace.requests_max.unwrap_or(u32::MAX).min(UNDER_WAY_MAX),
        rate_max: Some(left.map_or(asked_for, |rate| rate.min(asked_for))),
        jobs_max: HELD_MAX.max(2 * u32::from(pace.batch_max)) + retries,
        retries_max: RETRIES_MAX,
        ..DestinationOptions::default()
    }
}
