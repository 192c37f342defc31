//! `delivery.isolation`: whether a thousand destinations notice that one of them hangs, or only fails.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Builder;
use tokio::time::sleep_until;

use super::house::House;
use super::receiver::{Manner, Receiver};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};

const SOURCES: usize = 100;
const DESTINATIONS_EACH: usize = 10;
/// Events a second of all sources, each for ten destinations.
const EVENTS_PER_S: u64 = 200;
/// So many events are appended together.
const CHUNK: u64 = 2;
const WARM_UP: Duration = Duration::from_secs(10);
const SPAN: Duration = Duration::from_secs(20);
const HANG: Duration = Duration::from_secs(30);
const BAD: &str = "0/0";

pub(crate) const BAR: Bar = Bar {
    name: "delivery.isolation",
    unit: "ms",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(5.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<Measured, MeasureError> {
    let house = House::build(SOURCES)?;
    let receiver = Receiver::open(house.began, false).await?;
    for (place, source) in house.sources.iter().enumerate() {
        for number in 0..DESTINATIONS_EACH {
            house.connect(source, &receiver.url(&format!("{place}/{number}")))?;
        }
    }
    let running = house.start(64).await?;
    let mut sent = 0;
    send(&house, WARM_UP, &mut sent).await?;
    let mut p99_ms = Vec::new();
    for manner in [Manner::Taken, Manner::Held(HANG), Manner::Failed] {
        receiver.meet(BAD, manner);
        // What the change itself stirs up belongs to it.
        drop(receiver.take_ages());
        send(&house, SPAN, &mut sent).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        p99_ms.push(receiver.take_ages().value_at_quantile(0.99) as f64 / 1_000.0);
    }
    running.stop().await?;
    let [healthy, hangs, fails] = p99_ms[..] else { unreachable!("there are three spans") };
    let reading = |name, label, value| Reading { name, label, value, unit: "ms" };
    let beside = vec![
        reading("healthy_p99_ms", "p99 from the append to the receiver, all healthy", healthy),
        reading("hangs_p99_ms", "of the others, while one hangs for 30 s a request", hangs),
        reading("fails_p99_ms", "of the others, while one fails always", fails),
    ];
    let settings = json!({
        "destinations": SOURCES * DESTINATIONS_EACH, "requests_per_s": EVENTS_PER_S * DESTINATIONS_EACH as u64,
        "seconds_each": SPAN.as_secs(),
    });
    let value = hangs.max(fails) - healthy;
    Ok(Measured { value, floor_ratio: None, beside, settings })
}

/// Appends events at the rate, those of the first source among them.
async fn send(house: &House, span: Duration, sent: &mut u64) -> Result<(), MeasureError> {
    let started = Instant::now();
    let chunks = span.as_secs() * EVENTS_PER_S / CHUNK;
    for chunk in 0..chunks {
        sleep_until((started + Duration::from_micros(chunk * CHUNK * 1_000_000 / EVENTS_PER_S)).into()).await;
        let events = (0..CHUNK).map(|place| {
            let number = *sent + place;
            house.event(&house.sources[number as usize % SOURCES], number)
        });
        house.events.append(events.collect()).await?;
        *sent += CHUNK;
    }
    Ok(())
}
