//! The background work of each role, and the order in which it stops.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use prime_archive::{ArchiveOptions, ArchiveService};
use prime_dedupe::{DedupeOptions, KeyMaker, Secret};
use prime_delivery::{Bucket, DeliveryOptions, DeliveryService, ExpiredStore, Location, Networks, ReceiptStream};
use prime_event::{RequestId, Timestamp};
use prime_log::Partition;
use prime_processor::{Processor, ProcessorOptions, Streams};
use prime_receipts::Sampling;
use prime_runtime::{Config, Counters, DedupeHole, DedupeStatus, ExpiredConfig, Shutdown};
use tokio::task::JoinHandle;

use crate::health::Problems;
use crate::node::StartError;
use crate::storage::Storage;

/// How often old records are given back.
const RETENTION_INTERVAL_S: u64 = 10;
const HOUR_MS: u64 = 3_600_000;
/// A journal fuller than this share is reported before it refuses.
const JOURNAL_WARNING: f64 = 0.9;

pub(crate) fn delivery_options(config: &Config) -> DeliveryOptions {
    DeliveryOptions {
        request_timeout: Duration::from_millis(config.deliver.timeout_ms),
        concurrency_max: config.deliver.concurrency_max,
        backoff_first: Duration::from_millis(config.deliver.backoff_first_ms),
        backoff_max: Duration::from_millis(config.deliver.backoff_max_ms),
        expiry: Duration::from_secs(config.deliver.expiry_hours.saturating_mul(3_600)),
        expired: expired_store(config),
        networks: networks(config),
        ..DeliveryOptions::default()
    }
}

/// Where events are kept that could not be delivered in time. The operator named it, so it may be anywhere.
fn expired_store(config: &Config) -> ExpiredStore {
    let ExpiredConfig { bucket, region, endpoint, prefix } = &config.expired;
    if bucket.is_empty() {
        return ExpiredStore::new(Location::Folder(config.node.data_dir.join("expired")), "");
    }
    let endpoint = (!endpoint.is_empty()).then(|| endpoint.clone());
    let bucket = Bucket { name: bucket.clone(), region: region.clone(), endpoint, key: None };
    ExpiredStore::new(Location::Bucket { bucket, guard: None }, prefix)
}

/// What those who set destinations up may reach.
fn networks(config: &Config) -> Networks {
    Networks { allow_private: config.deliver.allow_private_networks, allowed: config.deliver.allowed_networks.clone() }
}

/// Where deliveries leave their receipts.
pub(crate) fn receipt_stream(config: &Config, partition: Partition) -> ReceiptStream {
    let sampling = Sampling {
        rate: f64::from(config.receipts.successes_per_thousand) / 1_000.0,
        per_second_min: config.receipts.successes_per_second_min,
    };
    ReceiptStream { partition, sampling }
}

pub(crate) fn archive_options(config: &Config) -> ArchiveOptions {
    ArchiveOptions {
        folder: config.node.data_dir.join("archive"),
        networks: networks(config),
        flush_interval: Duration::from_millis(config.archive.flush_interval_ms),
        file_bytes_max: config.archive.file_bytes_max,
        ..ArchiveOptions::default()
    }
}

/// Work that runs until it is asked to stop.
pub(crate) struct Running {
    name: &'static str,
    stop: Shutdown,
    task: JoinHandle<()>,
}

impl Running {
    /// Asks it to finish and waits for it.
    pub(crate) async fn finish(self) {
        self.stop.begin();
        if let Err(error) = self.task.await {
            tracing::error!(part = self.name, %error, "a part of the node ended by a panic");
        }
    }
}

pub(crate) fn run<F>(
    name: &'static str,
    problems: &Problems,
    work: impl FnOnce(prime_runtime::ShutdownSignal) -> F,
) -> Running
where
    F: Future<Output = Result<(), String>> + Send + 'static,
{
    let stop = Shutdown::new();
    let (work, problems) = (tokio::spawn(work(stop.signal())), problems.clone());
    let task = tokio::spawn(async move {
        match work.await {
            Ok(Ok(())) => {}
            Ok(Err(problem)) => {
                tracing::error!(part = name, problem, "a part of the node cannot go on");
                problems.report(name, problem);
            }
            Err(panic) => {
                tracing::error!(part = name, %panic, "a part of the node ended by a panic");
                problems.report(name, "it ended by a panic; restart the node and report the log".to_owned());
            }
        }
    });
    Running { name, stop, task }
}

pub(crate) fn process(processor: Processor, problems: &Problems) -> Running {
    run("process", problems, |stop| async move { processor.run(stop).await.map_err(|error| error.to_string()) })
}

