//! The background work of each role on a log that machines share.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use prime_archive::{ArchiveHandle, ArchiveService};
use prime_control::ControlStore;
use prime_delivery::{
    DeliveryHandle, DeliveryOptions, DeliveryService, ReceiptStream, StandingsService, Streams as DeliveryStreams,
};
use prime_forwarder::{Connect, Forwarder, ForwarderOptions, Shared};
use prime_log::{Log, Partition, TransactionError};
use prime_processor::{PartitionProcessor, PartitionStreams, ProcessError, ProcessorOptions};
use prime_profiles_service::ProfilesHandle;
use prime_runtime::{Config, Counters, Role, Shutdown, ShutdownSignal};
use tokio::task::spawn_blocking;

use super::share::{self, Share, Work};
use super::shared_log::{Connector, SharedLog};
use super::{aggregate, definitions};
use crate::health::Problems;
use crate::node::StartError;
use crate::roles::{self, Running};

/// Payloads held by deliveries, of all partitions together: one node may come to have all of them.
const PAYLOAD_BYTES_MAX: usize = 256 << 20;
/// How often positions are committed to the brokers: each commit is a request.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
/// How long a stop waits for the journal to drain.
const DRAIN_MAX: Duration = Duration::from_secs(30);
/// How often it is counted what waits to be processed.
const BACKLOG_INTERVAL: Duration = Duration::from_secs(5);

/// What the roles work with.
pub(crate) struct Parts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) node_id: &'a str,
    /// The node's own log, with its journal.
    pub(crate) own: &'a Log,
    pub(crate) journal: &'a Partition,
    pub(crate) connector: &'a Connector,
    /// None on a node that only collects: it need not wait for the shared log.
    pub(crate) shared: Option<&'a SharedLog>,
    pub(crate) control: &'a ControlStore,
    pub(crate) counters: &'a Arc<Counters>,
    pub(crate) problems: &'a Problems,
}

/// The work under way.
pub(crate) struct Started {
    /// In the order in which it stops.
    pub(crate) running: Vec<Running>,
    /// Sees what destinations do in the partitions that are this node's and, with the console role, how they stand in all others.
    pub(crate) deliveries: DeliveryHandle,
    /// The profiles that are kept on this node.
    pub(crate) profiles: Option<ProfilesHandle>,
}

/// Starts the work of every role that the node has.
pub(crate) async fn start(parts: &Parts<'_>) -> Result<Started, StartError> {
    let config = parts.config;
    let archives = ArchiveHandle::of_several(&roles::archive_options(config));
    let deliveries = DeliveryHandle::of_several(&delivery_options(config), archives)?;
    let (mut running, mut profiles) = (Vec::new(), None);
    if config.has(Role::Collect) {
        running.push(forward(parts));
    }
    if let Some(shared) = parts.shared {
        if config.has(Role::Process) {
            running.push(process(parts, shared));
        }
        if config.has(Role::Aggregate) {
            let (handle, work) = aggregate::start(parts, shared).await?;
            running.extend(work);
            profiles = Some(handle);
        }
        if config.has(Role::Deliver) {
            if config.expired.bucket.is_empty() {
                tracing::warn!(
                    "events that run out of time are kept in this machine's data folder, where only a replay on this machine finds them; set `expired.bucket`"
                );
            }
            running.push(deliver(parts, shared, &deliveries));
        }
        if config.has(Role::Console) {
            running.push(see_others(parts, shared, &deliveries));
        }
        running.push(count_backlog(parts, shared));
    }
    running.push(share_definitions(parts));
    Ok(Started { running, deliveries, profiles })
}

