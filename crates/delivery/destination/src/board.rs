//! The notice board of one destination: whoever works for it writes here, whoever shows it reads.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use parking_lot::{Mutex, RwLock};
use prime_event::DestinationId;

use crate::report::{Attempt, AttemptOutcome, DestinationState, RecentAttempts};

/// As many attempts as a person reads through; with the bounds on bodies less than 1 MiB.
const ATTEMPTS_KEPT: usize = 200;

/// What is to be seen of one destination. Written and read from any thread; readers never hold up the work for long.
#[derive(Debug)]
pub struct Board {
    position: AtomicU64,
    waiting: AtomicUsize,
    last_error: Mutex<Option<String>>,
    recent: Mutex<RecentAttempts>,
}

impl Default for Board {
    fn default() -> Self {
        Self {
            position: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            last_error: Mutex::new(None),
            recent: Mutex::new(RecentAttempts::new(ATTEMPTS_KEPT)),
        }
    }
}

impl Board {
    pub fn set_position(&self, position: u64) {
        self.position.store(position, Relaxed);
    }

    /// Counts one event as waiting for its next attempt for as long as the returned value lives.
    pub fn wait(&self) -> Waiting<'_> {
        self.waiting.fetch_add(1, Relaxed);
        Waiting(self)
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

    /// The state, given where the stream ends.
    pub fn state(&self, end: u64) -> DestinationState {
        let position = self.position.load(Relaxed);
        DestinationState {
            position,
            behind: end.saturating_sub(position),
            waiting: self.waiting.load(Relaxed) > 0,
            last_error: self.last_error.lock().clone(),
        }
    }
}

/// One event that waits; see [`Board::wait`].
#[derive(Debug)]
pub struct Waiting<'a>(&'a Board);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Relaxed);
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
    fn a_destination_waits_as_long_as_any_event_of_it_waits() {
        let board = Board::default();
        let (first, second) = (board.wait(), board.wait());
        drop(first);
        assert!(board.state(0).waiting);
        drop(second);
        assert!(!board.state(0).waiting);
    }
}
