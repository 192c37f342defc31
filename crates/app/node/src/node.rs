//! Starts a node and stops it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::Router;
use prime_control::{ControlError, Definitions};
use prime_event::Timestamp;
use prime_profile_api::{ProfileApiOptions, profile_api};
use prime_public_api::PublicApi;
use prime_runtime::{Config, Counters, LogProvider, Role, Setting, Shutdown};
use prime_tracking_api::{RateLimit, TrackingApi, TrackingApiOptions};
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::compression::CompressionLayer;

use crate::announcement::{self, Announcement};
use crate::cluster::Connector;
use crate::console;
use crate::health::{self, Problems};
use crate::http_server::{self, HttpServer};
use crate::profiles::WorkspaceSpaces;
use crate::roles::Running;
use crate::storage::Storage;
use crate::work::Work;

/// Why a node did not start. Each says what to do.
#[derive(Debug, Error)]
pub enum StartError {
    #[error("the data folder {} cannot be used: {source}; choose another with --data-dir or make it writable", path.display())]
    DataDir { path: PathBuf, source: std::io::Error },
    #[error("the address {listen} cannot be listened on: {source}; stop what uses it or choose another with --listen")]
    Listen { listen: SocketAddr, source: std::io::Error },
    #[error("the log cannot be opened: {0}")]
    Log(#[from] prime_log::OpenError),
    #[error("the control store cannot be opened: {0}")]
    ControlStore(#[from] prime_control::OpenError),
    #[error("the definitions cannot be read: {0}")]
    Definitions(#[from] ControlError),
    #[error("processing cannot start: {0}")]
    Process(#[from] prime_processor::ProcessError),
    #[error(
        "the data folder belongs to the node {known:?}, and `node.id` is {name:?}; leave `node.id` as it was, or begin with an empty folder"
    )]
    NodeId { known: String, name: String },
    #[error("delivery cannot start: {0}")]
    Deliver(#[from] prime_delivery::StartError),
    #[error("the receipts of delivery cannot be opened: {0}")]
    Receipts(#[source] prime_state::StateError),
    #[error("replays cannot be opened: {0}")]
    Replays(#[source] std::io::Error),
    #[error("profiles cannot be opened: {0}")]
    Aggregate(#[source] prime_profiles_service::ServiceError),
}

/// A node at work.
pub struct Node {
    announcement: Announcement,
    data_dir: PathBuf,
    http_stop: Shutdown,
    handing_over: Arc<AtomicBool>,
    http: JoinHandle<Option<TcpListener>>,
    /// In the order in which they stop.
    running: Vec<Running>,
    log: prime_log::Log,
    journal: prime_log::Partition,
    /// The log that machines share, where there is one.
    shared: Option<Connector>,
}

impl Node {
    /// Opens everything, starts the roles and listens. When it returns, requests are answered.
    pub async fn start(config: Config, settings: Vec<Setting>) -> Result<Self, StartError> {
        Self::start_on(None, config, settings).await
    }

    /// As [`Node::start`], on a socket that listens already: one of a service manager, or of the process before.
    pub async fn start_on(
        inherited: Option<std::net::TcpListener>,
        config: Config,
        settings: Vec<Setting>,
    ) -> Result<Self, StartError> {
        // Everything that speaks TLS uses this provider; a second start in one process finds it installed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listen = config.http.listen;
        let refused = |source| StartError::Listen { listen, source };
        let listener = http_server::listen(listen, inherited).map_err(refused)?;
        let address = listener.local_addr().map_err(refused)?;
        let url = match config.http.public_url.is_empty() {
            true => format!("http://{}", reachable(address)),
            false => config.http.public_url.clone(),
        };

        let storage = Storage::open(&config)?;
        let announcement = announce(&storage, address, &url)?;
        let (counters, problems) = (Arc::new(Counters::new()), Problems::default());
        let work = Work::start(&config, &storage, &counters, &problems).await?;

        let http_stop = Shutdown::new();
        let mut router = health::router(problems.clone(), Arc::clone(&counters));
        let tracking_api = config.has(Role::Collect).then(|| tracking_api(&config, &storage, &counters));
        if let Some(api) = &tracking_api {
            router = router.merge(api.router());
        }
        if let Some(profiles) = &work.profiles {
            let spaces = WorkspaceSpaces { control: storage.control.clone(), profiles: profiles.clone() };
            let options = ProfileApiOptions { requests_per_second: config.profiles.requests_per_second_max };
            router = router.merge(profile_api(Arc::new(spaces), options));
        }
        if config.has(Role::Console) {
            let api = PublicApi {
                control: storage.control.clone(),
                events: work.events,
                rejected: work.rejected,
                duplicates: work.duplicates,
                ledger: work.ledger,
                counters: Arc::clone(&counters),
                config: Arc::new(config.clone()),
                settings: Arc::new(settings),
                deliveries: work.deliveries,
                profiles: work.profiles,
                receipts: work.receipts,
                replays: work.replays,
                public_url: url,
                started_at: Timestamp::now(),
                shutdown: http_stop.signal(),
            };
            router = router.nest_service("/api/v1", prime_public_api::router(api)).fallback(console::serve);
        }

        let server = HttpServer::new(listener, compressed(router), tracking_api, &config.http);
        let handing_over = Arc::new(AtomicBool::new(false));
        let http = tokio::spawn(server.run(http_stop.signal(), Arc::clone(&handing_over)));
        let data_dir = config.node.data_dir;
        announcement.write(&data_dir).map_err(|source| StartError::DataDir { path: data_dir.clone(), source })?;
        Ok(Self {
            announcement,
            data_dir,
            http_stop,
            handing_over,
            http,
            running: work.running,
            log: storage.log,
            journal: storage.journal,
            shared: work.connector,
        })
    }

    pub fn announcement(&self) -> &Announcement {
        &self.announcement
    }

    /// Where accepted requests wait. For a benchmark that measures collecting alone and empties the journal itself.
    #[doc(hidden)]
    pub fn journal(&self) -> &prime_log::Partition {
        &self.journal
    }

    /// Stops in the order in which data flows; when it returns, everything accepted is processed and durable.
    pub async fn stop(self) {
        self.end().await;
    }

    /// Stops as [`Node::stop`] does and gives the listening socket, on which connections wait, for the next process to
    /// take. `None` when the listener was lost.
    pub async fn hand_over(self) -> Option<std::net::TcpListener> {
        self.handing_over.store(true, Ordering::Relaxed);
        self.end().await?.into_std().ok()
    }

    async fn end(self) -> Option<TcpListener> {
        self.http_stop.begin();
        let listener = self.http.await.unwrap_or_else(|error| {
            tracing::error!(%error, "the listener ended by a panic");
            None
        });
        for part in self.running {
            part.finish().await;
        }
        if let Some(shared) = self.shared.and_then(|shared| shared.opened()) {
            shared.log.close().await;
        }
        self.log.close().await;
        announcement::withdraw(&self.data_dir);
        listener
    }
}

fn tracking_api(config: &Config, storage: &Storage, counters: &Arc<Counters>) -> TrackingApi {
    let options = TrackingApiOptions {
        request_bytes_max: config.collect.request_bytes_max,
        in_flight_bytes_max: config.collect.in_flight_bytes_max,
        body_timeout: Duration::from_millis(config.http.body_timeout_ms),
        rate_limit: RateLimit {
            messages_per_second: config.collect.source_messages_per_second_max,
            burst: Duration::from_millis(config.collect.source_burst_ms),
        },
        wait_target: Duration::from_millis(config.collect.wait_target_ms),
        public_url: config.http.public_url.clone(),
        trusted_proxies: config.http.trusted_proxies.clone(),
        tells_position: config.log.provider == LogProvider::Embedded && config.has(Role::Aggregate),
    };
    TrackingApi::new(options, storage.control.clone(), storage.journal.clone(), Arc::clone(counters))
}

/// Creates what a first start needs and says how to come in. A node that follows the definitions of another has nothing
/// to come in to.
fn announce(storage: &Storage, address: SocketAddr, url: &str) -> Result<Announcement, StartError> {
    let now = Timestamp::now();
    if storage.control.is_follower() {
        return Ok(Announcement {
            url: format!("http://{}", reachable(address)),
            pid: std::process::id(),
            token: String::new(),
            setup_url: None,
            write_key: first_write_key(&storage.control.definitions()),
        });
    }
    let setup_token = match storage.control.bootstrap(now)? {
        Some(bootstrap) => Some(bootstrap.setup_token),
        None => storage.control.issue_setup_token(now)?,
    };
    Ok(Announcement {
        url: format!("http://{}", reachable(address)),
        pid: std::process::id(),
        token: storage.control.local_token(now)?.reveal().to_owned(),
        setup_url: setup_token.map(|token| format!("{url}/setup?token={}", token.reveal())),
        write_key: first_write_key(&storage.control.definitions()),
    })
}

fn first_write_key(definitions: &Definitions) -> Option<String> {
    let sources = definitions.sources.values().filter(|source| source.enabled);
    let oldest = sources.min_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id)))?;
    oldest.write_keys.iter().find(|key| key.enabled).map(|key| key.key.as_str().to_owned())
}

/// An address that a person on this machine can open: listening on all of them includes the loopback one.
fn reachable(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v4.port())),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => SocketAddr::from(([127, 0, 0, 1], v6.port())),
        other => other,
    }
}

fn compressed(router: Router) -> Router {
    router.layer(CompressionLayer::new().gzip(true))
}
