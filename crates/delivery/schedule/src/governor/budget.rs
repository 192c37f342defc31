//! How many of the requests may be retries: a fifth of what the destination takes, and ten a second where it takes little.
//!
//! A retry that is delivered gives back what it cost, for then it was throughput. So retries that fail stay below a
//! fifth of throughput, and a backlog of retries drains as fast as it succeeds. Both numbers are Finagle's defaults.

const SHARE: f64 = 0.2;
const PER_SECOND: f64 = 10.0;
/// Credit is kept for so long.
const SECONDS: f64 = 10.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    credit: f64,
    filled_ms: u64,
}

impl Budget {
    pub(crate) fn new() -> Self {
        Self { credit: PER_SECOND * SECONDS, filled_ms: 0 }
    }

    /// When the next retry may be sent: `now_ms` or later.
    pub(crate) fn ready_ms(&mut self, now_ms: u64) -> u64 {
        self.fill(now_ms);
        if self.credit >= 1.0 {
            return now_ms;
        }
        now_ms + ((1.0 - self.credit) / PER_SECOND * 1_000.0).ceil().max(1.0) as u64
    }

    pub(crate) fn retry_sent(&mut self) {
        self.credit -= 1.0;
    }

    pub(crate) fn delivered(&mut self, retry: bool, delivered_per_second: f64) {
        let most = SECONDS * (PER_SECOND + SHARE * delivered_per_second);
        self.credit += if retry { 1.0 + SHARE } else { SHARE };
        self.credit = self.credit.min(most);
    }

    fn fill(&mut self, now_ms: u64) {
        let passed_ms = now_ms.saturating_sub(self.filled_ms);
        self.filled_ms = self.filled_ms.max(now_ms);
        let floor = PER_SECOND * SECONDS;
        if self.credit < floor {
            self.credit = (self.credit + PER_SECOND * passed_ms as f64 / 1_000.0).min(floor);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_that_fail_stay_below_a_fifth_of_throughput_and_the_floor() {
        let mut budget = Budget::new();
        let (mut retries, mut delivered) = (0.0, 0.0);
        for now_ms in 0..60_000 {
            for _ in 0..3 {
                budget.delivered(false, 3_000.0);
                delivered += 1.0;
            }
            while budget.ready_ms(now_ms) == now_ms {
                budget.retry_sent();
                retries += 1.0;
            }
            let most = 0.2 * delivered + 10.0 * now_ms as f64 / 1_000.0 + 100.0;
            assert!(retries <= most + 1e-6, "{retries} of {most}");
        }
        assert!(retries > 0.19 * delivered, "the budget can be used");
    }

    #[test]
    fn retries_that_are_delivered_go_on_as_fast_as_they_succeed() {
        let mut budget = Budget::new();
        for sent in 0..10_000 {
            assert_eq!(budget.ready_ms(0), 0, "{sent}");
            budget.retry_sent();
            budget.delivered(true, 10_000.0);
        }
    }
}
