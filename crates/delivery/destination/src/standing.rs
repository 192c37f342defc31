//! Where a destination stands, and several parts of that seen as one.

use crate::report::{CircuitState, DestinationState, QueueState};

/// What people are shown of one destination in one partition.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub state: DestinationState,
    /// None while it is switched off.
    pub queue: Option<QueueState>,
}

impl Standing {
    /// Whether there is anything that it has yet to get, or that holds it up.
    pub fn waits(&self) -> bool {
        let holds_up = |queue: &QueueState| queue.waiting > 0 || queue.circuit != CircuitState::Closed;
        self.queue.as_ref().is_some_and(|queue| holds_up(queue) || self.state.behind > 0)
    }
}

impl DestinationState {
    /// Two partitions seen as one: what is behind is added up, and any trouble counts.
    pub fn and(self, other: Self) -> Self {
        Self {
            position: self.position + other.position,
            behind: self.behind + other.behind,
            waiting: self.waiting || other.waiting,
            last_error: self.last_error.or(other.last_error),
        }
    }
}

impl QueueState {
    /// Two parts of one destination's queue, seen as one: counts are added up, and the graver circuit counts; of two that are as
    /// grave, the one with a reason.
    pub fn and(self, other: Self) -> Self {
        let gravity = |queue: &Self| (queue.circuit, queue.reason.is_some());
        let graver = if gravity(&other) > gravity(&self) { &other } else { &self };
        let (circuit, circuit_until, reason) = (graver.circuit, graver.circuit_until, graver.reason.clone());
        Self {
            waiting: self.waiting + other.waiting,
            retries: self.retries + other.retries,
            under_way: self.under_way + other.under_way,
            oldest_at: self.oldest_at.into_iter().chain(other.oldest_at).min(),
            rate_per_second: self.rate_per_second + other.rate_per_second,
            limit_per_second: self.limit_per_second.zip(other.limit_per_second).map(|(one, two)| one + two),
            concurrency: self.concurrency + other.concurrency,
            circuit,
            circuit_until,
            reason,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(waiting: u64, circuit: CircuitState, reason: Option<&str>) -> QueueState {
        QueueState {
            waiting,
            retries: 0,
            under_way: 0,
            oldest_at: None,
            rate_per_second: 0.0,
            limit_per_second: None,
            concurrency: 4,
            circuit,
            circuit_until: None,
            reason: reason.map(str::to_owned),
        }
    }

    #[test]
    fn parts_of_a_queue_add_up_and_the_graver_circuit_counts() {
        let one = QueueState { limit_per_second: Some(1.0), ..queue(2, CircuitState::Closed, None) };
        let both = one.and(queue(3, CircuitState::Paused, Some("Pause.")));
        assert_eq!((both.waiting, both.limit_per_second, both.circuit), (5, None, CircuitState::Paused));
        assert_eq!(both.reason.as_deref(), Some("Pause."));
    }

    #[test]
    fn of_circuits_as_grave_the_one_with_a_reason_counts() {
        let (silent, telling) = (queue(1, CircuitState::Open, None), queue(1, CircuitState::Open, Some("Away.")));
        assert_eq!(silent.clone().and(telling.clone()).reason.as_deref(), Some("Away."));
        assert_eq!(telling.and(silent).reason.as_deref(), Some("Away."));
    }

    #[test]
    fn what_is_switched_off_or_has_everything_does_not_wait() {
        let at = |behind, queue| Standing { state: DestinationState { behind, ..DestinationState::default() }, queue };
        assert!(!at(9, None).waits());
        assert!(!at(0, Some(queue(0, CircuitState::Closed, None))).waits());
        assert!(at(1, Some(queue(0, CircuitState::Closed, None))).waits());
        assert!(at(0, Some(queue(1, CircuitState::Closed, None))).waits());
        assert!(at(0, Some(queue(0, CircuitState::Ramping, None))).waits());
    }
}
