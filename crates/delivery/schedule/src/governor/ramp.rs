//! How fast an endpoint is sent to after an outage: never more than 1.25 times what it last took well.
//!
//! The partner's recovery is the moment at which a backlog could hurt it. When the circuit closes, the rate begins at a
//! tenth of the last good one and grows by a quarter every five seconds that go well, up to 1.25 times the last good rate.
//! There it stays. When half a minute at that rate went well, that rate is the last good one, and the ceiling
//! moves, up to four times what was good before the outage. The ramp is over when for a minute there was nothing to hold back.

const WINDOW_MS: u64 = 10_000;
const STEP_MS: u64 = 5_000;
const HEADROOM: f64 = 1.25;
const BEGIN: f64 = 0.1;
/// A good rate fades by this in each window with less traffic: half in six minutes.
const FADE: f64 = 0.98;
/// Whatever was good before: ten jobs a second hurt nobody, as little as the retries that are let pass at any time.
const LEAST: f64 = 10.0;
/// Of the rate before the outage, while the ramp lasts: a backlog of two hours is gone within one.
const HIGHEST: f64 = 4.0;
/// Jobs a second that the bound above leaves to those whose rate was small or is not known.
const HIGHEST_MIN: f64 = 100.0;
/// Steps at the ceiling that prove it.
const PROOF_STEPS: u32 = 6;
/// Steps without anything waiting that end the ramp.
const CALM_STEPS: u32 = 12;

#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(crate) struct Ramp {
    seen: Seen,
    active: Option<Active>,
    good: f64,
}

#[derive(Clone, Copy, Debug)]
struct Active {
    rate: f64,
    most: f64,
    calm: u32,
    at_ceiling: u32,
    delivered_at_ceiling: u64,
}

/// Since the window or the step began.
#[derive(Clone, Copy, Default, Debug)]
struct Seen {
    since_ms: u64,
    delivered: u64,
    requests: u32,
    failed: u32,
    /// More was there to be sent.
    waiting: bool,
}

impl Seen {
    /// One failure in ten is within what retries are for.
    fn is_good(&self) -> bool {
        self.requests > 0 && self.failed * 10 <= self.requests
    }
}

impl Ramp {
    pub(crate) fn new(good: f64) -> Self {
        Self { good, active: None, seen: Seen::default() }
    }

    /// Jobs a second that were last delivered without trouble. 0: never.
    pub(crate) fn good(&self) -> f64 {
        self.good
    }

    /// Jobs a second; none when there is no ramp.
    pub(crate) fn rate(&mut self, now_ms: u64) -> Option<f64> {
        self.roll(now_ms);
        self.active.map(|active| active.rate)
    }

    /// `waiting`: whether more is there to be sent.
    pub(crate) fn settled(&mut self, now_ms: u64, delivered: u64, ok: bool, waiting: bool) {
        self.roll(now_ms);
        self.seen.waiting |= waiting;
        self.seen.delivered += delivered;
        self.seen.requests += 1;
        self.seen.failed += u32::from(!ok);
    }

    pub(crate) fn begin(&mut self, now_ms: u64) {
        let rate = (self.good * BEGIN).max(LEAST);
        let most = (self.good * HIGHEST).max(HIGHEST_MIN);
        self.active = Some(Active { rate, most, calm: 0, at_ceiling: 0, delivered_at_ceiling: 0 });
        self.seen = Seen { since_ms: now_ms, ..Seen::default() };
    }

    /// The circuit opened: what is seen from now on says nothing about a good rate.
    pub(crate) fn interrupt(&mut self, now_ms: u64) {
        self.active = None;
        self.seen = Seen { since_ms: now_ms, ..Seen::default() };
    }

    fn roll(&mut self, now_ms: u64) {
        while self.active.is_some() && now_ms >= self.seen.since_ms + STEP_MS {
            self.step();
        }
        if self.active.is_none() && now_ms >= self.seen.since_ms + WINDOW_MS {
            self.window(now_ms);
        }
    }

