//! The circuit to an endpoint: closed, open, half open. After Nygard, "Release It!" (2007).

use crate::random::Random;

/// Opens when in ten seconds at least ten requests and half of all failed; half is Hystrix's default.
const WINDOW_MS: u64 = 10_000;
const FAILED_MIN: u32 = 10;
/// Or when so many failed one after the other, however slowly.
const FAILED_IN_A_ROW: u32 = 10;
/// Successful probes that close it. With one, an endpoint that fails 85 % of requests would close it every few tries; with
/// three, one time in 300.
const PROBES: u32 = 3;
const OPEN_MS_FIRST: u64 = 1_000;
const OPEN_MS_MAX: u64 = 60_000;
/// A circuit that was closed for longer begins again with the shortest pause.
const STEADY_MS: u64 = 60_000;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum State {
    Closed,
    Open { until_ms: u64 },
    HalfOpen { succeeded: u32, probing: bool },
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Breaker {
    state: State,
    window_ms: u64,
    requests: u32,
    failed: u32,
    in_a_row: u32,
    /// Pauses since it was last steady.
    opened: u32,
    closed_ms: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Pass {
    Free,
    /// One request, and no other until it is answered.
    Probe,
    Until(u64),
    WhenAnswered,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Change {
    Opened,
    Closed,
}

impl Breaker {
    pub(crate) fn new() -> Self {
        let state = State::Closed;
        Self { state, window_ms: 0, requests: 0, failed: 0, in_a_row: 0, opened: 0, closed_ms: 0 }
    }

    pub(crate) fn pass(&mut self, now_ms: u64) -> Pass {
        match self.state {
            State::Closed => Pass::Free,
            State::Open { until_ms } if now_ms < until_ms => Pass::Until(until_ms),
            State::Open { .. } => {
                self.state = State::HalfOpen { succeeded: 0, probing: false };
                Pass::Probe
            }
            State::HalfOpen { probing: true, .. } => Pass::WhenAnswered,
            State::HalfOpen { probing: false, .. } => Pass::Probe,
        }
    }

    pub(crate) fn probe_sent(&mut self) {
        if let State::HalfOpen { probing, .. } = &mut self.state {
            *probing = true;
        }
    }

    /// While the circuit is not closed, only what a probe meets counts: the rest was sent before.
    pub(crate) fn settled(&mut self, now_ms: u64, ok: bool, probe: bool, random: &mut Random) -> Option<Change> {
        match self.state {
            State::Closed => self.settled_closed(now_ms, ok, random),
            State::HalfOpen { succeeded, .. } if probe => self.settled_probe(now_ms, ok, succeeded + 1, random),
            _ => None,
        }
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// None unless it is open.
    pub(crate) fn open_until_ms(&self) -> Option<u64> {
        match self.state {
            State::Open { until_ms } => Some(until_ms),
            _ => None,
        }
    }

    fn settled_closed(&mut self, now_ms: u64, ok: bool, random: &mut Random) -> Option<Change> {
        if now_ms >= self.window_ms + WINDOW_MS {
            (self.window_ms, self.requests, self.failed) = (now_ms, 0, 0);
        }
        self.requests += 1;
        if ok {
            self.in_a_row = 0;
            return None;
        }
        self.failed += 1;
        self.in_a_row += 1;
        let half = self.failed >= FAILED_MIN && self.failed * 2 >= self.requests;
        if !half && self.in_a_row < FAILED_IN_A_ROW {
            return None;
        }
        if now_ms >= self.closed_ms + STEADY_MS {
            self.opened = 0;
        }
        self.open(now_ms, random);
        Some(Change::Opened)
    }

    fn settled_probe(&mut self, now_ms: u64, ok: bool, succeeded: u32, random: &mut Random) -> Option<Change> {
        if !ok {
            self.open(now_ms, random);
            return Some(Change::Opened);
        }
        if succeeded < PROBES {
            self.state = State::HalfOpen { succeeded, probing: false };
            return None;
        }
        *self = Self { opened: self.opened, closed_ms: now_ms, window_ms: now_ms, ..Self::new() };
        Some(Change::Closed)
    }

    fn open(&mut self, now_ms: u64, random: &mut Random) {
        let pause_ms = (OPEN_MS_FIRST << self.opened.min(6)).min(OPEN_MS_MAX);
        self.opened += 1;
        // Between half and whole: destinations of one partner do not probe it at one moment.
        let until_ms = now_ms + pause_ms / 2 + random.up_to(pause_ms / 2);
        self.state = State::Open { until_ms };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(random: &mut Random) -> Breaker {
        let mut breaker = Breaker::new();
        while breaker.settled(0, false, false, random).is_none() {}
        breaker
    }

    #[test]
    fn ten_failures_in_a_row_open_it_and_nine_do_not() {
        let mut random = Random::new(1);
        let mut breaker = Breaker::new();
        for minute in 0..9 {
            assert_eq!(breaker.settled(minute * 60_000, false, false, &mut random), None);
        }
        assert_eq!(breaker.settled(540_000, false, false, &mut random), Some(Change::Opened));
    }

    #[test]
    fn it_stays_closed_while_less_than_half_fails() {
        let mut random = Random::new(1);
        let mut breaker = Breaker::new();
        for request in 0..10_000 {
            assert_eq!(breaker.settled(request, request % 5 > 1, false, &mut random), None, "{request}");
        }
    }

    #[test]
    fn half_open_lets_one_probe_through_at_a_time_and_three_close_it() {
        let mut random = Random::new(1);
        let mut breaker = opened(&mut random);
        let Pass::Until(until_ms) = breaker.pass(0) else { panic!("open") };
        assert!((500..=1_000).contains(&until_ms));
        for probe in 1..=3 {
            assert_eq!(breaker.pass(until_ms), Pass::Probe);
            breaker.probe_sent();
            assert_eq!(breaker.pass(until_ms), Pass::WhenAnswered);
            assert_eq!(breaker.settled(until_ms, true, false, &mut random), None, "an answer from before");
            let change = breaker.settled(until_ms, true, true, &mut random);
            assert_eq!(change, (probe == 3).then_some(Change::Closed));
        }
        assert_eq!(breaker.pass(until_ms), Pass::Free);
    }

    #[test]
    fn pauses_grow_up_to_a_minute_while_probes_fail() {
        let mut random = Random::new(1);
        let mut breaker = opened(&mut random);
        let mut now_ms = 0;
        let mut longest = 0;
        for _ in 0..20 {
            let Pass::Until(until_ms) = breaker.pass(now_ms) else { panic!("open") };
            longest = longest.max(until_ms - now_ms);
            now_ms = until_ms;
            assert_eq!(breaker.pass(now_ms), Pass::Probe);
            breaker.probe_sent();
            assert_eq!(breaker.settled(now_ms, false, true, &mut random), Some(Change::Opened));
        }
        assert!((30_000..=OPEN_MS_MAX).contains(&longest));
    }
}
