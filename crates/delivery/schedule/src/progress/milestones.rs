use std::collections::VecDeque;

/// Time between two, as coarse as an age that people read may be.
const STEP_MS: u64 = 1_000;
/// 64 KiB. When there are more, every second one goes.
const MOST: usize = 4_096;

/// Since when offsets wait, roughly: an offset and its time, now and then.
#[derive(Default)]
#[repr(C)]
pub(super) struct Milestones {
    /// Ascending in both.
    passed: VecDeque<(u64, u64)>,
    /// When the next one is.
    next_ms: u64,
}

impl Milestones {
    pub(super) fn pass(&mut self, offset: u64, since_ms: u64) {
        if since_ms < self.next_ms || self.passed.back().is_some_and(|&(last, _)| offset <= last) {
            return;
        }
        self.passed.push_back((offset, since_ms));
        self.next_ms = since_ms + STEP_MS;
        if self.passed.len() > MOST {
            let mut keep = false;
            self.passed.retain(|_| {
                keep = !keep;
                keep
            });
        }
    }

    /// A time not long before that at which this offset came.
    pub(super) fn since_ms(&self, offset: u64) -> Option<u64> {
        let after = self.passed.partition_point(|&(passed, _)| passed <= offset);
        self.passed.get(after.saturating_sub(1)).map(|&(_, since_ms)| since_ms)
    }

    /// Nothing below is asked for any more.
    pub(super) fn forget_below(&mut self, offset: u64) {
        while self.passed.get(1).is_some_and(|&(next, _)| next <= offset) {
            self.passed.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_age_of_an_offset_is_known_to_a_second_and_forgotten_with_it() {
        let mut milestones = Milestones::default();
        for offset in 0..1_000 {
            milestones.pass(offset, 50_000 + offset * 100);
        }
        for offset in (0..1_000).step_by(37) {
            let since_ms = milestones.since_ms(offset).unwrap();
            assert!((since_ms..since_ms + 1_000).contains(&(50_000 + offset * 100)));
            milestones.forget_below(offset);
        }
        assert!(milestones.passed.len() <= 2);
    }
}
