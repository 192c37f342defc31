//! Streams on disk, people in a state on disk, and a service between them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_event::WorkspaceId;
use prime_identity::{Memory, Rules};
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_profile_api::Space;
use prime_profiles_service::{
    FolderStates, JournalProgress, NothingComputed, Position, ProfilesHandle, ProfilesOptions, ProfilesService,
    ServiceStreams, SpaceAccess, SpaceOptions, SpaceProfiles,
};
use prime_state::StateOptions;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::people::{People, SPACE};
use crate::bar::MeasureError;
use crate::child::data_folder;
use crate::progress::progress;

pub(super) const TOKEN: &str = "bench";
/// How many people are made, unless the environment says otherwise.
const PROFILES: u64 = 10_000_000;
/// Events that are appended at a time, and that the service may be behind while people are made.
const CHUNK: usize = 10_000;
const BEHIND_MAX: u64 = 200_000;
const TELL_EVERY: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(600);
const UNLOCK_MAX: Duration = Duration::from_secs(60);

pub(super) struct House {
    pub(super) people: People,
    pub(super) runtime: Runtime,
    pub(super) events: Partition,
    computed: Partition,
    pub(super) made_per_s: f64,
    running: Option<Running>,
    log: Log,
    pub(super) folder: TempDir,
}

struct Running {
    handle: ProfilesHandle,
    stop: oneshot::Sender<()>,
    work: JoinHandle<Result<(), MeasureError>>,
}

struct Anybody;

impl SpaceAccess for Anybody {
    fn accepts(&self, _space: &WorkspaceId, access_token: &str) -> bool {
        access_token == TOKEN
    }

    fn person_token_secrets(&self, _space: &WorkspaceId) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

struct NoJournal;

impl JournalProgress for NoJournal {
    fn processed_until(&self) -> u64 {
        0
    }
}

impl House {
    pub(super) fn build() -> Result<Self, MeasureError> {
        let count =
            std::env::var("PRIMEDATA_BENCH_PROFILES").ok().and_then(|text| text.parse().ok()).unwrap_or(PROFILES);
        let folder = data_folder()?;
        let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let log = Log::open(LogOptions { dir: folder.path().join("log"), segment_bytes_max: 64 << 20 })?;
        let kept = TopicOptions { bytes_max: 2 << 30, age_max: None, when_full: WhenFull::TrimOldest };
        let mut house = Self {
            people: People::new(count),
            events: log.partition("events", 0, kept.clone())?,
            computed: log.partition("computed", 0, kept)?,
            made_per_s: 0.0,
            running: None,
            runtime,
            log,
            folder,
        };
        house.start()?;
        let (started, mut told) = (Instant::now(), Instant::now());
        for first in (0..count).step_by(CHUNK) {
            if told.elapsed() > TELL_EVERY {
                told = Instant::now();
                progress(&format!("{first} of {count} people made"));
            }
            let people = first..count.min(first + CHUNK as u64);
            let records = people.map(|person| house.people.introduce(person)).collect();
            house.append(records)?;
            house.wait_within(BEHIND_MAX)?;
        }
        house.settle()?;
        house.made_per_s = count as f64 / started.elapsed().as_secs_f64();
        progress(&format!("{count} people made, {:.0} a second", house.made_per_s));
        Ok(house)
    }

    /// Starts the service over what is there.
    pub(super) fn start(&mut self) -> Result<(), MeasureError> {
        let wrong = |error: &dyn std::fmt::Display| MeasureError::Wrong(error.to_string());
        let rules = Rules::default().compile().map_err(|_| wrong(&"the default rules cannot be used"))?;
        let state = StateOptions { cache_bytes: 1 << 30, ..StateOptions::of("") };
        let options = ProfilesOptions {
            space: SpaceOptions { rules, identity_key: [7; 16], memory: Memory::default(), rows_max: 400_000 },
            states: Arc::new(FolderStates::new(self.folder.path().join("profiles"), state)),
            access: Arc::new(Anybody),
            computer: Arc::new(NothingComputed),
            journal: Arc::new(NoJournal),
        };
        let streams = ServiceStreams { events: self.events.clone(), computed: self.computed.clone() };
        let entered = self.runtime.enter();
        let opening = Instant::now();
        let service = loop {
            match ProfilesService::open(options.clone(), streams.clone()) {
                Ok(service) => break service,
                // Whoever had the state before lets go of it with the last thread in its background.
                Err(_) if opening.elapsed() < UNLOCK_MAX => std::thread::sleep(Duration::from_millis(10)),
                Err(error) => return Err(wrong(&error)),
            }
        };
        drop(entered);
        let handle = service.handle();
        let (stop, asked) = oneshot::channel();
        let work = self.runtime.spawn(async move {
            let done = service.run(async { drop(asked.await) }).await;
            done.map_err(|error| MeasureError::Wrong(error.to_string()))
        });
        self.running = Some(Running { handle, stop, work });
        Ok(())
    }

    pub(super) fn stop(&mut self) -> Result<(), MeasureError> {
        let Some(Running { handle, stop, work }) = self.running.take() else { return Ok(()) };
        drop((handle, stop));
        self.runtime.block_on(work).map_err(|error| MeasureError::Wrong(error.to_string()))?
    }

    pub(super) fn handle(&self) -> ProfilesHandle {
        self.running.as_ref().expect("the service runs while it is measured").handle.clone()
    }

    pub(super) fn space(&self) -> Option<Arc<SpaceProfiles>> {
        self.running.as_ref()?.handle.space(SPACE)
    }

    pub(super) fn append(&self, records: Vec<Bytes>) -> Result<(), MeasureError> {
        self.runtime.block_on(self.events.append(records))?;
        Ok(())
    }

    /// Waits until all events were taken.
    pub(super) fn settle(&self) -> Result<(), MeasureError> {
        self.wait_within(0)
    }

    fn wait_within(&self, behind: u64) -> Result<(), MeasureError> {
        match self.events.bounds().end.saturating_sub(behind) {
            0 => Ok(()),
            end => self.reach(end),
        }
    }

    /// Waits until all events before this one were taken.
    pub(super) fn reach(&self, end: u64) -> Result<(), MeasureError> {
        let space = loop {
            match self.space() {
                Some(space) => break space,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        let reached = self.runtime.block_on(space.reach(&Position::Events(end).to_string(), PATIENCE));
        reached.map_err(|error| MeasureError::Wrong(error.to_string()))
    }

    pub(super) fn settings(&self) -> serde_json::Value {
        serde_json::json!({ "profiles": self.people.count, "made_per_s": self.made_per_s.round() })
    }
}

impl Drop for House {
    fn drop(&mut self) {
        let _ = self.stop();
        self.runtime.block_on(self.log.close());
    }
}
