//! The rate that an endpoint's complaints about too many requests teach.

/// What is sent after a complaint, of what was sent before. CUBIC's cut: milder than halving, as the rate is what the
/// endpoint itself names too high, and not a queue.
const CUT: f64 = 0.7;
/// Each second without a complaint: ten seconds bring it back to where it was.
const GROWTH: f64 = 1.04;
const LEAST: f64 = 1.0;

#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct LearnedRate {
    limit: Option<Limit>,
}

#[derive(Clone, Copy, Debug)]
struct Limit {
    per_second: f64,
    /// The rate that was too high.
    complained_at: f64,
    changed_ms: u64,
}

impl LearnedRate {
    /// Complaints within a second of each other are one: they are about what was sent together.
    pub(crate) fn too_many(&mut self, now_ms: u64, sent_per_second: f64) {
        match &mut self.limit {
            Some(limit) if now_ms < limit.changed_ms + 1_000 => {}
            limit => {
                let known = limit.map_or(sent_per_second, |limit| limit.per_second.min(sent_per_second.max(LEAST)));
                let per_second = (known * CUT).max(LEAST);
                *limit = Some(Limit { per_second, complained_at: known.max(LEAST), changed_ms: now_ms });
            }
        }
    }

    /// Jobs a second. None when nothing was complained about for long enough to have grown to twice of what was too much.
    pub(crate) fn per_second(&mut self, now_ms: u64) -> Option<f64> {
        let limit = self.limit.as_mut()?;
        let seconds = now_ms.saturating_sub(limit.changed_ms) / 1_000;
        limit.per_second *= GROWTH.powi(seconds.min(1_000) as i32);
        limit.changed_ms += seconds * 1_000;
        if limit.per_second > 2.0 * limit.complained_at {
            self.limit = None;
        }
        self.limit.map(|limit| limit.per_second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_cuts_once_and_silence_lifts_the_limit_in_the_end() {
        let mut learned = LearnedRate::default();
        for _ in 0..50 {
            learned.too_many(5_000, 100.0);
        }
        assert_eq!(learned.per_second(5_000), Some(70.0));
        let after = learned.per_second(15_000).unwrap();
        assert!((100.0..110.0).contains(&after), "{after}");
        assert_eq!(learned.per_second(60_000), None);
    }
}
