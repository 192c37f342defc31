//! Follows what became of events at their destinations, where people look at it.

use std::sync::Arc;
use std::time::Duration;

use prime_log::Partition;
use prime_receipts::{ReceiptsHandle, ReceiptsService, StoreOptions};
use prime_runtime::{Config, Counters, ReceiptsStatus, Role};
use prime_state::{State, StateOptions};
use tokio::task::spawn_blocking;

use crate::health::Problems;
use crate::node::StartError;
use crate::roles::{self, Running};

/// The index of receipts is read in small ranges, and most of what is read was written last.
const CACHE_BYTES: u64 = 32 << 20;
/// Of each of eleven families; most of them hold little.
const WRITE_BUFFER_BYTES: u64 = 16 << 20;
const HOUR_MS: u64 = 3_600_000;
const STATUS_INTERVAL: Duration = Duration::from_secs(5);

/// Follows all partitions of the stream on a node with the console role.
pub(crate) async fn follow(
    partitions: Vec<Partition>,
    config: &Config,
    counters: &Arc<Counters>,
    problems: &Problems,
    running: &mut Vec<Running>,
) -> Result<ReceiptsHandle, StartError> {
    if !config.has(Role::Console) {
        return Ok(ReceiptsHandle::default());
    }
    let state = StateOptions {
        cache_bytes: CACHE_BYTES,
        write_buffer_bytes: WRITE_BUFFER_BYTES,
        workers: 1,
        ..StateOptions::of(config.node.data_dir.join("receipts"))
    };
    let options = StoreOptions {
        receipts_bytes_max: config.receipts.bytes_max,
        receipts_age_ms_max: i64::try_from(config.receipts.age_max_hours.saturating_mul(HOUR_MS)).unwrap_or(i64::MAX),
    };
    let followed = partitions.clone();
    let opened = spawn_blocking(move || ReceiptsService::open(State::open(&state)?, options, followed)).await;
    let service = opened.expect("opening receipts does not panic").map_err(StartError::Receipts)?;
    let handle = service.handle();
    running.push(roles::run("receipts", problems, |stop| async move {
        service.run(stop).await.map_err(|error| error.to_string())
    }));
    running.push(watch(handle.clone(), partitions, Arc::clone(counters), problems));
    Ok(handle)
}

/// Tells how the following stands.
fn watch(handle: ReceiptsHandle, partitions: Vec<Partition>, counters: Arc<Counters>, problems: &Problems) -> Running {
    roles::run("receipts status", problems, |stop| async move {
        while !stop.is_asked() {
            let (handle, partitions) = (handle.clone(), partitions.clone());
            if let Ok(Some(status)) = spawn_blocking(move || status(&handle, &partitions)).await {
                counters.receipts(status);
            }
            tokio::select! {
                () = tokio::time::sleep(STATUS_INTERVAL) => {}
                () = stop.asked() => {}
            }
        }
        Ok(())
    })
}

/// None where it cannot be read.
fn status(handle: &ReceiptsHandle, partitions: &[Partition]) -> Option<ReceiptsStatus> {
    let status = handle.status().ok().flatten()?;
    let behind = partitions.iter().map(|partition| {
        let bounds = partition.bounds();
        let position = handle.position(partition.number()).ok().flatten().unwrap_or(bounds.start);
        bounds.end.saturating_sub(position.max(bounds.start))
    });
    Some(ReceiptsStatus {
        behind: behind.sum(),
        taken: status.records_taken,
        unreadable: status.records_unreadable,
        kept_bytes: status.receipt_bytes,
        disk_bytes: status.disk_bytes,
    })
}
