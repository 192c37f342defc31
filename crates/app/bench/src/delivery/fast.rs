//! `delivery.fast`: one webhook that answers at once, each event a request of its own.

use std::time::{Duration, Instant};

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method};
use prime_delivery::Networks;
use prime_destination::OutboundRequest;
use prime_outbound::{Client, OutboundOptions};
use serde_json::json;
use tokio::runtime::Builder;

use super::house::{House, wait, wrong};
use super::receiver::Receiver;
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};

const EVENTS: u64 = 200_000;
/// Sent before the clock starts, so that the learned concurrency has been learned.
const WARM_UP: u64 = 40_000;
const CHUNK: u64 = 1_000;
/// Events that are in the stream and not delivered yet.
const AHEAD_MAX: u64 = 50_000;
const CONCURRENCY: usize = 64;

pub(crate) const BAR: Bar = Bar {
    name: "delivery.fast",
    unit: "requests/s",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtLeast(25_000.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let floor = runtime.block_on(client_alone())?;
    let (value, p99_ms) = runtime.block_on(delivery())?;
    let settings = json!({
        "events": EVENTS, "concurrency_max": CONCURRENCY, "receiver": "same machine, answers at once",
        "floor": "the same HTTP client alone, with the same requests",
    });
    let beside =
        vec![Reading { name: "p99_ms", label: "p99 from the append to the receiver", value: p99_ms, unit: "ms" }];
    Ok(Measured { beside, ..Measured::against(floor, value, settings) })
}

async fn delivery() -> Result<(f64, f64), MeasureError> {
    let house = House::build(1)?;
    let receiver = Receiver::open(house.began, false).await?;
    let source = &house.sources[0];
    house.connect(source, &receiver.url("in"))?;
    let running = house.start(CONCURRENCY).await?;
    let mut started = Instant::now();
    for first in (0..WARM_UP + EVENTS).step_by(CHUNK as usize) {
        if first == WARM_UP {
            wait("the first events are delivered", || receiver.taken() >= WARM_UP).await?;
            drop(receiver.take_ages());
            started = Instant::now();
        }
        wait("events are delivered", || receiver.taken() + AHEAD_MAX > first).await?;
        house.events.append((first..first + CHUNK).map(|number| house.event(source, number)).collect()).await?;
    }
    wait("all events are delivered", || receiver.taken() >= WARM_UP + EVENTS).await?;
    let rate = EVENTS as f64 / started.elapsed().as_secs_f64();
    let p99_ms = receiver.take_ages().value_at_quantile(0.99) as f64 / 1_000.0;
    running.stop().await?;
    Ok((rate, p99_ms))
}

/// Requests a second that the client makes when nobody else wants the processor.
async fn client_alone() -> Result<f64, MeasureError> {
    let receiver = Receiver::open(Instant::now(), false).await?;
    let client = Client::new(OutboundOptions {
        networks: Networks { allow_private: true, ..Networks::public() },
        request_timeout: Duration::from_secs(60),
        idle_per_host_max: CONCURRENCY,
        ..OutboundOptions::default()
    });
    let client = client.map_err(wrong)?;
    let house = House::build(1)?;
    let body = prime_event::EventRecord::decode(house.event(&house.sources[0], 1)).map_err(wrong)?.payload;
    let url = receiver.url("in").parse().map_err(wrong)?;
    let headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
    let request = OutboundRequest::new(Method::POST, url, headers, body);
    let started = Instant::now();
    let senders = (0..CONCURRENCY).map(|_| {
        let (client, request) = (client.clone(), request.clone());
        tokio::spawn(async move {
            for _ in 0..EVENTS / CONCURRENCY as u64 {
                let _ = client.send(request.clone()).await;
            }
        })
    });
    for sender in senders.collect::<Vec<_>>() {
        sender.await.map_err(wrong)?;
    }
    Ok(receiver.taken() as f64 / started.elapsed().as_secs_f64())
}
