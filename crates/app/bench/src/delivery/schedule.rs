//! `delivery.schedule`: CPU and memory of a job among twenty million others.

use std::collections::VecDeque;
use std::hint::black_box;

use prime_schedule::{
    DestinationId, DestinationOptions, Offer, Offered, Options, Outcome, PartitionId, QueueName, Schedule, Send,
    Settlement,
};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::thread_cpu;
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::resident::resident_bytes;

const WAITING: u64 = 20_000_000;
const DESTINATIONS: u32 = 1_000;
const KEYS_EACH: u64 = 1_000;
const MEASURED: u64 = 10_000_000;
/// Jobs that are offered together, and in flight together.
const TOGETHER: u64 = 64;

const BYTES: &str = "bytes_per_job";

pub(crate) const BAR: Bar = Bar {
    name: "delivery.schedule",
    unit: "ns/job",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtMost(500.0) },
        Demand { of: Figure::Beside(BYTES), bound: Bound::AtMost(64.0) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let before = resident_bytes()?;
    let mut engine = Engine::new();
    let started = thread_cpu();
    engine.fill()?;
    let fill_ns = ns_each(thread_cpu().saturating_sub(started), WAITING);
    let bytes = (resident_bytes()?.saturating_sub(before)) as f64 / WAITING as f64;
    let own = engine.schedule.memory_bytes() as f64 / WAITING as f64;
    let queues = engine.schedule.queues();
    let started = thread_cpu();
    engine.run()?;
    let value = ns_each(thread_cpu().saturating_sub(started), MEASURED);
    let waiting = engine.check()?;
    drop(engine);
    // Afterwards: an allocator keeps what it was given back, and memory is what is measured above.
    let floor_ns = floor();
    let reading = |name, label, value, unit| Reading { name, label, value, unit };
    let beside = vec![
        reading(BYTES, "resident for each waiting job", bytes, "bytes"),
        reading("own_bytes_per_job", "as the schedule counts them", own, "bytes"),
        reading("offer_ns", "CPU of an offer while filling", fill_ns, "ns"),
        reading("queues", "virtual queues", queues as f64, ""),
        reading("waiting_at_end", "jobs waiting at the end", waiting as f64, ""),
    ];
    let settings = json!({
        "waiting": WAITING, "destinations": DESTINATIONS, "ordering_keys_each": KEYS_EACH, "jobs": MEASURED,
        "together": TOGETHER, "tried_again_percent": 1.5, "queues_drawn": "uniform", "floor": "a VecDeque for each queue",
    });
    Ok(Measured { beside, ..Measured::against(floor_ns, value, settings) })
}

fn ns_each(spent: std::time::Duration, jobs: u64) -> f64 {
    spent.as_secs_f64() * 1e9 / jobs as f64
}

struct Engine {
    schedule: Schedule,
    ids: Vec<DestinationId>,
    random: SmallRng,
    now_ms: u64,
    offset: u64,
    offers: Vec<Offer>,
}

impl Engine {
    fn new() -> Self {
        let options = Options { jobs_max: 24_000_000, ..Options::default() };
        let mut schedule = Schedule::new(options, 1);
        let ids = (0..DESTINATIONS).map(|_| schedule.add_destination(DestinationOptions::default(), 0.0)).collect();
        Self { schedule, ids, random: SmallRng::seed_from_u64(1), now_ms: 1_000_000, offset: 0, offers: Vec::new() }
    }

    fn fill(&mut self) -> Result<(), MeasureError> {
        (0..WAITING / TOGETHER).try_for_each(|_| self.offer())
    }

    fn run(&mut self) -> Result<(), MeasureError> {
        let mut sends: Vec<Send> = Vec::new();
        for _ in 0..MEASURED / TOGETHER {
            self.now_ms += 1;
            self.offer()?;
            sends.extend((0..TOGETHER).map_while(|_| self.schedule.next_send(self.now_ms)));
            if sends.len() as u64 != TOGETHER {
                return Err(MeasureError::Wrong("nothing may be sent while all endpoints are well".to_owned()));
            }
            for send in sends.drain(..) {
                let again = self.random.random_range(0..1_000) < 15;
                let outcome = if again { Outcome::Retry } else { Outcome::Delivered };
                self.schedule.settle(self.now_ms, send, Settlement::All(outcome));
            }
            if self.offset.is_multiple_of(64 * TOGETHER) {
                black_box(self.schedule.take_changes());
            }
        }
        Ok(())
    }

    /// As they are read from the log: some at a time.
    fn offer(&mut self) -> Result<(), MeasureError> {
        let mut offers = std::mem::take(&mut self.offers);
        offers.extend((0..TOGETHER).map(|_| self.draw()));
        self.schedule.look_ahead(&offers);
        for offer in offers.drain(..) {
            match self.schedule.offer(self.now_ms, offer) {
                Offered::Taken => {}
                other => return Err(MeasureError::Wrong(format!("an offer is answered with {other:?}"))),
            }
        }
        self.offers = offers;
        Ok(())
    }

    fn draw(&mut self) -> Offer {
        let drawn = self.random.random_range(0..u64::from(DESTINATIONS) * KEYS_EACH);
        let destination = self.ids[(drawn / KEYS_EACH) as usize];
        let order = Some(drawn.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let queue = QueueName { order, ..QueueName::group(0) };
        let offset = self.offset;
        self.offset += 1;
        Offer { destination, partition: PartitionId(0), offset, queue, since_ms: self.now_ms }
    }

    /// Jobs that wait, all counted.
    fn check(&self) -> Result<u64, MeasureError> {
        let (mut waiting, mut offered) = (0, 0);
        for &id in &self.ids {
            let counters = self.schedule.counters(id);
            if !counters.add_up() {
                return Err(MeasureError::Wrong(format!("jobs are not all counted: {counters:?}")));
            }
            waiting += counters.waiting;
            offered += counters.offered;
        }
        if offered != WAITING + MEASURED / TOGETHER * TOGETHER {
            return Err(MeasureError::Wrong(format!("{offered} jobs were offered")));
        }
        Ok(waiting)
    }
}

/// The same bytes through as many queues, with nothing decided about them.
fn floor() -> f64 {
    type Descriptor = [u64; 4];
    let count = u64::from(DESTINATIONS) * KEYS_EACH;
    let mut queues: Vec<VecDeque<Descriptor>> = (0..count).map(|_| VecDeque::new()).collect();
    let mut random = SmallRng::seed_from_u64(1);
    for offset in 0..WAITING {
        queues[random.random_range(0..count) as usize].push_back([offset, 0, 1, 2]);
    }
    let started = thread_cpu();
    let mut turn = 0;
    for offset in 0..MEASURED {
        queues[random.random_range(0..count) as usize].push_back([offset, 0, 1, 2]);
        // Whose turn it is: each in another place, as in the order in which they became active.
        turn = (turn + 7_919) % count;
        black_box(queues[turn as usize].pop_front());
    }
    ns_each(thread_cpu().saturating_sub(started), MEASURED)
}