pub(crate) fn deliver(deliveries: DeliveryService, archives: ArchiveService, problems: &Problems) -> Vec<Running> {
    let archives = run("archive", problems, |stop| async move {
        archives.run(stop).await;
        Ok(())
    });
    let deliveries = run("deliver", problems, |stop| async move {
        deliveries.run(stop).await;
        Ok(())
    });
    vec![deliveries, archives]
}

/// Samples rates, watches the journal and gives old records back. `group` is who reads the journal.
pub(crate) fn housekeeping(
    storage: &Storage,
    group: &'static str,
    counters: Arc<Counters>,
    config: &Config,
    problems: &Problems,
) -> Running {
    let (log, journal) = (storage.log.clone(), storage.journal.clone());
    let (reports, bytes_max) = (problems.clone(), config.collect.journal_bytes_max);
    run("housekeeping", problems, |stop| async move {
        let mut second = 0u64;
        loop {
            tokio::select! {
                () = tokio::time::sleep(Duration::from_secs(1)) => {}
                () = stop.asked() => return Ok(()),
            }
            let now = Timestamp::now();
            counters.sample(now);
            let bounds = journal.bounds();
            let committed = log.committed(group, &journal).ok().flatten();
            let next = committed.unwrap_or(bounds.start).max(bounds.start);
            counters.journal(bounds.bytes, bounds.end.saturating_sub(next));
            if bounds.bytes as f64 > bytes_max as f64 * JOURNAL_WARNING {
                reports.report("journal", format!("it holds {} of at most {bytes_max} bytes", bounds.bytes));
            } else {
                reports.resolve("journal");
            }
            match counters.dedupe_status().and_then(|status| dedupe_warning(&status)) {
                Some(sentence) => reports.warn("dedupe", sentence),
                None => reports.resolve("dedupe"),
            }
            second += 1;
            if second.is_multiple_of(RETENTION_INTERVAL_S) {
                let log = log.clone();
                let maintained = tokio::task::spawn_blocking(move || log.maintain(now.as_millis())).await;
                if let Ok(Err(error)) = maintained {
                    tracing::warn!(%error, "old records could not be given back");
                }
            }
        }
    })
}

/// What a person should know of the deduplication.
fn dedupe_warning(status: &DedupeStatus) -> Option<String> {
    let (window, day) = (status.window_ms / HOUR_MS, 24 * HOUR_MS);
    let is_short = status.hot_ms < day && status.ids_sealed > 0 && status.memory_bytes > status.memory_bytes_max / 2;
    if let Some(restored) = status.restoring {
        Some(format!(
            "known ids are read again from `events`, {:.0} % so far; processing begins after that",
            restored * 100.0
        ))
    } else if let [first, more @ ..] = &status.holes[..] {
        let others = if more.is_empty() { String::new() } else { format!(", and {} more holes", more.len()) };
        let DedupeHole { from, to, reason } = first;
        Some(format!(
            "of messages received from {from} to {to}, a retry may pass as new until {window} hours later: {reason}{others}"
        ))
    } else if is_short {
        let hours = status.hot_ms as f64 / HOUR_MS as f64;
        let advice = "raise `dedupe.memory_bytes_max`";
        Some(format!("memory holds the ids of {hours:.1} hours, less than a day; {advice}"))
    } else {
        None
    }
}

/// How a node processes that is alone in its folder.
fn processor_options(storage: &Storage, config: &Config) -> ProcessorOptions {
    let folder = config.node.data_dir.join("dedupe");
    ProcessorOptions {
        batch_bytes_max: config.process.batch_bytes_max,
        dedupe: dedupe_options(config, folder, config.dedupe.memory_bytes_max, &storage.node_id),
    }
}

/// What is remembered under `folder` is an index of the stream of events that `stream` names.
pub(crate) fn dedupe_options(config: &Config, folder: PathBuf, memory_bytes_max: u64, stream: &str) -> DedupeOptions {
    // Only asked for where the folder is new.
    let secret = Secret(RequestId::random().0);
    let name = KeyMaker::new(Secret([0; 16])).key("events", stream);
    DedupeOptions {
        memory_bytes_max,
        window_ms: i64::try_from(config.dedupe.window_hours * HOUR_MS).unwrap_or(i64::MAX),
        ..DedupeOptions::new(folder, secret, name.0.to_le_bytes())
    }
}

/// Opens the processor at its place.
pub(crate) fn open_processor(
    storage: &Storage,
    streams: &Streams,
    config: &Config,
    counters: &Arc<Counters>,
) -> Result<Processor, StartError> {
    let options = processor_options(storage, config);
    Ok(Processor::open(options, storage.log.clone(), streams.clone(), Arc::clone(counters), Vec::new())?)
}