fn forward(parts: &Parts<'_>) -> Running {
    let options = ForwarderOptions {
        collector: parts.node_id.to_owned(),
        partitions: partitions(parts.config),
        batch_bytes_max: parts.config.process.batch_bytes_max,
        backoff_first: Duration::from_millis(100),
        backoff_max: Duration::from_secs(5),
        drain_max: DRAIN_MAX,
    };
    let connector = parts.connector.clone();
    let connect: Connect = Arc::new(move || {
        let shared = connector.connect()?;
        Ok(Shared { log: shared.log, collected: shared.collected })
    });
    let problems = parts.problems.clone();
    let report = move |error: Option<&prime_forwarder::ForwardError>| match error {
        Some(error) => problems.warn("forward", format!("what is collected waits in the journal: {error}")),
        None => problems.resolve("forward"),
    };
    let forwarder = Forwarder::new(options, parts.own.clone(), parts.journal.clone(), connect, report);
    roles::run(
        "forward",
        parts.problems,
        |stop| async move { forwarder.run(stop).await.map_err(|error| error.to_string()) },
    )
}

fn process(parts: &Parts<'_>, shared: &SharedLog) -> Running {
    let config = parts.config.clone();
    let (counters, problems, streams) = (Arc::clone(parts.counters), parts.problems.clone(), shared.clone());
    let work: Work = Box::new(move |number, stop| {
        let at = number as usize;
        let partition = PartitionStreams {
            collected: streams.collected[at].clone(),
            events: streams.events[at].clone(),
            rejected: streams.rejected[at].clone(),
            duplicates: streams.duplicates[at].clone(),
            ledger: streams.ledger[at].clone(),
        };
        let (log, counters, problems) = (streams.log.clone(), Arc::clone(&counters), problems.clone());
        let options = processor_options(&config, number);
        let open = move || PartitionProcessor::open(options, log, partition, counters, Vec::new());
        process_partition(number, open, problems, stop).boxed()
    });
    shared_work(parts, shared, prime_processor::GROUP, "collected", work)
}

/// The partitions share the memory out among themselves: one node may come to have all of them.
fn processor_options(config: &Config, number: u32) -> ProcessorOptions {
    let folder = config.node.data_dir.join("dedupe").join(number.to_string());
    let memory_bytes_max = config.dedupe.memory_bytes_max / u64::from(config.kafka.partitions);
    let stream = format!("{}events-{number}", config.kafka.topic_prefix);
    ProcessorOptions {
        batch_bytes_max: config.process.batch_bytes_max,
        dedupe: roles::dedupe_options(config, folder, memory_bytes_max, &stream),
    }
}

async fn process_partition(
    number: u32,
    open: impl FnOnce() -> Result<PartitionProcessor, ProcessError> + Send + 'static,
    problems: Problems,
    stop: ShutdownSignal,
) {
    let name = share::name(prime_processor::GROUP, number);
    let opened = spawn_blocking(open).await.unwrap_or(Err(ProcessError::Panicked));
    let ended = match opened {
        Ok(processor) => {
            problems.resolve(&name);
            processor.run(stop).await
        }
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => {}
        Err(ProcessError::Transaction(TransactionError::Fenced)) => {
            tracing::info!(partition = number, "another node has taken the partition over");
        }
        Err(error) => {
            tracing::error!(partition = number, %error, "a partition cannot be processed; trying again");
            problems.report(&name, error.to_string());
        }
    }
}

fn deliver(parts: &Parts<'_>, shared: &SharedLog, deliveries: &DeliveryHandle) -> Running {
    let (config, control, counters) = (parts.config.clone(), parts.control.clone(), Arc::clone(parts.counters));
    let (streams, shown) = (shared.clone(), deliveries.clone());
    let (shared_receipts, shared_progress) = (shared.receipts.clone(), shared.progress.clone());
    let work: Work = Box::new(move |number, stop| {
        let streams = DeliveryStreams {
            log: streams.log.clone(),
            events: streams.events[number as usize].clone(),
            control: control.clone(),
            counters: Arc::clone(&counters),
        };
        let receipts = roles::receipt_stream(&config, shared_receipts[number as usize].clone());
        let kept = Kept { progress: shared_progress[number as usize].clone(), receipts };
        deliver_partition(number, streams, kept, config.clone(), shown.clone(), stop).boxed()
    });
    shared_work(parts, shared, "deliver", "events", work)
}

/// What delivery writes of one partition.
struct Kept {
    progress: Partition,
    receipts: ReceiptStream,
}

