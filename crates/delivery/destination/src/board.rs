//! The notice board of one destination: whoever works for it writes here, whoever shows it reads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use parking_lot::{Mutex, RwLock};
use prime_event::DestinationId;

use crate::report::{Attempt, AttemptOutcome, CircuitState, DestinationState, QueueState, RecentAttempts};
use crate::standing::Standing;

/// As many attempts as a person reads through; with the bounds on bodies less than 1 MiB.
const ATTEMPTS_KEPT: usize = 200;

/// What is to be seen of one destination. Written and read from any thread; readers never hold up the work for long.
#[derive(Debug)]
pub struct Board {
    position: AtomicU64,
    read_to: AtomicU64,
    owed: AtomicU64,
    queue: Mutex<Option<QueueState>>,
    last_error: Mutex<Option<String>>,
    recent: Mutex<RecentAttempts>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            position: AtomicU64::new(0),
            read_to: AtomicU64::new(0),
            owed: AtomicU64::new(0),
            queue: Mutex::new(None),
            last_error: Mutex::new(None),
            recent: Mutex::new(RecentAttempts::new(ATTEMPTS_KEPT)),
        }
    }
}

impl Board {
    /// Everything before this has its outcome, and nothing after it was looked at.
    pub fn set_position(&self, position: u64) {
        self.set_progress(position, position, 0);
    }

    /// Everything before `position` has its outcome. Of what was read, up to `read_to`, this much is owed.
    pub fn set_progress(&self, position: u64, read_to: u64, owed: u64) {
        self.position.store(position, Relaxed);
        self.read_to.store(read_to, Relaxed);
        self.owed.store(owed, Relaxed);
    }

    /// What waits; none for a destination that is switched off.
    pub fn set_queue(&self, queue: Option<QueueState>) {
        *self.queue.lock() = queue;
    }

    pub fn queue(&self) -> Option<QueueState> {
        self.queue.lock().clone()
    }

    /// Adds an attempt. A failure becomes the last error, a success takes it down.
    ///
    /// Returns whether the destination changed between working and failing, which is what is worth a line in the log.
    pub fn record(&self, attempt: Attempt) -> bool {
        let error = match attempt.outcome {
            AttemptOutcome::Retrying | AttemptOutcome::Failed => Some(attempt.reason.clone()),
            AttemptOutcome::Delivered => None,
            AttemptOutcome::Filtered => {
                self.recent.lock().push(attempt);
                return false;
            }
        };
        self.recent.lock().push(attempt);
        self.set_error(error)
    }

    /// Puts up the last error, or takes it down. Returns whether there was none before, or one before.
    pub fn set_error(&self, error: Option<String>) -> bool {
        let mut last = self.last_error.lock();
        let changed = last.is_some() != error.is_some();
        *last = error;
        changed
    }

    /// Newest first.
    pub fn attempts(&self) -> Vec<Attempt> {
        self.recent.lock().newest_first().cloned().collect()
    }

    /// The state and what waits, given where the stream ends.
    pub fn standing(&self, end: u64) -> Standing {
        Standing { state: self.state(end), queue: self.queue() }
    }

    /// The state, given where the stream ends.
    pub fn state(&self, end: u64) -> DestinationState {
        let held_up = |queue: &QueueState| queue.retries > 0 || queue.circuit >= CircuitState::Probing;
        DestinationState {
            position: self.position.load(Relaxed),
            behind: self.owed.load(Relaxed) + end.saturating_sub(self.read_to.load(Relaxed)),
            waiting: self.queue.lock().as_ref().is_some_and(held_up),
            last_error: self.last_error.lock().clone(),
        }
    }
}

/// The boards of all destinations of one service.
#[derive(Debug, Default)]
pub struct Boards(RwLock<HashMap<DestinationId, Arc<Board>>>);

impl Boards {
    /// The board of a destination, put up if there is none.
    pub fn put_up(&self, id: &DestinationId) -> Arc<Board> {
        Arc::clone(self.0.write().entry(id.clone()).or_default())
    }

    pub fn get(&self, id: &DestinationId) -> Option<Arc<Board>> {
        self.0.read().get(id).cloned()
    }

    pub fn take_down(&self, id: &DestinationId) {
        self.0.write().remove(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample_attempt;

    #[test]
    fn the_last_error_stands_until_something_is_delivered() {
        let board = Board::default();
        assert!(board.record(sample_attempt(0, AttemptOutcome::Retrying)));
        assert!(!board.record(sample_attempt(0, AttemptOutcome::Retrying)));
        assert!(!board.record(sample_attempt(1, AttemptOutcome::Filtered)));
        assert!(board.state(9).last_error.is_some());
        assert!(board.record(sample_attempt(0, AttemptOutcome::Delivered)));
        assert_eq!(board.state(9), DestinationState { position: 0, behind: 9, waiting: false, last_error: None });
    }

    #[test]
    fn what_is_behind_is_owed_or_not_read() {
        let board = Board::default();
        board.set_progress(3, 10, 2);
        let state = board.state(14);
        assert_eq!((state.position, state.behind, state.waiting), (3, 6, false));
        board.set_position(14);
        assert_eq!(board.state(14).behind, 0);
    }

    #[test]
    fn a_destination_waits_while_an_event_is_to_be_tried_again_or_nothing_may_be_sent() {
        let idle = QueueState {
            waiting: 0,
            retries: 0,
            under_way: 0,
            oldest_at: None,
            rate_per_second: 0.0,
            limit_per_second: None,
            concurrency: 4,
            circuit: CircuitState::Closed,
            circuit_until: None,
            reason: None,
        };
        let board = Board::default();
        let waits = |queue: QueueState| {
            board.set_queue(Some(queue));
            board.state(0).waiting
        };
        assert!(!waits(idle.clone()) && !waits(QueueState { circuit: CircuitState::Ramping, ..idle.clone() }));
        assert!(waits(QueueState { retries: 1, ..idle.clone() }));
        assert!(waits(QueueState { circuit: CircuitState::Open, ..idle }));
    }
}
