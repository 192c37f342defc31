/// A burst is a tenth of a second's worth: short enough for any partner's window, long enough for coarse clocks.
const BURST_SECONDS: f64 = 0.1;

/// A token bucket. In any time t no more than `rate * t`, a burst and one batch pass.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Bucket {
    rate: Option<f64>,
    /// Below zero after a batch that was larger than what was there.
    tokens: f64,
    filled_ms: u64,
}

impl Bucket {
    /// Jobs a second from now on; none: without limit.
    pub(crate) fn set_rate(&mut self, now_ms: u64, rate: Option<f64>) {
        let Some(rate) = rate else {
            self.rate = None;
            return;
        };
        match self.rate {
            Some(before) => self.fill(now_ms, before),
            None => (self.tokens, self.filled_ms) = (burst(rate), now_ms),
        }
        self.rate = Some(rate);
        self.tokens = self.tokens.min(burst(rate));
    }

    /// When the next job may pass: `now_ms` or later.
    pub(crate) fn ready_ms(&mut self, now_ms: u64) -> u64 {
        let Some(rate) = self.rate else { return now_ms };
        self.fill(now_ms, rate);
        if self.tokens >= 1.0 {
            return now_ms;
        }
        now_ms + ((1.0 - self.tokens) / rate * 1_000.0).ceil().max(1.0) as u64
    }

    pub(crate) fn take(&mut self, jobs: usize) {
        if self.rate.is_some() {
            self.tokens -= jobs as f64;
        }
    }

    fn fill(&mut self, now_ms: u64, rate: f64) {
        let passed_ms = now_ms.saturating_sub(self.filled_ms);
        self.filled_ms = now_ms;
        self.tokens = (self.tokens + rate * passed_ms as f64 / 1_000.0).min(burst(rate));
    }
}

fn burst(rate: f64) -> f64 {
    (rate * BURST_SECONDS).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_span_of_time_lets_more_pass_than_the_rate_and_a_burst() {
        for rate in [0.5, 3.0, 1_000.0] {
            let mut bucket = Bucket::default();
            bucket.set_rate(0, Some(rate));
            let mut passed = 0.0;
            for now_ms in 0..20_000 {
                while bucket.ready_ms(now_ms) == now_ms {
                    bucket.take(1);
                    passed += 1.0;
                }
                let most = rate * now_ms as f64 / 1_000.0 + burst(rate);
                assert!(passed <= most + 1e-6, "{passed} of {most} at {now_ms}");
            }
            assert!(passed >= rate * 19.9, "{passed}");
        }
    }

    #[test]
    fn a_batch_that_overdraws_is_paid_back_before_the_next() {
        let mut bucket = Bucket::default();
        bucket.set_rate(0, Some(10.0));
        bucket.take(101);
        assert_eq!(bucket.ready_ms(0), 10_100);
        assert_eq!(bucket.ready_ms(10_100), 10_100);
    }
}