async fn deliver_partition(
    number: u32,
    streams: DeliveryStreams,
    kept: Kept,
    config: Config,
    shown: DeliveryHandle,
    stop: ShutdownSignal,
) {
    let archives = ArchiveService::new(roles::archive_options(&config), streams.clone());
    let options = delivery_options(&config);
    let deliveries = match DeliveryService::new(options, streams, kept.progress, archives.handle()) {
        Ok(deliveries) => deliveries.with_receipts(kept.receipts),
        Err(error) => return tracing::error!(%error, "delivery cannot start"),
    };
    shown.show(&deliveries.handle());
    // Where another node has taken the deliveries over, the archives are its work as well.
    let ended = Shutdown::new();
    let asked = ended.signal();
    let deliver = async {
        deliveries.run(stop.clone()).await;
        ended.begin();
    };
    let told = async {
        tokio::select! {
            () = stop.asked() => ended.begin(),
            () = asked.asked() => {}
        }
    };
    tokio::join!(deliver, archives.run(ended.signal()), told);
    shown.hide(number);
}

fn delivery_options(config: &Config) -> DeliveryOptions {
    DeliveryOptions {
        commit_interval: COMMIT_INTERVAL,
        partitions: config.kafka.partitions,
        payload_bytes_max: PAYLOAD_BYTES_MAX / config.kafka.partitions.max(1) as usize,
        // Definitions may be older than what other nodes already deliver to.
        forget_unknown: false,
        tell_others: true,
        ..roles::delivery_options(config)
    }
}

/// Shows people what other nodes deliver.
fn see_others(parts: &Parts<'_>, shared: &SharedLog, deliveries: &DeliveryHandle) -> Running {
    let service = StandingsService::new(shared.progress.clone(), deliveries);
    roles::run("standings", parts.problems, |stop| async move {
        service.run(stop).await;
        Ok(())
    })
}

fn shared_work(parts: &Parts<'_>, shared: &SharedLog, group: &'static str, topic: &'static str, work: Work) -> Running {
    let share = Share {
        log: shared.log.clone(),
        group,
        topic,
        partitions: parts.config.kafka.partitions,
        problems: parts.problems.clone(),
    };
    roles::run(group, parts.problems, |stop| async move {
        share.run(work, stop).await;
        Ok(())
    })
}

/// The node with the console role keeps the definitions; all others follow it.
fn share_definitions(parts: &Parts<'_>) -> Running {
    let (control, problems) = (parts.control.clone(), parts.problems.clone());
    let work: Box<dyn FnOnce(ShutdownSignal) -> BoxFuture<'static, ()> + Send> = match parts.shared {
        Some(shared) if parts.config.has(Role::Console) => {
            let shared = shared.clone();
            Box::new(move |stop| definitions::publish(control, shared, problems, stop).boxed())
        }
        _ => {
            let connector = parts.connector.clone();
            Box::new(move |stop| definitions::follow(control, connector, problems, stop).boxed())
        }
    };
    roles::run("definitions", parts.problems, |stop| async move {
        work(stop).await;
        Ok(())
    })
}

/// Counts what waits to be processed, on all nodes together.
fn count_backlog(parts: &Parts<'_>, shared: &SharedLog) -> Running {
    let (counters, shared) = (Arc::clone(parts.counters), shared.clone());
    roles::run("backlog", parts.problems, |stop| async move {
        while !stop.is_asked() {
            let asked = shared.clone();
            if let Ok(Some(behind)) = spawn_blocking(move || backlog(&asked)).await {
                counters.collected(behind);
            }
            tokio::select! {
                () = tokio::time::sleep(BACKLOG_INTERVAL) => {}
                () = stop.asked() => {}
            }
        }
        Ok(())
    })
}

/// None where it cannot be asked for.
fn backlog(shared: &SharedLog) -> Option<u64> {
    let behind = shared.collected.iter().map(|partition| {
        let bounds = partition.bounds();
        let committed = shared.log.committed(prime_processor::GROUP, partition).ok()?;
        Some(bounds.end.saturating_sub(committed.unwrap_or(bounds.start).max(bounds.start)))
    });
    behind.sum()
}

fn partitions(config: &Config) -> NonZeroU32 {
    NonZeroU32::new(config.kafka.partitions).expect("the configuration was checked")
}
