//! A delivery service with many destinations, on a log on disk.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_archive::{ArchiveOptions, ArchiveService};
use prime_control::{Author, ControlStore, NewDestination, NewSource, Source};
use prime_delivery::{
    DeliveryHandle, DeliveryOptions, DeliveryService, ExpiredStore, Location, Networks, ReceiptStream, Streams,
};
use prime_event::{EventRecord, Origin, Timestamp};
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_receipts::Sampling;
use prime_runtime::{Counters, Shutdown};
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::bar::MeasureError;
use crate::child::data_folder;

const PATIENCE: Duration = Duration::from_secs(300);

pub(super) struct House {
    pub(super) sources: Vec<Arc<Source>>,
    pub(super) events: Partition,
    pub(super) began: Instant,
    streams: Streams,
    progress: Partition,
    receipts: Partition,
    folder: TempDir,
}

/// A service at work.
pub(super) struct Running {
    pub(super) handle: DeliveryHandle,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl House {
    /// With so many sources, and no destination yet.
    pub(super) fn build(sources: usize) -> Result<Self, MeasureError> {
        let folder = data_folder()?;
        let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 256 << 20 })?;
        let kept = TopicOptions { bytes_max: 20 << 30, age_max: None, when_full: WhenFull::TrimOldest };
        let topic = |name: &str| log.partition(name, 0, kept.clone());
        let (events, receipts, progress) = (topic("events")?, topic("receipts")?, topic("progress")?);
        let control = ControlStore::open(&folder.path().join("control.sqlite")).map_err(wrong)?;
        let first = control.bootstrap(Timestamp::now()).map_err(wrong)?;
        let first = first.ok_or_else(|| MeasureError::Wrong("the store is not new".to_owned()))?.source;
        let mut all = vec![Arc::clone(&first)];
        for number in 1..sources {
            let new = NewSource {
                slug: format!("source-{number}"),
                enabled: true,
                metadata_id: "node".into(),
                disconnect_archive: true,
                ..NewSource::default()
            };
            all.push(control.create_source(&first.workspace, new, &by()).map_err(wrong)?);
        }
        let counters = Arc::new(Counters::new());
        let streams = Streams { log, events: events.clone(), control, counters };
        Ok(Self { sources: all, events, began: Instant::now(), streams, progress, receipts, folder })
    }

    /// A webhook that sends the events of a source there.
    pub(super) fn connect(&self, source: &Source, url: &str) -> Result<(), MeasureError> {
        let settings = json!({ "url": url });
        let new = NewDestination {
            name: "Hook".into(),
            enabled: true,
            metadata_id: "webhook".into(),
            settings: settings.as_object().cloned().unwrap_or_default(),
            ..NewDestination::default()
        };
        let control = &self.streams.control;
        control.create_destination(&source.workspace, &source.id, new, &by()).map_err(wrong)?;
        Ok(())
    }

    /// Starts the service and waits until it follows every webhook.
    pub(super) async fn start(&self, concurrency_max: usize) -> Result<Running, MeasureError> {
        let archive = ArchiveOptions { folder: self.folder.path().join("archive"), ..ArchiveOptions::default() };
        let archive = ArchiveService::new(archive, self.streams.clone()).handle();
        let options = DeliveryOptions {
            concurrency_max,
            request_timeout: Duration::from_secs(60),
            networks: Networks { allow_private: true, ..Networks::public() },
            expired: ExpiredStore::new(Location::Folder(self.folder.path().join("expired")), ""),
            ..DeliveryOptions::default()
        };
        let receipts = ReceiptStream { partition: self.receipts.clone(), sampling: Sampling::default() };
        let service = DeliveryService::new(options, self.streams.clone(), self.progress.clone(), archive);
        let service = service.map_err(wrong)?.with_receipts(receipts);
        let (handle, shutdown) = (service.handle(), Shutdown::new());
        let task = tokio::spawn(service.run(shutdown.signal()));
        let running = Running { handle, shutdown, task };
        let definitions = self.streams.control.definitions();
        let hooks: Vec<_> =
            definitions.destinations.values().filter(|hook| hook.metadata_id == "webhook").cloned().collect();
        wait("destinations are followed", || hooks.iter().all(|hook| running.handle.state(&hook.id).is_some())).await?;
        Ok(running)
    }

    /// An event of this source that says when it was made, of some 350 bytes.
    pub(super) fn event(&self, source: &Source, number: u64) -> Bytes {
        let at = self.began.elapsed().as_micros();
        let payload = format!(
            r#"{{"type":"track","event":"Order Completed","messageId":"{at}-{number}","userId":"user-{}","properties":{{"total":49.9,"currency":"EUR","products":[{{"sku":"G-32","quantity":1}}]}},"context":{{"library":{{"name":"analytics-node","version":"2.0.0"}},"app":{{"version":"1.4.2"}}}},"integrations":{{}}}}"#,
            number % 10_000
        );
        EventRecord {
            origin: Origin { offset: number, index: 0 },
            received_at: Timestamp::now(),
            workspace: source.workspace.clone(),
            source: source.id.clone(),
            payload: payload.into(),
        }
        .encode()
    }
}

impl Running {
    pub(super) async fn stop(self) -> Result<(), MeasureError> {
        self.shutdown.begin();
        self.task.await.map_err(wrong)
    }
}

/// Waits until it holds, and looks every millisecond.
pub(super) async fn wait(what: &str, holds: impl Fn() -> bool) -> Result<(), MeasureError> {
    let started = Instant::now();
    while !holds() {
        if started.elapsed() > PATIENCE {
            return Err(MeasureError::Wrong(format!("{what}: not so within {} s", PATIENCE.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(())
}

pub(super) fn wrong(error: impl std::fmt::Display) -> MeasureError {
    MeasureError::Wrong(error.to_string())
}

fn by() -> Author {
    Author::system(Timestamp::now())
}
