//! The background work of each role, and the order in which it stops.

use std::sync::Arc;
use std::time::Duration;

use prime_archive::{ArchiveOptions, ArchiveService};
use prime_delivery::{DeliveryOptions, DeliveryService};
use prime_event::Timestamp;
use prime_processor::{Processor, Streams};
use prime_runtime::{Config, Counters, Shutdown};
use tokio::task::JoinHandle;

use crate::health::Problems;
use crate::node::StartError;
use crate::storage::Storage;

/// How often old records are given back.
const RETENTION_INTERVAL_S: u64 = 10;
/// A journal fuller than this share is reported before it refuses.
const JOURNAL_WARNING: f64 = 0.9;

pub(crate) fn delivery_options(config: &Config) -> DeliveryOptions {
    DeliveryOptions {
        request_timeout: Duration::from_millis(config.deliver.timeout_ms),
        concurrency_max: config.deliver.concurrency_max,
        backoff_first: Duration::from_millis(config.deliver.backoff_first_ms),
        backoff_max: Duration::from_millis(config.deliver.backoff_max_ms),
        ..DeliveryOptions::default()
    }
}

pub(crate) fn archive_options(config: &Config) -> ArchiveOptions {
    ArchiveOptions {
        folder: config.node.data_dir.join("archive"),
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

/// Opens the processor at its place.
pub(crate) fn open_processor(
    storage: &Storage,
    streams: &Streams,
    config: &Config,
    counters: &Arc<Counters>,
) -> Result<Processor, StartError> {
    let options = prime_processor::ProcessorOptions { batch_bytes_max: config.process.batch_bytes_max };
    Ok(Processor::open(options, storage.log.clone(), streams.clone(), Arc::clone(counters), Vec::new())?)
}
