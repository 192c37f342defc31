//! The clock, and which epochs are hot: functions of the messages that were kept and of their order, and of nothing
//! else. So a crash, a restart or another cutting into rounds changes no verdict.

use std::collections::VecDeque;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct EpochRules {
    pub(crate) epoch_ms: i64,
    /// Epochs of time before the current one that are hot.
    pub(crate) hot_before: i64,
    pub(crate) window_ms: i64,
    /// An epoch with so many ids ends before its time. A sixth of what the table holds: five hot ones, and one that is
    /// being sealed.
    pub(crate) epoch_ids_max: u64,
}

const EPOCHS_OF_IDS: u64 = 5;

/// A stretch of arrival.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch {
    /// Counts up from 0.
    pub(crate) id: u64,
    /// Which stretch of `epoch_ms` since 1970; several epochs may share one.
    pub(crate) stretch: i64,
    pub(crate) ids: u64,
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Epochs {
    rules: EpochRules,
    /// Newest arrival so far.
    clock_ms: i64,
    next_id: u64,
    /// Oldest first.
    hot: VecDeque<Epoch>,
    /// Of all hot epochs.
    hot_ids: u64,
}

impl Epochs {
    /// Goes on from epochs that were found on disk, oldest first.
    pub(crate) fn of(rules: EpochRules, clock_ms: i64, next_id: u64, found: impl IntoIterator<Item = Epoch>) -> Self {
        let hot: VecDeque<Epoch> = found.into_iter().collect();
        let hot_ids = hot.iter().map(|epoch| epoch.ids).sum();
        let mut epochs = Self { rules, clock_ms, next_id, hot, hot_ids };
        epochs.let_go();
        epochs
    }

    pub(crate) fn rules(&self) -> &EpochRules {
        &self.rules
    }

    /// Newest arrival among what was kept; `None` before the first.
    pub(crate) fn clock_ms(&self) -> Option<i64> {
        (self.clock_ms != i64::MIN).then_some(self.clock_ms)
    }

    pub(crate) fn next_id(&self) -> u64 {
        self.next_id
    }

    pub(crate) fn hot_ids(&self) -> u64 {
        self.hot_ids
    }

    pub(crate) fn hot(&self) -> impl Iterator<Item = &Epoch> {
        self.hot.iter()
    }

    /// Puts a kept message into its epoch, which is the newest; epochs may begin and leave.
    pub(crate) fn keep(&mut self, received_at_ms: i64) -> Epoch {
        self.advance(received_at_ms);
        let stretch = self.stretch(self.clock_ms);
        let fits = self.hot.back().is_some_and(|epoch| epoch.stretch == stretch && !self.is_full(epoch));
        if !fits {
            let clock = self.clock_ms;
            self.hot.push_back(Epoch { id: self.next_id, stretch, ids: 0, first_ms: clock, last_ms: clock });
            self.next_id += 1;
        }
        self.hot_ids += 1;
        let clock_ms = self.clock_ms;
        let kept = self.hot.back_mut().map(|epoch| {
            epoch.ids += 1;
            epoch.last_ms = clock_ms;
            *epoch
        });
        // One more may be one too many.
        self.let_go();
        kept.unwrap_or_else(|| unreachable!("an epoch was just begun"))
    }

    /// Time has come so far, with or without a message.
    pub(crate) fn advance(&mut self, now_ms: i64) {
        if now_ms > self.clock_ms {
            self.clock_ms = now_ms;
            self.let_go();
        }
    }

    /// The oldest epoch that is hot for a message that arrives then; one that is still to come if none is.
    pub(crate) fn hot_from(&self, received_at_ms: i64) -> u64 {
        let oldest = self.stretch(received_at_ms.max(self.clock_ms)).saturating_sub(self.rules.hot_before);
        self.hot.iter().find(|epoch| epoch.stretch >= oldest).map_or(self.next_id, |epoch| epoch.id)
    }

    /// The oldest arrival that is within the window for a message that arrives then.
    pub(crate) fn window_from(&self, received_at_ms: i64) -> i64 {
        received_at_ms.max(self.clock_ms).saturating_sub(self.rules.window_ms)
    }

    pub(crate) fn stretch(&self, ms: i64) -> i64 {
        ms.div_euclid(self.rules.epoch_ms)
    }

    pub(crate) fn is_full(&self, epoch: &Epoch) -> bool {
        epoch.ids >= self.rules.epoch_ids_max
    }

    /// What is too old leaves, and what there is no room for.
    fn let_go(&mut self) {
        let oldest = self.stretch(self.clock_ms).saturating_sub(self.rules.hot_before);
        let room = self.rules.epoch_ids_max.saturating_mul(EPOCHS_OF_IDS);
        while self.hot.front().is_some_and(|epoch| epoch.stretch < oldest || self.hot_ids > room) {
            self.hot_ids -= self.hot.pop_front().map_or(0, |epoch| epoch.ids);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> Epochs {
        Epochs::of(RULES, i64::MIN, 0, [])
    }

    const RULES: EpochRules = EpochRules { epoch_ms: 10, hot_before: 4, window_ms: 1_000, epoch_ids_max: 100 };

    fn ids(epochs: &Epochs) -> Vec<u64> {
        epochs.hot().map(|epoch| epoch.id).collect()
    }

    #[test]
    fn the_current_epoch_and_four_stretches_before_are_hot() {
        let mut epochs = new();
        for (at, id) in [(5, 0), (9, 0), (10, 1), (49, 2)] {
            assert_eq!(epochs.keep(at).id, id, "{at}");
        }
        assert_eq!(ids(&epochs), [0, 1, 2]);
        assert_eq!(epochs.hot_from(49), 0);
        assert_eq!(epochs.hot_from(50), 1, "as it would be if the message was kept");
        assert_eq!(ids(&epochs), [0, 1, 2], "asking changes nothing");
        epochs.keep(50);
        assert_eq!(ids(&epochs), [1, 2, 3]);
        assert_eq!(epochs.hot_from(1_000), 4);
    }

    #[test]
    fn what_comes_late_is_put_into_the_newest_epoch() {
        let mut epochs = new();
        epochs.keep(100);
        let late = epochs.keep(3);
        assert_eq!((late.id, late.last_ms), (0, 100));
        assert_eq!(epochs.hot_from(3), 0);
        assert_eq!(epochs.clock_ms(), Some(100));
    }

    #[test]
    fn a_full_epoch_ends_and_the_oldest_leaves_when_there_is_no_room() {
        let mut epochs = new();
        for _ in 0..500 {
            epochs.keep(1);
        }
        assert_eq!(ids(&epochs), [0, 1, 2, 3, 4]);
        assert_eq!(epochs.keep(1).id, 5);
        assert_eq!(ids(&epochs), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn small_epochs_do_not_leave_early_however_many_share_a_stretch() {
        let mut epochs = new();
        for at in [0, 10, 20, 30] {
            epochs.keep(at);
        }
        for _ in 0..250 {
            epochs.keep(40);
        }
        assert_eq!(ids(&epochs), [0, 1, 2, 3, 4, 5, 6]);
    }

    #[test]
    fn time_that_passes_without_messages_lets_epochs_go_and_never_runs_back() {
        let mut epochs = new();
        epochs.keep(5);
        epochs.advance(1_000);
        assert_eq!(ids(&epochs), [0; 0]);
        epochs.advance(1);
        assert_eq!(epochs.clock_ms(), Some(1_000));
        assert_eq!(epochs.keep(1).id, 1);
    }
}
