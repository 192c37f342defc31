//! Whose turn it is: deficit round robin over destinations (Shreedhar and Varghese 1995).
//!
//! A turn is `weight` requests. Of destinations that all have work and may send, none is ever more than one turn ahead of its
//! share.

use std::cmp::Reverse;

use crate::ahead::TOGETHER;
use crate::destination::Place;
use crate::governor::Gate;
use crate::job::{DestinationId, Send};
use crate::queues::Kind;
use crate::schedule::Schedule;

/// Fresh requests before a retry has its turn: retries never starve, and are a fifth at most while fresh ones wait.
const FRESH_RUN: u32 = 4;
/// A destination may have as many requests in flight as a quarter of what is free of the shared ones. One that hangs
/// comes to a fifth of all and stops there; ten come to ten fourteenths, and others still find some free.
const SHARE: u32 = 4;
/// Starved destinations that one call looks at.
const LOOKS: usize = 8;
/// Jobs that are due again and cannot be sent are looked at for their expiry this often.
const SWEEP_MS: u64 = 60_000;

#[derive(Clone, Copy)]
struct Turn {
    kind: Kind,
    probe: bool,
}

enum Blocked {
    Nothing,
    Until { at_ms: u64, whole: bool },
    WhenSettled,
    Shared,
}

impl Schedule {
    /// The next request to make, or none that may be made now.
    pub fn next_send(&mut self, now_ms: u64) -> Option<Send> {
        self.advance(now_ms);
        let mut looks = LOOKS;
        while self.in_flight < self.options.in_flight_max {
            let Some(&id) = self.turns.front() else {
                looks = looks.checked_sub(1)?;
                self.feed_starved()?;
                continue;
            };
            if self.seen_turns == 0 {
                self.seen_turns = TOGETHER;
                self.look_ahead_turns();
            }
            self.seen_turns -= 1;
            match self.turn(id) {
                Ok(turn) => {
                    if let Some(send) = self.make_send(id, turn) {
                        return Some(send);
                    }
                }
                Err(blocked) => self.leave_turns(id, &blocked),
            }
        }
        None
    }

    /// Something happened that may let it send.
    pub(crate) fn activate(&mut self, id: u32) {
        let destination = &mut self.destinations[id as usize];
        match destination.place {
            Place::Idle | Place::Asleep { whole: false, .. } => {
                destination.place = Place::Turns;
                self.turns.push_back(id);
            }
            Place::Turns | Place::Starved | Place::Asleep { whole: true, .. } => {}
        }
    }

    pub(crate) fn wake(&mut self, id: u32, at_ms: u64) {
        let destination = &mut self.destinations[id as usize];
        if !matches!(destination.place, Place::Asleep { until_ms, .. } if until_ms == at_ms) {
            return;
        }
        destination.place = Place::Turns;
        self.turns.push_back(id);
        if destination.ready_jobs > 0 && self.now_ms >= destination.swept_ms + SWEEP_MS {
            destination.swept_ms = self.now_ms;
            self.sweep_expired(id);
        }
    }

    fn turn(&mut self, id: u32) -> Result<Turn, Blocked> {
        let now_ms = self.now_ms;
        let free = self.options.in_flight_max - self.in_flight;
        let destination = &mut self.destinations[id as usize];
        let (fresh, ready) = (destination.has_fresh(), destination.ready_jobs > 0);
        if !fresh && !ready || destination.is_halted {
            return Err(Blocked::Nothing);
        }
        let probe = match destination.governor.gate(now_ms, destination.in_flight, &destination.options) {
            Gate::Free => false,
            Gate::Probe => true,
            Gate::Until(at_ms) => return Err(Blocked::Until { at_ms, whole: true }),
            Gate::WhenSettled => return Err(Blocked::WhenSettled),
        };
        if destination.in_flight * SHARE >= free && !(probe && destination.in_flight < SHARE) {
            return Err(Blocked::Shared);
        }
        // A probe had better be of those that failed already: it may fail.
        if probe {
            return Ok(Turn { kind: if ready { Kind::Retry } else { Kind::Fresh }, probe });
        }
        if ready && (!fresh || destination.fresh_run >= FRESH_RUN) {
            let at_ms = destination.governor.retry_ready_ms(now_ms);
            if at_ms <= now_ms {
                return Ok(Turn { kind: Kind::Retry, probe });
            }
            if !fresh {
                return Err(Blocked::Until { at_ms, whole: false });
            }
        }
        Ok(Turn { kind: Kind::Fresh, probe })
    }

    fn make_send(&mut self, id: u32, turn: Turn) -> Option<Send> {
        let mut jobs = self.spare.pop().unwrap_or_default();
        let most = if turn.probe { 1 } else { usize::from(self.destinations[id as usize].options.batch_max) };
        match turn.kind {
            Kind::Fresh => self.take_batch_fresh(id, most, &mut jobs),
            Kind::Retry => self.take_batch_ready(id, most, &mut jobs),
        }
        if jobs.is_empty() {
            // All had expired.
            self.spare.push(jobs);
            return None;
        }
        let retry = turn.kind == Kind::Retry;
        self.in_flight += 1;
        let destination = &mut self.destinations[id as usize];
        destination.in_flight += 1;
        destination.counters.waiting -= jobs.len() as u64;
        destination.counters.in_flight += jobs.len() as u64;
        destination.fresh_run = if retry { 0 } else { destination.fresh_run + 1 };
        destination.governor.sent(self.now_ms, jobs.len(), turn.probe, retry);
        if destination.deficit == 0 {
            destination.deficit = destination.options.weight;
        }
        destination.deficit -= 1;
        if destination.deficit == 0 {
            self.turns.pop_front();
            self.turns.push_back(id);
        }
        Some(Send { destination: DestinationId(id), jobs, sent_ms: self.now_ms, probe: turn.probe, retry })
    }

    fn leave_turns(&mut self, id: u32, blocked: &Blocked) {
        self.turns.pop_front();
        let destination = &mut self.destinations[id as usize];
        destination.deficit = 0;
        destination.place = match *blocked {
            Blocked::Nothing | Blocked::WhenSettled => Place::Idle,
            Blocked::Shared => {
                self.starved.push_back(id);
                Place::Starved
            }
            Blocked::Until { at_ms, whole } => {
                let sweep = destination.ready_jobs > 0;
                let until_ms = if sweep { at_ms.min(self.now_ms + SWEEP_MS) } else { at_ms };
                self.asleep.push(Reverse((until_ms, id)));
                Place::Asleep { until_ms, whole }
            }
        };
    }

    /// One more has its turn; it may find that it still has to wait.
    pub(crate) fn feed_starved(&mut self) -> Option<()> {
        let id = self.starved.pop_front()?;
        self.destinations[id as usize].place = Place::Turns;
        self.turns.push_back(id);
        Some(())
    }
}
