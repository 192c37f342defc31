//! `delivery.outage`: a partner that fails 85 % of 16,000 events a second for 105 minutes, and comes back.

use std::collections::VecDeque;

use prime_schedule::{
    DestinationId, DestinationOptions, Offer, Offered, Options, Outcome, PartitionId, QueueName, Schedule, Send,
    Settlement,
};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::thread_cpu;
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};

const PER_SECOND: u64 = 16_000;
const BEFORE_S: u64 = 120;
const OUTAGE_S: u64 = 105 * 60;
/// Traffic goes on for so long after the outage.
const AFTER_S: u64 = 30 * 60;
const FAILING_PERCENT: u32 = 85;
const LATENCY_MS: u64 = 40;
const TICK_MS: u64 = 10;
/// Over which rates are taken.
const WINDOW_S: usize = 10;
const P: PartitionId = PartitionId(0);

const UNFINISHED: &str = "unfinished";

pub(crate) const BAR: Bar = Bar {
    name: "delivery.outage",
    unit: "x the cap",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtMost(1.0) },
        Demand { of: Figure::Beside(UNFINISHED), bound: Bound::AtMost(0.0) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let mut run = Run::new();
    let started = thread_cpu();
    run.run_to_end();
    let spent = thread_cpu().saturating_sub(started);
    let counters = run.schedule.counters(run.id);
    let begin = (BEFORE_S + 30) as usize;
    let end = (BEFORE_S + OUTAGE_S) as usize;
    let during: u64 = run.sent[begin..end].iter().sum();
    let reading = |name, label, value, unit| Reading { name, label, value, unit };
    let beside = vec![
        reading(UNFINISHED, "jobs not delivered at the end", (run.offset - counters.delivered) as f64, ""),
        reading("delivered_m", "delivered", counters.delivered as f64 / 1e6, "M"),
        reading("caught_up_min", "caught up after", run.caught_up_s.saturating_sub(end as u64) as f64 / 60.0, "min"),
        reading("highest_per_s", "most in a second after it", most(&run.sent[end..]), "events/s"),
        reading("during", "requests in the outage, after its first half minute", during as f64, ""),
        reading("cpu_ns", "CPU, the partner's included", spent.as_secs_f64() * 1e9 / run.offset as f64, "ns/job"),
        reading("memory_mb", "most memory of the schedule", run.memory_max as f64 / 1e6, "MB"),
        reading("waiting_max_m", "most owed at a time", run.owed_max as f64 / 1e6, "M"),
    ];
    let settings = json!({
        "per_second": PER_SECOND, "outage_minutes": OUTAGE_S / 60, "failing_percent": FAILING_PERCENT,
        "latency_ms": LATENCY_MS, "cap": "1.25 times the most delivered in ten seconds before, and a tenth of a second ahead",
    });
    Ok(Measured { value: run.highest_of_cap(end), floor_ratio: None, beside, settings })
}

fn most(seconds: &[u64]) -> f64 {
    seconds.iter().max().map_or(0.0, |&most| most as f64)
}

struct Run {
    schedule: Schedule,
    id: DestinationId,
    random: SmallRng,
    in_flight: VecDeque<(u64, Send)>,
    now_ms: u64,
    offset: u64,
    /// Jobs by second.
    sent: Vec<u64>,
    delivered: Vec<u64>,
    caught_up_s: u64,
    memory_max: usize,
    owed_max: u64,
}

impl Run {
    fn new() -> Self {
        // More in flight than is ever needed, so that nothing but the ramp holds it back.
        let options = Options { jobs_max: 1_000_000, in_flight_max: 400_000, ..Options::default() };
        let mut schedule = Schedule::new(options, 1);
        let id = schedule.add_destination(DestinationOptions { in_flight_max: 100_000, ..Default::default() }, 0.0);
        Self {
            schedule,
            id,
            random: SmallRng::seed_from_u64(17),
            in_flight: VecDeque::new(),
            now_ms: 0,
            offset: 0,
            sent: Vec::new(),
            delivered: Vec::new(),
            caught_up_s: 0,
            memory_max: 0,
            owed_max: 0,
        }
    }

