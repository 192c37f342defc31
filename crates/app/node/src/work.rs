//! What a node works on: alone in its folder, or on a log that machines share.

use std::sync::Arc;

use prime_archive::ArchiveService;
use prime_delivery::{DeliveryHandle, DeliveryService, Streams as DeliveryStreams};
use prime_log::Partition;
use prime_runtime::{Config, Counters, LogProvider, Role};
use tokio::task::spawn_blocking;

use crate::cluster::{self, Connector};
use crate::health::Problems;
use crate::node::StartError;
use crate::roles::{self, Running};
use crate::storage::Storage;

/// The work under way, and what the public API shows of it.
pub(crate) struct Work {
    /// In the order in which it stops.
    pub(crate) running: Vec<Running>,
    pub(crate) events: Vec<Partition>,
    pub(crate) rejected: Vec<Partition>,
    pub(crate) deliveries: DeliveryHandle,
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
            LogProvider::Embedded => Self::alone(config, storage, counters, problems),
            LogProvider::Kafka => Self::together(config, storage, counters, problems).await,
        }
    }

    fn alone(
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
        let deliveries = DeliveryService::new(roles::delivery_options(config), delivery_streams, archives.handle())?;
        let handle = deliveries.handle();
        let mut running = Vec::new();
        if config.has(Role::Process) {
            running.push(roles::process(roles::open_processor(storage, &streams, config, counters)?, problems));
        }
        if config.has(Role::Deliver) {
            running.extend(roles::deliver(deliveries, archives, problems));
        }
        let group = prime_processor::GROUP;
        running.push(roles::housekeeping(storage, group, Arc::clone(counters), config, problems));
        Ok(Self {
            running,
            events: vec![streams.events],
            rejected: vec![streams.rejected],
            deliveries: handle,
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
        let (mut running, deliveries) = cluster::start(&parts)?;
        let group = prime_forwarder::GROUP;
        running.push(roles::housekeeping(storage, group, Arc::clone(counters), config, problems));
        let (events, rejected) = shared.map(|shared| (shared.events, shared.rejected)).unwrap_or_default();
        Ok(Self { running, events, rejected, deliveries, connector: Some(connector) })
    }
}
