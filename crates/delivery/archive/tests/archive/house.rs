//! A log, a control store whose first source has its local archive, and an archive service on them.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use flate2::read::GzDecoder;
use prime_archive::{ArchiveHandle, ArchiveOptions, ArchiveService, Streams};
use prime_control::{Author, ControlStore, DestinationPatch, NewDestination, NewSource, Source};
use prime_event::{DestinationId, EventRecord, Origin, Timestamp};
use prime_log::{Log, LogOptions, TopicOptions, WhenFull};
use prime_outbound::Networks;
use prime_runtime::{Counters, Shutdown};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// 2015-12-12T00:00:00Z
pub(crate) const MIDNIGHT: i64 = 1_449_878_400_000;

pub(crate) struct House {
    pub(crate) streams: Streams,
    pub(crate) source: Arc<Source>,
    pub(crate) archive: DestinationId,
    pub(crate) options: ArchiveOptions,
    folder: PathBuf,
    /// Removes the folder in the end.
    temporary: Option<TempDir>,
}

pub(crate) struct Service {
    pub(crate) handle: ArchiveHandle,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

impl House {
    pub(crate) fn build() -> Self {
        let temporary = TempDir::new().unwrap();
        let mut house = Self::open(temporary.path().to_owned());
        house.temporary = Some(temporary);
        house
    }

    /// Opens what another process may have left. Nothing else may have it open.
    pub(crate) fn open(folder: PathBuf) -> Self {
        let log = Log::open(LogOptions { dir: folder.join("log"), segment_bytes_max: 1 << 20 }).unwrap();
        let topic = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
        let events = log.partition("events", 0, topic).unwrap();
        let control = ControlStore::open(&folder.join("control.sqlite")).unwrap();
        control.bootstrap(Timestamp::now()).unwrap();
        let source = control.definitions().sources.values().next().unwrap().clone();
        let archive = control.definitions().destinations_of(&source.id).next().unwrap().id.clone();
        let options = ArchiveOptions {
            folder: folder.join("archive"),
            flush_interval: Duration::from_millis(50),
            retry_pause_first: Duration::from_millis(20),
            retry_pause_max: Duration::from_millis(100),
            networks: Networks { allow_private: true, ..Networks::public() },
            ..ArchiveOptions::default()
        };
        let streams = Streams { log, events, control, counters: Arc::new(Counters::new()) };
        Self { streams, source, archive, options, folder, temporary: None }
    }

    fn service(&self) -> ArchiveService {
        ArchiveService::new(self.options.clone(), self.streams.clone())
    }

    pub(crate) fn start(&self) -> Service {
        let service = self.service();
        let (handle, shutdown) = (service.handle(), Shutdown::new());
        Service { handle, task: tokio::spawn(service.run(shutdown.signal())), shutdown }
    }

    /// Closes the log, so that another process can open it.
    pub(crate) async fn leave(self) {
        self.streams.log.close().await;
    }

    pub(crate) fn another_source(&self) -> Arc<Source> {
        let new =
            NewSource { slug: "another".into(), enabled: true, metadata_id: "node".into(), ..NewSource::default() };
        self.streams.control.create_source(&self.source.workspace, new, &by()).unwrap()
    }

    pub(crate) fn another_archive(&self, settings: Value) -> DestinationId {
        let Value::Object(settings) = settings else { panic!("settings are an object") };
        let (name, secret_settings) = ("Copy".to_owned(), vec!["secretAccessKey".to_owned()]);
        let new = NewDestination {
            name,
            enabled: true,
            metadata_id: "archive".into(),
            settings,
            secret_settings,
            ..NewDestination::default()
        };
        let control = &self.streams.control;
        control.create_destination(&self.source.workspace, &self.source.id, new, &by()).unwrap().id.clone()
    }

    pub(crate) fn patch(&self, patch: DestinationPatch) {
        self.streams.control.update_destination(&self.source.workspace, &self.archive, patch, &by()).unwrap();
    }

    pub(crate) fn switch(&self, enabled: bool) {
        self.patch(DestinationPatch { enabled: Some(enabled), ..DestinationPatch::default() });
    }

    pub(crate) fn delete(&self, id: &DestinationId) {
        self.streams.control.delete_destination(&self.source.workspace, id, &by()).unwrap();
    }

    /// Appends one event per number, received at that time.
    pub(crate) async fn append(&self, source: &Source, numbers: impl IntoIterator<Item = u64>, received_ms: i64) {
        let record = |number| EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(received_ms),
            workspace: source.workspace.clone(),
            source: source.id.clone(),
            payload: Bytes::from(line(number)),
        };
        let values = numbers.into_iter().map(|number| record(number).encode()).collect();
        self.streams.events.append(values).await.unwrap();
    }

    pub(crate) fn committed(&self) -> Option<u64> {
        self.committed_of(&self.archive)
    }

    pub(crate) fn committed_of(&self, id: &DestinationId) -> Option<u64> {
        self.streams.log.committed(&format!("destination/{id}"), &self.streams.events).unwrap()
    }

    pub(crate) fn archived(&self) -> u64 {
        self.streams.counters.destination(&self.archive).archived()
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("archive")
    }

    /// Every file of the archive folder, by its path in it, decompressed.
    pub(crate) fn files(&self) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        collect(&self.root(), &self.root(), &mut files);
        files
    }

    /// Every line of every file.
    pub(crate) fn lines(&self) -> Vec<String> {
        let mut lines: Vec<_> = self.files().values().flat_map(|text| text.lines().map(str::to_owned)).collect();
        lines.sort();
        lines
    }
}

impl Service {
    pub(crate) async fn stop(self) {
        self.shutdown.begin();
        self.task.await.unwrap();
    }
}

pub(crate) fn line(number: u64) -> String {
    json!({"type": "track", "event": "É 🎉", "messageId": format!("m{number:06}"), "properties": {"n": number}})
        .to_string()
}

pub(crate) fn lines(numbers: impl IntoIterator<Item = u64>) -> Vec<String> {
    let mut lines: Vec<_> = numbers.into_iter().map(line).collect();
    lines.sort();
    lines
}

pub(crate) fn gunzip(content: &[u8]) -> String {
    let mut text = String::new();
    GzDecoder::new(content).read_to_string(&mut text).unwrap();
    text
}

fn collect(root: &Path, folder: &Path, files: &mut BTreeMap<String, String>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            collect(root, &path, files);
        } else if path.extension().is_some_and(|extension| extension == "gz") {
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            files.insert(name, gunzip(&std::fs::read(&path).unwrap()));
        }
    }
}

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
