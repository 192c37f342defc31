//! When a failed event is tried again.

use std::time::Duration;

use crate::options::DeliveryOptions;

/// The pause after attempt number `attempt` (from 1) failed, with `chance` from 0 up to 1.
///
/// Half of the pause is fixed and half is by chance: receivers that fail are never asked again at once, and events that
/// failed together do not come back together.
pub(crate) fn pause(options: &DeliveryOptions, attempt: u32, chance: f64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(20);
    let longest = options.backoff_first.saturating_mul(1 << doublings).min(options.backoff_max);
    longest.mul_f64(0.5 + chance.clamp(0.0, 1.0) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> DeliveryOptions {
        let (backoff_first, backoff_max) = (Duration::from_millis(500), Duration::from_secs(60));
        DeliveryOptions { backoff_first, backoff_max, ..DeliveryOptions::default() }
    }

    #[test]
    fn pauses_double_up_to_the_longest() {
        let options = options();
        let longest: Vec<_> = (1..=10).map(|attempt| pause(&options, attempt, 1.0).as_millis()).collect();
        assert_eq!(longest, [500, 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000]);
        assert_eq!(pause(&options, u32::MAX, 1.0), options.backoff_max);
    }

    #[test]
    fn chance_moves_a_pause_within_its_upper_half() {
        let options = options();
        for chance in [0.0, 0.3, 0.999] {
            let pause = pause(&options, 3, chance);
            assert!(pause >= Duration::from_secs(1) && pause <= Duration::from_secs(2), "{pause:?}");
        }
    }
}
