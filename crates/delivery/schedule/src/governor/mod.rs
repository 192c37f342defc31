//! What one endpoint is given: its circuit, its pause, and its limits, learned and set.

mod breaker;
mod bucket;
mod budget;
mod concurrency;
mod learned_rate;
mod meter;
mod ramp;

use crate::backlog::Circuit;
use crate::near::near;
use crate::options::DestinationOptions;
use crate::random::Random;
use breaker::{Breaker, Change, Pass};
use bucket::Bucket;
use budget::Budget;
use concurrency::Concurrency;
use learned_rate::LearnedRate;
use meter::Meter;
use ramp::Ramp;

/// What is looked at while all is well lies in its first four cache lines.
#[repr(C)]
pub(crate) struct Governor {
    paused_until_ms: u64,
    breaker: Breaker,
    concurrency: Concurrency,
    sent: Meter,
    delivered: Meter,
    budget: Budget,
    bucket: Bucket,
    learned_rate: LearnedRate,
    ramp: Ramp,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(std::mem::offset_of!(Governor, sent) == 96 && std::mem::offset_of!(Governor, ramp) == 208);

/// Whether a request may leave.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Gate {
    Free,
    Probe,
    /// Not before this time.
    Until(u64),
    /// When something that is in flight is settled.
    WhenSettled,
}

/// What an answer says about the endpoint.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Sign {
    Well,
    TooMany,
    Unwell,
}

/// A request that was settled, as seen from the endpoint.
pub(crate) struct Exchange {
    pub(crate) sent_ms: u64,
    pub(crate) sign: Sign,
    pub(crate) probe: bool,
    pub(crate) retry: bool,
    /// Jobs.
    pub(crate) delivered: u64,
    /// Requests, this one included.
    pub(crate) in_flight: u32,
    /// More is there to be sent.
    pub(crate) waiting: bool,
}

impl Governor {
    /// `good_rate`: what is known from before, in jobs a second.
    pub(crate) fn new(good_rate: f64) -> Self {
        Self {
            breaker: Breaker::new(),
            concurrency: Concurrency::new(),
            bucket: Bucket::default(),
            learned_rate: LearnedRate::default(),
            ramp: Ramp::new(good_rate),
            budget: Budget::new(),
            paused_until_ms: 0,
            sent: Meter::default(),
            delivered: Meter::default(),
        }
    }

    pub(crate) fn gate(&mut self, now_ms: u64, in_flight: u32, options: &DestinationOptions) -> Gate {
        if now_ms < self.paused_until_ms {
            return Gate::Until(self.paused_until_ms);
        }
        let gate = match self.breaker.pass(now_ms) {
            Pass::Until(until_ms) => return Gate::Until(until_ms),
            Pass::WhenAnswered => return Gate::WhenSettled,
            Pass::Probe => Gate::Probe,
            Pass::Free if in_flight >= self.concurrency.limit(options.in_flight_max) => return Gate::WhenSettled,
            Pass::Free => Gate::Free,
        };
        let rate = self.rate(now_ms, options);
        self.bucket.set_rate(now_ms, rate);
        let ready_ms = self.bucket.ready_ms(now_ms);
        if ready_ms > now_ms { Gate::Until(ready_ms) } else { gate }
    }

    /// When a retry may be sent, as far as the budget goes.
    pub(crate) fn retry_ready_ms(&mut self, now_ms: u64) -> u64 {
        self.budget.ready_ms(now_ms)
    }

    pub(crate) fn sent(&mut self, now_ms: u64, jobs: usize, probe: bool, retry: bool) {
        self.bucket.take(jobs);
        self.sent.add(now_ms, jobs as u32);
        if probe {
            self.breaker.probe_sent();
        }
        if retry {
            self.budget.retry_sent();
        }
    }

    /// Nothing is sent before that time.
    pub(crate) fn pause(&mut self, until_ms: u64) {
        self.paused_until_ms = self.paused_until_ms.max(until_ms);
    }

    pub(crate) fn settled(&mut self, now_ms: u64, exchange: &Exchange, most: u32, random: &mut Random) {
        let ok = exchange.sign == Sign::Well;
        self.delivered.add(now_ms, exchange.delivered as u32);
        if exchange.delivered > 0 {
            self.budget.delivered(exchange.retry, self.delivered.recent(now_ms));
        }
        match exchange.sign {
            Sign::Well => self.concurrency.answered(now_ms, exchange.sent_ms, exchange.in_flight, most),
            Sign::TooMany => {
                self.learned_rate.too_many(now_ms, self.sent.recent(now_ms));
                self.concurrency.failed(now_ms, exchange.sent_ms);
            }
            Sign::Unwell => self.concurrency.failed(now_ms, exchange.sent_ms),
        }
        // Too many requests is an answer: the endpoint is there, and names its limit.
        let reached = exchange.sign != Sign::Unwell;
        let closed = self.breaker.is_closed();
        match self.breaker.settled(now_ms, reached, exchange.probe, random) {
            Some(Change::Opened) => self.ramp.interrupt(now_ms),
            Some(Change::Closed) => {
                self.concurrency.restart();
                self.ramp.begin(now_ms);
            }
            None if closed => self.ramp.settled(now_ms, exchange.delivered, ok, exchange.waiting),
            None => {}
        }
    }

    /// What a request looks at while all is well, from its turn to its end.
    pub(crate) fn bring_near(&self) {
        near(&self.paused_until_ms);
        near(&self.sent);
        near(&self.budget);
        near(&self.ramp);
    }

    pub(crate) fn good_rate(&self) -> f64 {
        self.ramp.good()
    }

    pub(crate) fn delivered_per_second(&mut self, now_ms: u64) -> f64 {
        self.delivered.per_second(now_ms)
    }

    pub(crate) fn circuit(&mut self, now_ms: u64) -> Circuit {
        if now_ms < self.paused_until_ms {
            return Circuit::Paused { until_ms: self.paused_until_ms };
        }
        match self.breaker.open_until_ms() {
            Some(until_ms) => Circuit::Open { until_ms },
            None if !self.breaker.is_closed() => Circuit::HalfOpen,
            None => match self.ramp.rate(now_ms) {
                Some(per_second) => Circuit::Recovering { per_second },
                None => Circuit::Closed,
            },
        }
    }

    pub(crate) fn limit(&self, most: u32) -> u32 {
        self.concurrency.limit(most)
    }

    pub(crate) fn rate(&mut self, now_ms: u64, options: &DestinationOptions) -> Option<f64> {
        let limits = [options.rate_max, self.learned_rate.per_second(now_ms), self.ramp.rate(now_ms)];
        limits.into_iter().flatten().reduce(f64::min).map(|rate| rate.max(1e-6))
    }
}
