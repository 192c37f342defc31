//! What a node works on: alone in its folder, or on a log that machines share.

use std::sync::Arc;

use prime_archive::ArchiveService;
use prime_delivery::{DeliveryHandle, DeliveryService, ReplayHandle, ReplayStreams, Streams as DeliveryStreams};
use prime_ledger::{LedgerHandle, LedgerService};
use prime_log::Partition;
use prime_profiles_service::{ProfilesHandle, ServiceStreams};
use prime_receipts::ReceiptsHandle;
use prime_runtime::{Config, Counters, LogProvider, Role};
use tokio::task::spawn_blocking;

use crate::cluster::{self, Connector, SharedLog};
use crate::health::Problems;
use crate::node::StartError;
use crate::profiles;
use crate::receipts;
use crate::replays;
use crate::roles::{self, Running};
use crate::storage::{self, Storage};

/// The work under way, and what the public API shows of it.
pub(crate) struct Work {
    /// In the order in which it stops.
    pub(crate) running: Vec<Running>,
    pub(crate) events: Vec<Partition>,
    pub(crate) rejected: Vec<Partition>,
    pub(crate) duplicates: Vec<Partition>,
    pub(crate) ledger: LedgerHandle,
    pub(crate) deliveries: DeliveryHandle,
    /// The profiles that are kept on this node.
    pub(crate) profiles: Option<ProfilesHandle>,
    /// What became of events at their destinations.
    pub(crate) receipts: ReceiptsHandle,
    /// Past events that are sent again, where people can ask for it.
    pub(crate) replays: Option<ReplayHandle>,
    /// The log that machines share, where there is one.
    pub(crate) connector: Option<Connector>,
}

impl Work {
    /// Starts what the node's roles ask for.
    pub(crate) async fn start(
        config: &Config,
        storage: &Storage,
        counters: &Arc<Counters>,
        problems: &Problems,
    ) -> Result<Self, StartError> {
        match config.log.provider {
            LogProvider::Embedded => Self::alone(config, storage, counters, problems).await,
            LogProvider::Kafka => Self::together(config, storage, counters, problems).await,
        }
    }

    async fn alone(
        config: &Config,
        storage: &Storage,
        counters: &Arc<Counters>,
        problems: &Problems,
    ) -> Result<Self, StartError> {
        let streams = storage.streams(config)?;
        let delivery_streams = DeliveryStreams {
            log: storage.log.clone(),
            events: streams.events.clone(),
            control: storage.control.clone(),
            counters: Arc::clone(counters),
        };
        let archives = ArchiveService::new(roles::archive_options(config), delivery_streams.clone());
        let receipt_stream = storage::receipts(&storage.log, config)?;
        let (options, progress) = (roles::delivery_options(config), storage::progress(&storage.log)?);
        let deliveries = DeliveryService::new(options, delivery_streams, progress, archives.handle())?
            .with_receipts(roles::receipt_stream(config, receipt_stream.clone()));
        let handle = deliveries.handle();
        let mut running = Vec::new();
        let mut written = None;
        if config.has(Role::Process) {
            let processor = roles::open_processor(storage, &streams, config, counters)?;
            written = Some(processor.written());
            running.push(roles::process(processor, problems));
        }
        let mut kept = None;
        if config.has(Role::Aggregate) {
            let computed = storage::computed(&storage.log, config)?;
            let streams = ServiceStreams { events: streams.events.clone(), computed };
            let control = &storage.control;
            let parts = profiles::Parts { config, control, counters, problems, streams, written };
            let (handle, work) = profiles::start(parts).await?;
            running.extend(work);
            kept = Some(handle);
        }
        if config.has(Role::Deliver) {
            running.extend(roles::deliver(deliveries, archives, problems));
        }
        let group = prime_processor::GROUP;
        let ledger = follow_ledger(vec![streams.ledger], config, problems, &mut running);
        let receipts = receipts::follow(vec![receipt_stream.clone()], config, counters, problems, &mut running).await?;
        let parts = replays::Parts {
            config,
            streams: ReplayStreams { events: vec![streams.events.clone()], receipts: vec![receipt_stream] },
            control: &storage.control,
            counters,
            deliveries: &handle,
            receipts: &receipts,
            problems,
        };
        let replays = replays::start(parts, &mut running).await?;
        running.push(roles::housekeeping(storage, group, Arc::clone(counters), config, problems));
        Ok(Self {
            running,
            events: vec![streams.events],
            rejected: vec![streams.rejected],
            duplicates: vec![streams.duplicates],
            ledger,
            deliveries: handle,
            profiles: kept,
            receipts,
            replays,
            connector: None,
        })
    }

    /// A node that only collects starts whether the shared log can be reached or not: it has a journal for that.
    async fn together(
        config: &Config,
        storage: &Storage,
        counters: &Arc<Counters>,
        problems: &Problems,
    ) -> Result<Self, StartError> {
        let connector = Connector::new(config);
        let shared = match config.node.roles.iter().all(|role| *role == Role::Collect) {
            true => None,
            false => {
                let connector = connector.clone();
                let opened = spawn_blocking(move || connector.connect()).await;
                Some(opened.expect("opening a log does not panic")?)
            }
        };
        let parts = cluster::Parts {
            config,
            node_id: &storage.node_id,
            own: &storage.log,
            journal: &storage.journal,
            connector: &connector,
            shared: shared.as_ref(),
            control: &storage.control,
            counters,
            problems,
        };
        let cluster::Started { mut running, deliveries, profiles } = cluster::start(&parts).await?;
        let group = prime_forwarder::GROUP;
        running.push(roles::housekeeping(storage, group, Arc::clone(counters), config, problems));
        let Some(SharedLog { events, rejected, duplicates, ledger, receipts, .. }) = shared else {
            return Ok(Self {
                running,
                events: Vec::new(),
                rejected: Vec::new(),
                duplicates: Vec::new(),
                ledger: LedgerHandle::default(),
                deliveries,
                profiles,
                receipts: ReceiptsHandle::default(),
                replays: None,
                connector: Some(connector),
            });
        };
        let ledger = follow_ledger(ledger, config, problems, &mut running);
        let streams = ReplayStreams { events: events.clone(), receipts: receipts.clone() };
        let receipts = receipts::follow(receipts, config, counters, problems, &mut running).await?;
        let parts = replays::Parts {
            config,
            streams,
            control: &storage.control,
            counters,
            deliveries: &deliveries,
            receipts: &receipts,
            problems,
        };
        let replays = replays::start(parts, &mut running).await?;
        Ok(Self {
            running,
            events,
            rejected,
            duplicates,
            ledger,
            deliveries,
            profiles,
            receipts,
            replays,
            connector: Some(connector),
        })
    }
}

/// Where people look at it.
fn follow_ledger(
    partitions: Vec<Partition>,
    config: &Config,
    problems: &Problems,
    running: &mut Vec<Running>,
) -> LedgerHandle {
    if !config.has(Role::Console) {
        return LedgerHandle::default();
    }
    let service = LedgerService::new(partitions);
    let handle = service.handle();
    running.push(roles::run("ledger", problems, |stop| async move {
        service.run(stop).await;
        Ok(())
    }));
    handle
}
