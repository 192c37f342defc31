//! A log, states and a service over them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use parking_lot::Mutex;
use prime_event::WorkspaceId;
use prime_identity::{Memory, Rules};
use prime_log::{Log, Partition, TopicOptions, WhenFull};
use prime_profile_api::Space;
use prime_profiles_service::{
    FolderStates, JournalProgress, NothingComputed, Position, ProfilesHandle, ProfilesOptions, ProfilesService,
    ServiceStreams, SpaceAccess, SpaceOptions, SpaceProfiles, SpaceStates,
};
use prime_state::{State, StateError, StateOptions};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::town::{self, SPACE};

pub(crate) struct House {
    pub(crate) events: Partition,
    pub(crate) computed: Partition,
    pub(crate) journal: Arc<Journal>,
    _log: Log,
}

/// A service at work.
pub(crate) struct Running {
    pub(crate) handle: ProfilesHandle,
    stop: Option<oneshot::Sender<()>>,
    work: JoinHandle<()>,
}

#[derive(Default)]
pub(crate) struct Journal(pub(crate) AtomicU64);

impl JournalProgress for Journal {
    fn processed_until(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Anybody;

impl SpaceAccess for Anybody {
    fn accepts(&self, _space: &WorkspaceId, access_token: &str) -> bool {
        access_token == "token"
    }

    fn person_token_secrets(&self, _space: &WorkspaceId) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

/// States in memory that survive their service.
#[derive(Default)]
pub(crate) struct MemoryStates(Mutex<Option<State>>);

impl SpaceStates for MemoryStates {
    fn known(&self) -> std::io::Result<Vec<WorkspaceId>> {
        Ok(self.0.lock().iter().map(|_| WorkspaceId::new(SPACE)).collect())
    }

    fn open(&self, _space: &WorkspaceId) -> Result<State, StateError> {
        Ok(self.0.lock().get_or_insert_with(State::in_memory).clone())
    }
}

pub(crate) fn folders(dir: &std::path::Path) -> Arc<dyn SpaceStates> {
    let options = StateOptions { write_buffer_bytes: 1 << 20, ..StateOptions::of("") };
    Arc::new(FolderStates::new(dir, options))
}

impl House {
    pub(crate) fn new() -> Self {
        let log = Log::in_memory();
        let kept = TopicOptions { bytes_max: u64::MAX, age_max: None, when_full: WhenFull::Refuse };
        Self {
            events: log.partition("events", 0, kept.clone()).unwrap(),
            computed: log.partition("computed", 0, kept).unwrap(),
            journal: Arc::default(),
            _log: log,
        }
    }

    pub(crate) async fn append(&self, payloads: &[String]) {
        let next = self.events.bounds().end;
        let records = payloads.iter().zip(next..).map(|(payload, offset)| town::record(payload, offset)).collect();
        self.events.append(records).await.unwrap();
        self.journal.0.store(self.events.bounds().end, Ordering::SeqCst);
    }

    pub(crate) async fn start(&self, states: Arc<dyn SpaceStates>) -> Running {
        let options = ProfilesOptions {
            space: SpaceOptions {
                rules: Rules::default().compile().unwrap(),
                identity_key: [7; 16],
                memory: Memory { sets_max: 1_000 },
                rows_max: 8,
            },
            states,
            access: Arc::new(Anybody),
            computer: Arc::new(NothingComputed),
            journal: self.journal.clone(),
        };
        let streams = ServiceStreams { events: self.events.clone(), computed: self.computed.clone() };
        let open = tokio::task::spawn_blocking(move || ProfilesService::open(options, streams).unwrap());
        let service = open.await.unwrap();
        let handle = service.handle();
        let (stop, asked) = oneshot::channel();
        let work = tokio::spawn(async move { service.run(async { drop(asked.await) }).await.unwrap() });
        Running { handle, stop: Some(stop), work }
    }

    /// Waits until all events were taken.
    pub(crate) async fn settled(&self, running: &Running) {
        let position = Position::Events(self.events.bounds().end).to_string();
        let space = loop {
            match running.handle.space(SPACE) {
                Some(space) => break space,
                None => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        };
        space.reach(&position, Duration::from_secs(30)).await.unwrap();
    }

    /// All records of `computed`.
    pub(crate) fn said(&self) -> Vec<Bytes> {
        let all = prime_log::ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };
        let mut said = Vec::new();
        loop {
            let records = self.computed.read(said.len() as u64, all).unwrap();
            if records.is_empty() {
                return said;
            }
            said.extend(records.into_iter().map(|record| record.value));
        }
    }
}

impl Running {
    pub(crate) fn space(&self) -> Arc<SpaceProfiles> {
        self.handle.space(SPACE).expect("the space is open")
    }

    pub(crate) async fn stop(mut self) {
        drop(self.stop.take());
        self.work.await.unwrap();
    }
}
