//! When others are told how a destination stands.

use prime_destination::Standing;

/// What changes is told this often at most, ...
const CHANGED_MS: u64 = 2_000;
/// ... and what waits, or has only moved on, this often.
const SAME_MS: u64 = 10_000;

/// What was told last of one destination.
#[derive(Debug, Default)]
pub(crate) struct Telling {
    last: Option<(u64, Standing)>,
}

impl Telling {
    /// In how many milliseconds there is something to tell that is worth a commit of its own. Never where nothing waits and all but
    /// the position is as it was told.
    pub(crate) fn due_in_ms(&self, standing: &Standing, now_ms: u64) -> Option<u64> {
        let Some((at_ms, last)) = &self.last else { return Some(0) };
        let pause_ms = if !is_same(last, standing) {
            CHANGED_MS
        } else if standing.waits() {
            SAME_MS
        } else {
            return None;
        };
        Some(pause_ms.saturating_sub(now_ms.saturating_sub(*at_ms)))
    }

    /// Whether a commit that is made anyway is to tell it.
    pub(crate) fn is_due(&self, standing: &Standing, now_ms: u64) -> bool {
        let has_moved = |(at_ms, last): &(u64, Standing)| {
            last.state.position != standing.state.position && now_ms.saturating_sub(*at_ms) >= SAME_MS
        };
        self.due_in_ms(standing, now_ms) == Some(0) || self.last.as_ref().is_some_and(has_moved)
    }

    pub(crate) fn told(&mut self, standing: Standing, now_ms: u64) {
        self.last = Some((now_ms, standing));
    }
}

/// But for the position.
fn is_same(one: &Standing, other: &Standing) -> bool {
    let (a, b) = (&one.state, &other.state);
    (a.behind, a.waiting, &a.last_error, &one.queue) == (b.behind, b.waiting, &b.last_error, &other.queue)
}

#[cfg(test)]
mod tests {
    use prime_destination::DestinationState;

    use super::*;
    use crate::progress::sample_told;

    fn idle(position: u64) -> Standing {
        Standing { state: DestinationState { position, ..DestinationState::default() }, queue: None }
    }

    fn waits(behind: u64) -> Standing {
        let mut standing = sample_told().standing;
        standing.state.behind = behind;
        standing
    }

    fn after(standing: Standing) -> Telling {
        let mut telling = Telling::default();
        assert_eq!(telling.due_in_ms(&standing, 1_000), Some(0), "what was never told is told at once");
        telling.told(standing, 1_000);
        telling
    }

    #[test]
    fn what_changes_is_told_every_two_seconds_at_most() {
        let telling = after(waits(5));
        assert_eq!(telling.due_in_ms(&waits(6), 1_500), Some(1_500));
        assert!(!telling.is_due(&waits(6), 2_999) && telling.is_due(&waits(6), 3_000));
        assert!(telling.is_due(&idle(1), 3_000), "that nothing waits any more is told, too");
    }

    #[test]
    fn what_waits_is_told_every_ten_seconds() {
        let telling = after(waits(5));
        assert_eq!(telling.due_in_ms(&waits(5), 1_500), Some(9_500));
        assert!(!telling.is_due(&waits(5), 10_999) && telling.is_due(&waits(5), 11_000));
    }

    #[test]
    fn what_is_idle_asks_for_no_commit_however_far_it_has_moved() {
        let telling = after(idle(1));
        assert_eq!(telling.due_in_ms(&idle(1), 1_000_000), None);
        assert_eq!(telling.due_in_ms(&idle(9), 1_000_000), None);
        assert!(!telling.is_due(&idle(1), 1_000_000));
        assert!(!telling.is_due(&idle(9), 10_999) && telling.is_due(&idle(9), 11_000));
    }

    #[test]
    fn a_clock_that_is_set_back_only_delays() {
        let telling = after(waits(5));
        assert_eq!(telling.due_in_ms(&waits(6), 10), Some(CHANGED_MS));
    }
}