    /// Until all is delivered, or four hours after the traffic.
    fn run_to_end(&mut self) {
        let traffic_ms = (BEFORE_S + OUTAGE_S + AFTER_S) * 1_000;
        while self.now_ms < traffic_ms + 4 * 3_600_000 {
            self.now_ms += TICK_MS;
            let second = (self.now_ms / 1_000) as usize;
            self.sent.resize(second + 1, 0);
            self.delivered.resize(second + 1, 0);
            self.answer(second);
            if self.now_ms < traffic_ms {
                for _ in 0..PER_SECOND * TICK_MS / 1_000 {
                    let _ = self.offer(self.offset);
                    self.offset += 1;
                }
            }
            self.read_again();
            while let Some(send) = self.schedule.next_send(self.now_ms) {
                self.sent[second] += send.jobs.len() as u64;
                self.in_flight.push_back((self.now_ms + LATENCY_MS, send));
            }
            if self.now_ms.is_multiple_of(1_000) {
                self.look();
            }
            if self.now_ms >= traffic_ms && self.schedule.low_water(self.id, P) == self.offset {
                return;
            }
        }
    }

    fn answer(&mut self, second: usize) {
        let outage = BEFORE_S * 1_000..(BEFORE_S + OUTAGE_S) * 1_000;
        while self.in_flight.front().is_some_and(|(at_ms, _)| *at_ms <= self.now_ms)
            && let Some((_, send)) = self.in_flight.pop_front()
        {
            let unwell = outage.contains(&self.now_ms) && self.random.random_range(0..100) < FAILING_PERCENT;
            self.delivered[second] += u64::from(!unwell);
            let outcome = if unwell { Outcome::Retry } else { Outcome::Delivered };
            self.schedule.settle(self.now_ms, send, Settlement::All(outcome));
        }
    }

    fn offer(&mut self, offset: u64) -> Offered {
        let queue = QueueName::group((offset % 100) as u32);
        let offer = Offer { destination: self.id, partition: P, offset, queue, since_ms: self.now_ms };
        self.schedule.offer(self.now_ms, offer)
    }

    fn read_again(&mut self) {
        let Some(read) = self.schedule.next_read() else { return };
        for offset in read.offsets {
            if self.offer(offset) == Offered::Later {
                return;
            }
        }
    }

    fn look(&mut self) {
        drop(self.schedule.take_changes());
        let owed = self.offset - self.schedule.low_water(self.id, P);
        self.owed_max = self.owed_max.max(owed);
        // A second's worth is what is under way anyway.
        if owed > 2 * PER_SECOND {
            self.caught_up_s = self.now_ms / 1_000;
        }
        self.memory_max = self.memory_max.max(self.schedule.memory_bytes());
    }

    /// The most that was sent in ten seconds after the outage, as a part of what the ten best seconds before them allow.
    fn highest_of_cap(&self, end: usize) -> f64 {
        let sums =
            |seconds: &[u64]| seconds.windows(WINDOW_S).map(|window| window.iter().sum::<u64>()).max().unwrap_or(0);
        let mut good = sums(&self.delivered[..BEFORE_S as usize]) as f64;
        let mut highest: f64 = 0.0;
        for from in end..self.sent.len().saturating_sub(WINDOW_S) {
            if let Some(window) = self.delivered[end..from].last_chunk::<WINDOW_S>() {
                good = good.max(window.iter().sum::<u64>() as f64);
            }
            let cap = 1.25 * good * (1.0 + 0.1 / WINDOW_S as f64);
            highest = highest.max(self.sent[from..from + WINDOW_S].iter().sum::<u64>() as f64 / cap);
        }
        highest
    }
}
