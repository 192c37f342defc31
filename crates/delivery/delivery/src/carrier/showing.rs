//! What people see of destinations.

use std::time::Duration;

use prime_destination::{CircuitState, QueueState};
use prime_event::{DestinationId, Timestamp};
use prime_schedule::{Backlog, Circuit};
use tokio::time::Instant;

use super::Carrier;
use crate::clock::now_ms;
use crate::route::Route;
use crate::trouble::trouble;

/// People do not see a tenth of a second.
const SHOW_INTERVAL: Duration = Duration::from_millis(50);

const SWITCHED_OFF: &str = "It is switched off. What waits goes on if it is switched on again within half a minute, and has failed after that.";

impl Carrier {
    /// Something of it has changed.
    pub(super) fn show_soon(&mut self, id: &DestinationId) {
        self.show_within(id, SHOW_INTERVAL);
    }

    pub(super) fn show_within(&mut self, id: &DestinationId, pause: Duration) {
        if !self.unseen.contains(id) {
            self.unseen.insert(id.clone());
        }
        let at = Instant::now() + pause;
        self.show_at = Some(self.show_at.map_or(at, |earlier| earlier.min(at)));
    }

    pub(super) fn show_in_time(&mut self) {
        if self.show_at.is_some_and(|at| at <= Instant::now()) {
            self.show_at = None;
            for id in std::mem::take(&mut self.unseen) {
                self.show(&id);
            }
        }
    }

    pub(super) fn show_all(&mut self) {
        let ids: Vec<_> = self.routes.keys().cloned().collect();
        ids.iter().for_each(|id| self.show(id));
    }

    pub(super) fn show(&mut self, id: &DestinationId) {
        self.put_up(id);
        self.tell_in_time(id);
    }

    fn put_up(&mut self, id: &DestinationId) {
        let Some(route) = self.routes.get_mut(id) else { return };
        let Some(number) = route.number else {
            route.show_queue(None);
            return route.board.set_position(route.passed);
        };
        let backlog = self.schedule.backlog(now_ms(), number);
        let (position, read_to) =
            (self.schedule.low_water(number, self.partition), self.schedule.marks(number, self.partition).read_to);
        let counters = self.schedule.counters(number);
        // Where those that wait for another attempt take all the room, fresh events would have none.
        let room = u32::try_from(backlog.retries).unwrap_or(u32::MAX);
        if room != route.room {
            route.room = room;
            self.schedule.set_options(number, route.options(&self.options));
        }
        let lingering = route.lingering.len() as u64;
        let owed = counters.waiting + counters.in_flight + backlog.offsets + lingering;
        route.board.set_progress(position, read_to.max(route.lingering.end().unwrap_or(0)), owed);
        let queue = queue_state(route, &backlog, owed);
        route.show_queue(Some(queue));
        let is_over = backlog.waiting == 0 && backlog.in_flight == 0 && backlog.circuit == Circuit::Closed;
        if !is_over || backlog.delivered_per_second > 0.0 {
            // Rates and circuits change by themselves.
            self.show_within(id, 10 * SHOW_INTERVAL);
        }
    }
}

fn queue_state(route: &Route, backlog: &Backlog, owed: u64) -> QueueState {
    let time = |at_ms: u64| Timestamp::from_millis(i64::try_from(at_ms).unwrap_or(i64::MAX));
    let (circuit, circuit_until) = match backlog.circuit {
        Circuit::Closed => (CircuitState::Closed, None),
        Circuit::Recovering { .. } => (CircuitState::Ramping, None),
        Circuit::Open { until_ms } => (CircuitState::Open, Some(time(until_ms))),
        Circuit::HalfOpen => (CircuitState::Probing, None),
        Circuit::Paused { until_ms } => (CircuitState::Paused, Some(time(until_ms))),
    };
    QueueState {
        waiting: owed,
        retries: backlog.retries,
        under_way: u64::from(backlog.in_flight),
        oldest_at: backlog.oldest_ms.map(time),
        rate_per_second: backlog.delivered_per_second,
        limit_per_second: backlog.limit_per_second,
        concurrency: u64::from(backlog.in_flight_max),
        circuit,
        circuit_until,
        reason: match route.leaves_at {
            Some(_) if owed > 0 => Some(SWITCHED_OFF.to_owned()),
            _ => trouble(backlog, route.failure().as_ref()),
        },
    }
}
