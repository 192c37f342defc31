//! `delivery.restart`: how soon delivery goes on with a backlog of twenty million.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::runtime::Builder;

use super::house::{House, wait};
use super::receiver::{Manner, Receiver};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};

const DESTINATIONS: usize = 20;
const EVENTS: u64 = 1_000_000;
const CHUNK: u64 = 5_000;
/// How long the destinations fail before the stop, so that many events wait for another attempt.
const OUTAGE: Duration = Duration::from_secs(20);
const PATIENCE: Duration = Duration::from_secs(120);

pub(crate) const BAR: Bar = Bar {
    name: "delivery.restart",
    unit: "s",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(5.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(run())
}

async fn run() -> Result<Measured, MeasureError> {
    let house = House::build(1)?;
    let receiver = Receiver::open(house.began, true).await?;
    let paths: Vec<_> = (0..DESTINATIONS).map(|number| format!("in/{number}")).collect();
    for path in &paths {
        receiver.meet(path, Manner::Failed);
        house.connect(&house.sources[0], &receiver.url(path))?;
    }
    let running = house.start(64).await?;
    for first in (0..EVENTS).step_by(CHUNK as usize) {
        let events = (first..first + CHUNK).map(|number| house.event(&house.sources[0], number));
        house.events.append(events.collect()).await?;
    }
    tokio::time::sleep(OUTAGE).await;
    running.stop().await?;
    paths.iter().for_each(|path| receiver.meet(path, Manner::Taken));
    let started = Instant::now();
    let running = house.start(64).await?;
    let first = async {
        wait("an event is delivered", || receiver.taken() > 0).await?;
        Ok::<_, MeasureError>(started.elapsed())
    };
    let first = first.await?;
    while receiver.paths().await < DESTINATIONS {
        if started.elapsed() > PATIENCE {
            return Err(MeasureError::Wrong("not every destination is delivered to".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let all = started.elapsed();
    tokio::time::sleep(Duration::from_secs(5)).await;
    let rate = receiver.taken() as f64 / started.elapsed().as_secs_f64();
    running.stop().await?;
    let reading = |name, label, value, unit| Reading { name, label, value, unit };
    let beside = vec![
        reading("first_s", "until the first request is taken", first.as_secs_f64(), "s"),
        reading("rate_per_s", "requests a second from the start on", rate, "1/s"),
    ];
    let settings = json!({
        "jobs": EVENTS * DESTINATIONS as u64, "destinations": DESTINATIONS, "measured": "until every destination has a request",
    });
    Ok(Measured { value: all.as_secs_f64(), floor_ratio: None, beside, settings })
}
