//! Which events of a destination are under way, and up to where all have their outcome.

use std::collections::BTreeSet;

use prime_log::Offset;

/// Events that may have their outcome while an earlier one has not. After a crash they are sent again, so this bounds the
/// duplicates; and an event that fails for ever stops its destination after this many others.
pub(crate) const AHEAD_MAX: usize = 1_000;

/// Progress through the stream. Events enter in order and settle in any.
#[derive(Debug)]
pub(crate) struct Window {
    next: Offset,
    under_way: BTreeSet<Offset>,
    /// Settled, with an earlier one still under way.
    ahead: BTreeSet<Offset>,
    under_way_max: usize,
}

impl Window {
    /// Everything before `next` has its outcome.
    pub(crate) fn new(next: Offset, under_way_max: usize) -> Self {
        Self { next, under_way: BTreeSet::new(), ahead: BTreeSet::new(), under_way_max: under_way_max.max(1) }
    }

    /// So many events may be under way from now on.
    pub(crate) fn widen(&mut self, under_way_max: usize) {
        self.under_way_max = under_way_max.max(1);
    }

    /// The next event to look at.
    pub(crate) fn next(&self) -> Offset {
        self.next
    }

    /// Everything before this has its outcome.
    pub(crate) fn position(&self) -> Offset {
        self.under_way.first().copied().unwrap_or(self.next)
    }

    pub(crate) fn has_room(&self) -> bool {
        self.under_way.len() < self.under_way_max && self.ahead.len() < AHEAD_MAX
    }

    /// Takes events before `next` as settled without having been under way: they were not for this destination.
    pub(crate) fn pass(&mut self, next: Offset) {
        self.next = self.next.max(next);
    }

    /// Starts the event at `offset`; everything between it and the last one started is passed.
    pub(crate) fn start(&mut self, offset: Offset) {
        debug_assert!(offset >= self.next, "events start in order");
        self.under_way.insert(offset);
        self.next = offset + 1;
    }

    /// The event has its final outcome.
    pub(crate) fn settle(&mut self, offset: Offset) {
        self.under_way.remove(&offset);
        self.ahead.insert(offset);
        let position = self.position();
        self.ahead = self.ahead.split_off(&position);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_position_waits_for_the_earliest_event_under_way() {
        let mut window = Window::new(10, 3);
        assert_eq!(window.position(), 10);
        [10, 12, 15].into_iter().for_each(|offset| window.start(offset));
        assert!(!window.has_room());
        window.settle(12);
        window.settle(15);
        assert_eq!((window.position(), window.next()), (10, 16));
        window.pass(20);
        assert_eq!(window.position(), 10);
        window.settle(10);
        assert_eq!(window.position(), 20);
    }

    #[test]
    fn an_event_that_never_settles_stops_the_others_at_the_bound() {
        let mut window = Window::new(0, 2);
        window.start(0);
        let mut settled = 0;
        while window.has_room() {
            window.start(window.next());
            window.settle(window.next() - 1);
            settled += 1;
        }
        assert_eq!((settled, window.position()), (AHEAD_MAX, 0));
        window.settle(0);
        assert!(window.has_room());
        assert_eq!(window.position(), AHEAD_MAX as u64 + 1);
    }

    /// Against the plain definition, over many random histories.
    #[test]
    fn everything_before_the_position_is_settled_and_the_position_itself_is_not() {
        for seed in 1..200_u64 {
            let mut state = seed;
            let mut random = |bound: u64| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                (state >> 33) % bound
            };
            let (mut window, mut open) = (Window::new(0, 4), Vec::new());
            for _ in 0..300 {
                match random(3) {
                    0 if window.has_room() => {
                        let offset = window.next() + random(3);
                        window.start(offset);
                        open.push(offset);
                    }
                    1 => window.pass(window.next() + random(2)),
                    _ if !open.is_empty() => {
                        let settled = open.swap_remove(random(open.len() as u64) as usize);
                        window.settle(settled);
                    }
                    _ => {}
                }
                assert_eq!(window.position(), open.iter().copied().min().unwrap_or(window.next()), "seed {seed}");
            }
        }
    }
}
