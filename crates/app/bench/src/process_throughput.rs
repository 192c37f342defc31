//! `process.throughput`: how many events a second go from the journal to `events`, and what each costs.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_dedupe::{DedupeOptions, Secret};
use prime_event::{BodyEncoding, Endpoint, RequestId, RequestRecord, SourceId, Timestamp, WorkspaceId};
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_processor::{Processor, ProcessorOptions, Streams};
use prime_runtime::{Counters, Shutdown};
use rustix::time::{ClockId, clock_gettime};
use tokio::runtime::{Builder, Runtime};

use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;
use crate::load::{Requests, Shape};
use crate::rounds::median;

const BATCHES: usize = 4_000;
const BATCH_EVENTS: usize = 100;
const ROUNDS: usize = 5;
/// As the server's default.
const READ_BYTES_MAX: usize = 4 << 20;
/// 2023-11-14T22:14:00Z, the shop's `sentAt`.
const RECEIVED_AT_MS: i64 = 1_700_000_040_000;
/// More than a round writes.
const BYTES_MAX: u64 = 8 << 30;

pub(crate) const BAR: Bar = Bar {
    name: "process.throughput",
    unit: "events/s",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtLeast(300_000.0) },
        Demand { of: Figure::Beside("cpu_us"), bound: Bound::AtMost(4.0) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let requests = Requests::make(Shape::Batch { events: BATCH_EVENTS, gzip: true }, BATCHES, "benchbenchbench", 1)?;
    let journal: Vec<Bytes> = requests.bodies().enumerate().map(|(number, body)| record(number, body)).collect();
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let rounds = (0..ROUNDS).map(|_| round(&runtime, &journal)).collect::<Result<Vec<_>, _>>()?;
    let events = (BATCHES * BATCH_EVENTS) as f64;
    let rate = median(rounds.iter().map(|round| events / round.wall.as_secs_f64()).collect());
    let cpu_us = median(rounds.iter().map(|round| round.cpu.as_secs_f64() * 1e6 / events).collect());
    let settings = serde_json::json!({
        "events": BATCHES * BATCH_EVENTS,
        "batch_events": BATCH_EVENTS,
        "event_bytes": requests.event_bytes,
        "journal_bytes_per_event": requests.body_bytes_per_event,
        "rounds": ROUNDS,
        "stages": ["normalise", "dedupe"],
    });
    Ok(Measured {
        value: rate,
        floor_ratio: None,
        beside: vec![Reading { name: "cpu_us", label: "CPU", value: cpu_us, unit: "us/event" }],
        settings,
    })
}

struct Round {
    wall: Duration,
    cpu: Duration,
}

/// From a full journal to its end, everything durable and the position committed.
fn round(runtime: &Runtime, journal: &[Bytes]) -> Result<Round, MeasureError> {
    let folder = data_folder()?;
    let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 64 << 20 })?;
    let topic = |name: &str| -> Result<Partition, MeasureError> {
        let options = TopicOptions { bytes_max: BYTES_MAX, age_max: None, when_full: WhenFull::TrimOldest };
        Ok(log.partition(name, 0, options)?)
    };
    let streams = Streams {
        journal: topic("journal")?,
        events: topic("events")?,
        rejected: topic("rejected")?,
        duplicates: topic("duplicates")?,
        ledger: topic("ledger")?,
    };
    for part in journal.chunks(100) {
        runtime.block_on(streams.journal.append(part.to_vec()))?;
    }
    let options = ProcessorOptions {
        batch_bytes_max: READ_BYTES_MAX,
        dedupe: DedupeOptions::new(folder.path().join("dedupe"), Secret([7; 16]), [1; 16]),
    };
    let counters = Arc::new(Counters::new());
    let wrong = |error: prime_processor::ProcessError| MeasureError::Wrong(error.to_string());
    let processor = Processor::open(options, log.clone(), streams, Arc::clone(&counters), Vec::new()).map_err(wrong)?;
    let stop = Shutdown::new();
    stop.begin();
    let (began, cpu_began) = (Instant::now(), cpu());
    runtime.block_on(processor.run(stop.signal())).map_err(wrong)?;
    let round = Round { wall: began.elapsed(), cpu: cpu() - cpu_began };
    let totals = counters.totals();
    let expected = (journal.len() * BATCH_EVENTS) as u64;
    if totals.processed != expected {
        return Err(MeasureError::Wrong(format!("{} of {expected} events were processed", totals.processed)));
    }
    runtime.block_on(log.close());
    Ok(round)
}

/// Of this process, all threads.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

fn record(number: usize, body: &[u8]) -> Bytes {
    let request = RequestRecord {
        id: RequestId((number as u128).to_le_bytes()),
        received_at: Timestamp::from_millis(RECEIVED_AT_MS + number as i64),
        workspace: WorkspaceId::new("bench"),
        source: SourceId::new("bench"),
        endpoint: Endpoint::Batch { client_side: false },
        client: None,
        refusal: None,
        encoding: BodyEncoding::Gzip,
        body: Bytes::copy_from_slice(body),
    };
    request.encode()
}