    fn window(&mut self, now_ms: u64) {
        if self.seen.is_good() {
            let seconds = (now_ms - self.seen.since_ms) as f64 / 1_000.0;
            self.good = (self.seen.delivered as f64 / seconds).max(self.good * FADE);
        }
        self.seen = Seen { since_ms: now_ms, ..Seen::default() };
    }

    fn step(&mut self) {
        let Some(active) = &mut self.active else { return };
        let seen = self.seen;
        self.seen = Seen { since_ms: seen.since_ms + STEP_MS, ..Seen::default() };
        let ceiling = (self.good * HEADROOM).clamp(LEAST, active.most);
        let asked = seen.delivered as f64 / (active.rate * STEP_MS as f64 / 1_000.0);
        active.calm = if seen.waiting || seen.failed > 0 { 0 } else { active.calm + 1 };
        if seen.requests > 0 && !seen.is_good() {
            (active.rate, active.at_ceiling, active.delivered_at_ceiling) = ((active.rate * 0.5).max(LEAST), 0, 0);
        } else if active.rate < ceiling && asked >= 0.5 {
            active.rate = (active.rate * HEADROOM).min(ceiling);
        } else if active.rate >= ceiling && asked >= 0.5 {
            active.at_ceiling += 1;
            active.delivered_at_ceiling += seen.delivered;
        }
        if active.at_ceiling == PROOF_STEPS {
            let seconds = (u64::from(PROOF_STEPS) * STEP_MS) as f64 / 1_000.0;
            self.good = self.good.max(active.delivered_at_ceiling as f64 / seconds);
            (active.at_ceiling, active.delivered_at_ceiling) = (0, 0);
        }
        if active.calm >= CALM_STEPS {
            self.active = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends what is allowed, up to `demand` a second, for `seconds`; returns the highest rate.
    fn run(ramp: &mut Ramp, from_s: u64, seconds: u64, demand: f64) -> f64 {
        let mut highest: f64 = 0.0;
        for second in from_s..from_s + seconds {
            let rate = ramp.rate(second * 1_000).unwrap_or(f64::INFINITY).min(demand);
            highest = highest.max(rate);
            for request in 0..10 {
                ramp.settled(second * 1_000 + request * 100, (rate / 10.0).round() as u64, true, rate < demand);
            }
        }
        highest
    }

    #[test]
    fn after_an_outage_the_rate_stays_below_a_quarter_more_than_the_last_good_one() {
        let mut ramp = Ramp::new(0.0);
        run(&mut ramp, 0, 100, 1_000.0);
        assert!((ramp.good() - 1_000.0).abs() < 20.0, "{}", ramp.good());
        ramp.interrupt(100_000);
        ramp.begin(200_000);
        assert!(ramp.rate(200_000).unwrap() <= 102.0);
        let highest = run(&mut ramp, 200, 85, 1e9);
        assert!((1_200.0..=1_275.0).contains(&highest), "{highest}");
        // What has been good for half a minute is the last good rate.
        let highest = run(&mut ramp, 285, 30, 1e9);
        assert!(highest > 1_300.0 && highest <= 1_275.0 * 1.25, "{highest}");
        let highest = run(&mut ramp, 315, 900, 1e9);
        assert!((3_900.0..=4_080.0).contains(&highest), "four times what was good before: {highest}");
    }

    #[test]
    fn the_ramp_ends_when_there_is_nothing_to_hold_back() {
        let mut ramp = Ramp::new(1_000.0);
        ramp.begin(0);
        run(&mut ramp, 0, 180, 400.0);
        assert_eq!(ramp.rate(180_000), None);
    }

    #[test]
    fn a_step_that_goes_badly_halves_the_rate() {
        let mut ramp = Ramp::new(1_000.0);
        ramp.begin(0);
        ramp.settled(10, 0, false, true);
        assert_eq!(ramp.rate(5_000), Some(50.0));
    }
}
