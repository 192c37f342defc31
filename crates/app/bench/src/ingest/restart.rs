//! `ingest.restart`: how soon a node takes events again that was killed with much in its journal.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_event::{BodyEncoding, Endpoint, RequestId, RequestRecord, SourceId, Timestamp, WorkspaceId};
use prime_log::{Log, LogOptions, TopicOptions, WhenFull};
use serde_json::json;

use super::round::{COLLECTOR, Sending, reading, round_on};
use super::throughput::{batch, settings};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::child::{Program, data_folder};
use crate::load::{Requests, Shape};
use crate::rounds::median;

const JOURNAL_BYTES: u64 = 10_000_000_000;
/// Left free on the disk beside the journal.
const SPARE_BYTES: u64 = 5_000_000_000;
const SEGMENT_BYTES_MAX: u64 = 64 << 20;
const STARTS: usize = 3;
const GIVEN_UP_AFTER: Duration = Duration::from_secs(60);
/// Records of one append; about 4 MiB of compressed batches.
const RECORDS_AT_A_TIME: usize = 400;
const SEED: u64 = 3;

pub(crate) const BAR: Bar = Bar {
    name: "ingest.restart",
    unit: "s",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(1.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let journal_bytes = affordable(folder.path())?;
    // The first start makes the source whose write key is used, and the folders.
    let write_key = COLLECTOR.start(folder.path())?.write_key.clone();
    fill_journal(folder.path(), journal_bytes, &write_key)?;
    let sending = Sending { warm_up: Duration::ZERO, measured: Duration::from_secs(1), ..batch(true) };
    let mut starts = Vec::new();
    let mut seen = None;
    for _ in 0..STARTS {
        // Killed in the middle of its writing, so that the journal has an end to look at.
        let process = COLLECTOR.start(folder.path())?;
        let requests = Requests::make(sending.shape, sending.distinct, &write_key, SEED)?;
        seen = Some(round_on(&process, &requests, &sending, &mut |_| Ok(()))?);
        drop(process);
        starts.push(first_success(folder.path(), &write_key)?.as_secs_f64());
    }
    let slowest = starts.iter().copied().fold(0.0, f64::max);
    let mut settings = seen.map_or(json!({}), |seen| settings(&sending, &seen));
    settings["server"] = "primedata serve with all roles, killed under load before each start".into();
    settings["journal_bytes"] = journal_bytes.into();
    settings["segment_bytes_max"] = SEGMENT_BYTES_MAX.into();
    settings["starts"] = STARTS.into();
    let beside = vec![reading("slowest_s", "slowest", slowest, "s")];
    Ok(Measured { value: median(starts), floor_ratio: None, beside, settings })
}

/// The size of the journal: less than asked for where the disk has too little room.
fn affordable(folder: &Path) -> Result<u64, MeasureError> {
    let disk = rustix::fs::statvfs(folder)?;
    let free = disk.f_bavail * disk.f_frsize;
    let bytes = JOURNAL_BYTES.min(free.saturating_sub(SPARE_BYTES));
    if bytes < JOURNAL_BYTES {
        let _ = writeln!(
            std::io::stderr(),
            "only {free} bytes are free: the journal has {bytes} instead of {JOURNAL_BYTES} bytes"
        );
    }
    Ok(bytes)
}

/// Writes requests as the collector does, many at a time.
fn fill_journal(data_dir: &Path, bytes: u64, write_key: &str) -> Result<(), MeasureError> {
    let bodies = Requests::make(Shape::Batch { events: 100, gzip: true }, RECORDS_AT_A_TIME, write_key, SEED)?;
    let records: Vec<Bytes> = bodies.bodies().map(record).collect();
    let log = Log::open(LogOptions { dir: data_dir.join("log"), segment_bytes_max: SEGMENT_BYTES_MAX })?;
    let kept = TopicOptions { bytes_max: 1 << 40, age_max: None, when_full: WhenFull::Refuse };
    let journal = log.partition("journal", 0, kept)?;
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    runtime.block_on(async {
        while journal.bounds().bytes < bytes {
            // Two at a time: one is made ready while the other is on its way to the disk.
            let (first, second) = (journal.append(records.clone()), journal.append(records.clone()));
            let (first, second) = tokio::join!(first, second);
            first?;
            second?;
        }
        log.close().await;
        Ok(())
    })
}

fn record(body: &[u8]) -> Bytes {
    let record = RequestRecord {
        id: RequestId::random(),
        received_at: Timestamp::now(),
        workspace: WorkspaceId::new("bench"),
        source: SourceId::new("bench"),
        endpoint: Endpoint::Batch { client_side: false },
        client: None,
        refusal: None,
        encoding: BodyEncoding::Gzip,
        body: Bytes::copy_from_slice(body),
    };
    record.encode()
}

/// The time from the start of the program to its first success, which is then killed again.
fn first_success(data_dir: &Path, write_key: &str) -> Result<Duration, MeasureError> {
    let event = Requests::make(Shape::Single, 1, write_key, SEED)?;
    let address = free_address()?;
    let begun = Instant::now();
    let _process = Program::Server.spawn(data_dir, address.port())?;
    while begun.elapsed() < GIVEN_UP_AFTER {
        if asked(address, &event.bytes[0]).is_ok_and(|success| success) {
            return Ok(begun.elapsed());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    Err(MeasureError::Wrong(format!("no event was taken within {GIVEN_UP_AFTER:?} of the start")))
}

fn asked(address: SocketAddr, request: &[u8]) -> std::io::Result<bool> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    stream.write_all(request)?;
    let mut answer = [0; 1024];
    let received = stream.read(&mut answer)?;
    Ok(answer[..received].starts_with(b"HTTP/1.1 200 "))
}

fn free_address() -> Result<SocketAddr, MeasureError> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?)
}
