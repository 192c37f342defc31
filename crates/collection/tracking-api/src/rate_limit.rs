//! How many messages a second one source may send.
//!
//! A bucket holds `burst` seconds' worth of messages, fills at the rate, and is drained by what is taken. It is kept as
//! one number: the moment at which it would be full again if nothing more came. Pure but for the atomic; time is an
//! argument.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

const NANOS_PER_SECOND: u64 = 1_000_000_000;

/// A rate for each source. A rate of zero is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    pub messages_per_second: u64,
    /// What may come at once after a quiet time, in seconds of the rate.
    pub burst: Duration,
}

/// What one source has used of its limit.
#[derive(Debug, Default)]
pub(crate) struct Bucket {
    /// Nanoseconds on the caller's clock.
    full_again_at: AtomicU64,
}

impl Bucket {
    /// Takes messages out, as many as there are, or says how long until there is room again. A request is taken whole: as
    /// long as anything is left it passes, and what it takes too much is waited for by the next.
    ///
    /// `now` is the time since any fixed moment.
    pub(crate) fn take(&self, limit: RateLimit, messages: u64, now: Duration) -> Result<(), Duration> {
        self.look(limit, now)?;
        let cost = messages.saturating_mul(NANOS_PER_SECOND).checked_div(limit.messages_per_second);
        if let Some(cost) = cost {
            let now = nanos(now);
            let _ = self.full_again_at.fetch_update(Relaxed, Relaxed, |at| Some(at.max(now).saturating_add(cost)));
        }
        Ok(())
    }

    /// As [`Self::take`] without taking: whether anything is left.
    pub(crate) fn look(&self, limit: RateLimit, now: Duration) -> Result<(), Duration> {
        if limit.messages_per_second == 0 {
            return Ok(());
        }
        let until_full = self.full_again_at.load(Relaxed).saturating_sub(nanos(now));
        match until_full.checked_sub(nanos(limit.burst)) {
            None => Ok(()),
            Some(wait) => Err(Duration::from_nanos(wait)),
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { messages_per_second: 100, burst: Duration::from_secs(2) };

    fn at(millis: u64) -> Duration {
        Duration::from_millis(5_000_000 + millis)
    }

    #[test]
    fn a_burst_passes_and_then_the_rate_does() {
        let bucket = Bucket::default();
        for _ in 0..200 {
            bucket.take(LIMIT, 1, at(0)).unwrap();
        }
        assert_eq!(bucket.take(LIMIT, 1, at(0)), Err(Duration::ZERO));
        let taken = (0..10_000).filter(|millis| bucket.take(LIMIT, 1, at(*millis)).is_ok()).count();
        assert!((999..=1_001).contains(&taken), "{taken} in ten seconds");
    }

    #[test]
    fn a_large_request_passes_whole_and_is_waited_for_after() {
        let bucket = Bucket::default();
        bucket.take(LIMIT, 1_000, at(0)).unwrap();
        assert_eq!(bucket.take(LIMIT, 1, at(0)), Err(Duration::from_secs(8)));
        assert_eq!(bucket.look(LIMIT, at(7_999)), Err(Duration::from_millis(1)));
        bucket.take(LIMIT, 1, at(8_001)).unwrap();
    }

    #[test]
    fn what_was_refused_costs_nothing_and_no_limit_refuses_nothing() {
        let bucket = Bucket::default();
        bucket.take(LIMIT, 400, at(0)).unwrap();
        for _ in 0..1_000 {
            assert!(bucket.take(LIMIT, 500, at(10)).is_err());
        }
        bucket.take(LIMIT, 1, at(2_001)).unwrap();
        let free = RateLimit { messages_per_second: 0, ..LIMIT };
        bucket.take(free, u64::MAX, at(0)).unwrap();
        bucket.take(free, 1, at(0)).unwrap();
    }
}
