//! A log, a control store with one source, and a delivery service on them.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::GzDecoder;
use prime_archive::{ArchiveOptions, ArchiveService};
use prime_control::{
    Author, ControlStore, DeliveryRules, Destination, DestinationPatch, NewDestination, NewSource, Source,
};
use prime_delivery::{
    DeliveryHandle, DeliveryOptions, DeliveryService, ExpiredStore, Location, Networks, ReceiptStream, Streams,
};
use prime_event::{DestinationId, EventRecord, Origin, Timestamp, WorkspaceId};
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_runtime::{Counters, Shutdown};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub(crate) struct House {
    pub(crate) streams: Streams,
    pub(crate) source: Arc<Source>,
    pub(crate) options: DeliveryOptions,
    pub(crate) receipts: Option<ReceiptStream>,
    progress: Partition,
    folder: TempDir,
}

/// A service at work in the test's runtime.
pub(crate) struct Service {
    pub(crate) handle: DeliveryHandle,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

/// A service in a runtime of its own, which can be torn down in the middle of anything.
pub(crate) struct Victim {
    pub(crate) handle: DeliveryHandle,
    runtime: Runtime,
}

impl House {
    pub(crate) fn build() -> Self {
        Self::build_keeping(1 << 26)
    }

    /// With a stream that keeps no more than this.
    pub(crate) fn build_keeping(bytes_max: u64) -> Self {
        let folder = TempDir::new().unwrap();
        let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 1 << 20 }).unwrap();
        Self::furnish(log, bytes_max, folder)
    }

    /// On a log that others may share.
    pub(crate) fn build_on(log: Log) -> Self {
        Self::furnish(log, 1 << 26, TempDir::new().unwrap())
    }

    /// Another process with the same definitions, on its own connection to the log.
    pub(crate) fn beside(&self, log: Log) -> Self {
        let mut house = Self::build_on(log);
        house.streams.control = self.streams.control.clone();
        house.source = Arc::clone(&self.source);
        house.options.forget_unknown = false;
        house
    }

    /// Of another partition.
    pub(crate) fn at(mut self, number: u32) -> Self {
        let topic = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
        self.streams.events = self.streams.log.partition("events", number, topic).unwrap();
        self.progress = progress_of(&self.streams.log, number);
        self
    }

    pub(crate) fn progress(&self) -> Partition {
        self.progress.clone()
    }

    fn furnish(log: Log, bytes_max: u64, folder: TempDir) -> Self {
        let topic = TopicOptions { bytes_max, age_max: None, when_full: WhenFull::TrimUnheld };
        let events = log.partition("events", 0, topic).unwrap();
        let progress = progress_of(&log, 0);
        let control = ControlStore::open(&folder.path().join("control.sqlite")).unwrap();
        let source = control.bootstrap(Timestamp::now()).unwrap().unwrap().source;
        let options = DeliveryOptions {
            second_thoughts: Duration::from_millis(200),
            backoff_first: Duration::from_millis(20),
            backoff_max: Duration::from_millis(100),
            commit_interval: Duration::from_millis(20),
            concurrency_max: 8,
            expired: ExpiredStore::new(Location::Folder(folder.path().join("expired")), ""),
            expired_gather: Duration::from_millis(50),
            networks: Networks { allow_private: true, ..Networks::public() },
            ..DeliveryOptions::default()
        };
        let streams = Streams { log, events, control, counters: Arc::new(Counters::new()) };
        Self { streams, source, options, receipts: None, progress, folder }
    }

    fn service(&self) -> DeliveryService {
        let archive = ArchiveOptions { folder: self.folder.path().join("archive"), ..ArchiveOptions::default() };
        let archive = ArchiveService::new(archive, self.streams.clone()).handle();
        let service =
            DeliveryService::new(self.options.clone(), self.streams.clone(), self.progress.clone(), archive).unwrap();
        match &self.receipts {
            Some(receipts) => service.with_receipts(receipts.clone()),
            None => service,
        }
    }

    /// Starts the service and waits until it follows every webhook.
    pub(crate) async fn start(&self) -> Service {
        let service = self.service();
        let (handle, shutdown) = (service.handle(), Shutdown::new());
        let task = tokio::spawn(service.run(shutdown.signal()));
        self.followed(&handle).await;
        Service { handle, shutdown, task }
    }

    pub(crate) async fn start_victim(&self) -> Victim {
        let runtime = Runtime::new().unwrap();
        let service = self.service();
        let handle = service.handle();
        runtime.spawn(async move { service.run(Shutdown::new().signal()).await });
        self.followed(&handle).await;
        Victim { handle, runtime }
    }

    async fn followed(&self, handle: &DeliveryHandle) {
        let definitions = self.streams.control.definitions();
        let webhooks = definitions.destinations.values().filter(|destination| destination.metadata_id == "webhook");
        for webhook in webhooks {
            eventually("the service follows the webhook", || {
                handle.state(&webhook.id).is_some() && self.committed().is_some()
            })
            .await;
        }
    }

    pub(crate) fn workspace(&self) -> &WorkspaceId {
        &self.source.workspace
    }

    pub(crate) fn another_source(&self) -> Arc<Source> {
        let new = NewSource {
            slug: "another".into(),
            enabled: true,
            metadata_id: "node".into(),
            disconnect_archive: true,
            ..NewSource::default()
        };
        self.streams.control.create_source(self.workspace(), new, &by()).unwrap()
    }

    pub(crate) fn webhook(&self, settings: Value) -> DestinationId {
        self.webhook_of(&self.source, settings).id.clone()
    }

    pub(crate) fn webhook_of(&self, source: &Source, settings: Value) -> Arc<Destination> {
        let Value::Object(settings) = settings else { panic!("settings are an object") };
        let new = NewDestination {
            name: "Hook".into(),
            enabled: true,
            metadata_id: "webhook".into(),
            settings,
            delivery: Default::default(),
            secret_settings: vec!["sharedSecret".into()],
        };
        self.streams.control.create_destination(self.workspace(), &source.id, new, &by()).unwrap()
    }

    pub(crate) fn switch(&self, id: &DestinationId, enabled: bool) {
        self.patch(id, DestinationPatch { enabled: Some(enabled), ..DestinationPatch::default() });
    }

    pub(crate) fn rule(&self, id: &DestinationId, delivery: DeliveryRules) {
        self.patch(id, DestinationPatch { delivery: Some(delivery), ..DestinationPatch::default() });
    }

    pub(crate) fn set(&self, id: &DestinationId, settings: Value) {
        let Value::Object(settings) = settings else { panic!("settings are an object") };
        self.patch(id, DestinationPatch { settings: Some(settings), ..DestinationPatch::default() });
    }

    fn patch(&self, id: &DestinationId, patch: DestinationPatch) {
        self.streams.control.update_destination(self.workspace(), id, patch, &by()).unwrap();
    }

    pub(crate) fn delete(&self, id: &DestinationId) {
        self.streams.control.delete_destination(self.workspace(), id, &by()).unwrap();
    }

    /// Appends track events with these names.
    pub(crate) async fn track(&self, names: &[&str]) {
        let payloads: Vec<_> = names.iter().map(|name| track(name)).collect();
        self.append(&self.source, &payloads).await;
    }

    pub(crate) async fn append(&self, source: &Source, payloads: &[Value]) {
        let record = |payload: &Value| EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::now(),
            workspace: source.workspace.clone(),
            source: source.id.clone(),
            payload: Bytes::from(payload.to_string()),
        };
        let values = payloads.iter().map(|payload| record(payload).encode()).collect();
        self.streams.events.append(values).await.unwrap();
    }

    /// The lowest offset that any destination still needs, as far as it was made durable.
    pub(crate) fn committed(&self) -> Option<u64> {
        self.streams.log.committed("delivery/owed", &self.streams.events).unwrap()
    }

    /// The lines of events that were kept when they could not be delivered in time.
    pub(crate) fn expired(&self, id: &DestinationId) -> Vec<Value> {
        let Ok(days) = std::fs::read_dir(self.folder.path().join("expired").join(id.as_str())) else {
            return Vec::new();
        };
        let files = days.flat_map(|day| std::fs::read_dir(day.unwrap().path()).unwrap());
        let mut text = String::new();
        for file in files {
            let file = std::fs::File::open(file.unwrap().path()).unwrap();
            GzDecoder::new(file).read_to_string(&mut text).unwrap();
        }
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Delivered, failed, filtered, attempts.
    pub(crate) fn counts(&self, id: &DestinationId) -> [u64; 4] {
        let counters = self.streams.counters.destination(id);
        [counters.delivered(), counters.failed(), counters.filtered(), counters.attempts()]
    }
}

impl Service {
    pub(crate) fn has_ended(&self) -> bool {
        self.task.is_finished()
    }

    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.task.await.unwrap();
    }
}

impl Victim {
    /// Ends the service as `kill -9` would: nothing more is sent or remembered.
    pub(crate) fn kill(self) {
        self.runtime.shutdown_background();
    }
}

fn progress_of(log: &Log, number: u32) -> Partition {
    let topic = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::Refuse };
    log.partition("progress", number, topic).unwrap()
}

pub(crate) fn track(name: &str) -> Value {
    json!({"type": "track", "event": name, "messageId": format!("id-{name}"), "userId": "u", "integrations": {}})
}

/// Waits until it holds, for up to ten seconds.
pub(crate) async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{what}: not so within half a minute");
}

/// Long enough for whatever must not happen to happen.
pub(crate) async fn a_moment() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

fn by() -> Author {
    Author::system(Timestamp::now())
}
