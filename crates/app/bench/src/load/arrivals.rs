//! When requests fall due.

use std::time::Duration;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

/// Moments, counted from the start, of requests that come independently of each other: a Poisson process. Endless, and
/// the same for the same seed.
pub(super) struct Arrivals {
    chance: Xoshiro256PlusPlus,
    mean_gap_s: f64,
    at_s: f64,
}

impl Arrivals {
    pub(super) fn new(requests_per_s: f64, seed: u64) -> Self {
        Self { chance: Xoshiro256PlusPlus::seed_from_u64(seed), mean_gap_s: 1.0 / requests_per_s, at_s: 0.0 }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        // Above 0 and at most 1, so that its logarithm is finite; the upper 53 bits fill a double's mantissa.
        let fraction = ((self.chance.next_u64() >> 11) + 1) as f64 / (1_u64 << 53) as f64;
        self.at_s += -fraction.ln() * self.mean_gap_s;
        Some(Duration::from_secs_f64(self.at_s))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_come_at_the_asked_rate_and_not_evenly() {
        let at: Vec<_> = Arrivals::new(1_000.0, 7).take(100_000).collect();
        let last = at.last().unwrap().as_secs_f64();
        assert!((98.0..102.0).contains(&last), "{last}");
        let gaps = at.windows(2).map(|two| (two[1] - two[0]).as_secs_f64());
        let long = gaps.filter(|gap| *gap > 0.002).count();
        // The share of gaps above twice the mean is e^-2, 13.5 %.
        assert!((13_000..14_000).contains(&long), "{long}");
        assert!(Arrivals::new(1_000.0, 7).take(100).eq(at.into_iter().take(100)), "a seed means the same again");
    }
}
