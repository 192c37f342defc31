//! How many requests an endpoint has in flight at most, learned: additive increase, multiplicative decrease.
//!
//! Why not a gradient of latencies, as Netflix's concurrency-limits and Envoy have it: it wants an idle latency to
//! compare with, measured by holding requests back for a moment from time to time. Ours are other people's endpoints, whose latency
//! differs by request and size of batch, behind caches and balancers; that measure drifts, and one that is too low starves a
//! healthy partner. AIMD needs two counts, and where many senders share an endpoint it is what converges to equal shares (Chiu
//! and Jain 1989). The latency counts as well, as a mild signal, relative to its own past, as in Vector's adaptive concurrency.

/// Few enough for anybody; it takes eight round trips from here to a thousand.
const START: f64 = 4.0;
/// TCP's: what cut the throughput was a queue as long as the window (Jacobson 1988).
const CUT_FAILED: f64 = 0.5;
const CUT_SLOW: f64 = 0.9;
/// Weight of a new latency: about the last ten answers.
const FAST: f64 = 0.2;
/// The latency that is taken for normal follows down within some answers, and up over some hundred round trips: a queue that
/// we made ourselves must not become what is normal before it is gone.
const SLOW_DOWN: f64 = 0.05;
const SLOW_UP_A_ROUND_TRIP: f64 = 0.002;
/// Jitter of good networks is below this.
const SLOW_MS: f64 = 20.0;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Concurrency {
    limit: f64,
    /// Until the first cut the limit doubles with each round trip.
    starting: bool,
    cut_ms: u64,
    fast_ms: f64,
    slow_ms: f64,
}

impl Concurrency {
    pub(crate) fn new() -> Self {
        Self { limit: START, starting: true, cut_ms: 0, fast_ms: -1.0, slow_ms: -1.0 }
    }

    pub(crate) fn limit(&self, most: u32) -> u32 {
        (self.limit as u32).min(most).max(1)
    }

    /// `in_flight`: when it was sent, itself included.
    pub(crate) fn answered(&mut self, now_ms: u64, sent_ms: u64, in_flight: u32, most: u32) {
        self.learn_latency(now_ms.saturating_sub(sent_ms) as f64);
        if self.fast_ms > 2.0 * self.slow_ms + SLOW_MS {
            self.cut(now_ms, sent_ms, CUT_SLOW);
        } else if f64::from(in_flight) * 2.0 >= self.limit {
            // A limit that nobody reaches proves nothing, and stays.
            self.limit += if self.starting { 1.0 } else { 1.0 / self.limit };
            self.limit = self.limit.min(f64::from(most.max(1)));
        }
    }

    pub(crate) fn failed(&mut self, now_ms: u64, sent_ms: u64) {
        self.cut(now_ms, sent_ms, CUT_FAILED);
    }

    /// From the start, as after an outage.
    pub(crate) fn restart(&mut self) {
        *self = Self { slow_ms: self.slow_ms, fast_ms: self.slow_ms, ..Self::new() };
    }

    /// One cut for all that was in flight together.
    fn cut(&mut self, now_ms: u64, sent_ms: u64, factor: f64) {
        if sent_ms >= self.cut_ms {
            self.limit = (self.limit * factor).max(1.0);
            self.cut_ms = now_ms + 1;
            self.starting = false;
        }
    }

    fn learn_latency(&mut self, latency_ms: f64) {
        if self.slow_ms < 0.0 {
            (self.fast_ms, self.slow_ms) = (latency_ms, latency_ms);
        }
        self.fast_ms += FAST * (latency_ms - self.fast_ms);
        let weight = if latency_ms < self.slow_ms { SLOW_DOWN } else { SLOW_UP_A_ROUND_TRIP / self.limit };
        self.slow_ms += weight * (latency_ms - self.slow_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: u32 = 1_000;

    #[test]
    fn an_endpoint_that_keeps_up_soon_has_all_it_can_use() {
        let mut concurrency = Concurrency::new();
        let mut now_ms = 0;
        for _ in 0..7 {
            let limit = concurrency.limit(MOST);
            for _ in 0..limit {
                concurrency.answered(now_ms + 50, now_ms, limit, MOST);
            }
            now_ms += 50;
        }
        assert_eq!(concurrency.limit(MOST), 4 << 7);
    }

    #[test]
    fn what_fails_together_is_one_cut_and_the_limit_never_falls_below_one() {
        let mut concurrency = Concurrency::new();
        concurrency.limit = 64.0;
        for _ in 0..64 {
            concurrency.failed(1_000, 900);
        }
        assert_eq!(concurrency.limit(MOST), 32);
        for now_ms in 2..100 {
            concurrency.failed(now_ms * 1_000, now_ms * 1_000 - 1);
        }
        assert_eq!(concurrency.limit(MOST), 1);
    }

    #[test]
    fn an_endpoint_that_slows_down_under_load_is_given_less() {
        let mut concurrency = Concurrency::new();
        // Serves 20 at a time in 50 ms; what is above that waits in its queue.
        let mut now_ms = 0;
        for _ in 0..400 {
            let limit = concurrency.limit(MOST);
            let latency_ms = 50 * u64::from(limit.div_ceil(20));
            for _ in 0..limit {
                concurrency.answered(now_ms + latency_ms, now_ms, limit, MOST);
            }
            now_ms += latency_ms;
        }
        assert!((20..120).contains(&concurrency.limit(MOST)), "{}", concurrency.limit(MOST));
    }

    #[test]
    fn a_limit_that_is_not_used_does_not_grow() {
        let mut concurrency = Concurrency::new();
        for now_ms in 0..1_000 {
            concurrency.answered(now_ms + 5, now_ms, 1, MOST);
        }
        assert_eq!(concurrency.limit(MOST), 4);
    }
}
