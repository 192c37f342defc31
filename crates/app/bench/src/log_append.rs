//! `log.append`: how many callers a second get a durable record, and how far that is from the disk alone.

use std::fs::File;
use std::io::{Seek, Write};
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::child::data_folder;
use crate::rounds::medians;

const CALLERS: usize = 64;
const RECORD_BYTES: usize = 1024;
/// Many short ones, as the disk's mood changes within seconds.
const ROUNDS: usize = 41;
const ROUND: Duration = Duration::from_millis(100);

/// The floor begins its file again past this, as the log begins a segment.
const FILE_BYTES_MAX: u64 = 256 << 20;

pub(crate) const BAR: Bar = Bar {
    name: "log.append",
    unit: "appends/s",
    // 64 callers who share syncs of 5 ms, slow for any disk that does not turn, get 12,800 at best. Half of the floor
    // would mean that two syncs are spent where one would do.
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtLeast(10_000.0) },
        Demand { of: Figure::FloorRatio, bound: Bound::AtLeast(0.5) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: FILE_BYTES_MAX })?;
    let kept = TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
    let partition = log.partition("bench", 0, kept)?;
    let floor_file = File::create(folder.path().join("floor"))?;
    let (value, floor) = medians(ROUNDS, || appends(&runtime, &partition), || plain_writes(&floor_file))?;
    runtime.block_on(log.close());
    let settings = serde_json::json!({
        "callers": CALLERS,
        "record_bytes": RECORD_BYTES,
        "rounds": ROUNDS,
        "round_ms": ROUND.as_millis() as u64,
    });
    Ok(Measured::against(floor, value, settings))
}

/// Each caller sends its next record when the one before is acknowledged.
fn appends(runtime: &Runtime, partition: &Partition) -> Result<f64, MeasureError> {
    let value = Bytes::from(vec![b'x'; RECORD_BYTES]);
    let started = Instant::now();
    let appended = runtime.block_on(async {
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (partition, value) = (partition.clone(), value.clone());
            callers.spawn(async move {
                let mut appended = 0_u64;
                while started.elapsed() < ROUND {
                    partition.append(vec![value.clone()]).await?;
                    appended += 1;
                }
                Ok::<_, MeasureError>(appended)
            });
        }
        callers.join_all().await.into_iter().sum::<Result<u64, _>>()
    })?;
    Ok(appended as f64 / started.elapsed().as_secs_f64())
}

/// What one thread does that gets all callers' records at once and has nothing else to do.
fn plain_writes(mut file: &File) -> Result<f64, MeasureError> {
    if file.metadata()?.len() > FILE_BYTES_MAX {
        file.set_len(0)?;
        file.rewind()?;
    }
    let bytes = vec![b'x'; CALLERS * RECORD_BYTES];
    let started = Instant::now();
    let mut syncs = 0;
    while started.elapsed() < ROUND {
        file.write_all(&bytes)?;
        file.sync_data()?;
        syncs += 1;
    }
    Ok((syncs * CALLERS) as f64 / started.elapsed().as_secs_f64())
}
