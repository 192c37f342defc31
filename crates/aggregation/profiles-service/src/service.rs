use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use prime_event::{ComputedRecord, EventRecord, RecordError, WorkspaceId};
use prime_identity::Extractor;
use prime_log::{AppendError, Partition, ReadError, ReadLimit, Record};
use prime_profile_api::{Space, Spaces};
use prime_profiles::Dropped;
use prime_state::{State, StateError};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::{mpsc, watch};
use tokio_util::task::TaskTracker;

use crate::access::{JournalProgress, SpaceAccess, TraitComputer};
use crate::outputs::PRODUCER;
use crate::prepared::{Prepared, prepare};
use crate::space::{Applied, Shared, SpaceProfiles};
use crate::states::SpaceStates;
use crate::writer::{Round, SpaceOptions, SpaceWriter, WriterError};

/// What the service works with.
#[derive(Clone)]
pub struct ProfilesOptions {
    pub space: SpaceOptions,
    pub states: Arc<dyn SpaceStates>,
    pub access: Arc<dyn SpaceAccess>,
    pub computer: Arc<dyn TraitComputer>,
    pub journal: Arc<dyn JournalProgress>,
}

/// What the service reads and writes. The order of `events` is that of one partition.
#[derive(Clone)]
pub struct ServiceStreams {
    pub events: Partition,
    pub computed: Partition,
}

/// Why the service cannot go on, or not now.
#[derive(Debug, Error)]
pub enum ServiceError {
    #[error("failed to read a stream: {0}")]
    Read(#[from] ReadError),
    #[error("a record cannot be read by this version of the program: {0}")]
    Record(#[from] RecordError),
    #[error("failed to write to `computed`: {0}")]
    Append(#[from] AppendError),
    #[error("failed to list the spaces: {0}")]
    List(#[source] io::Error),
    #[error("the profiles of {workspace} cannot be kept: {error}")]
    Space { workspace: WorkspaceId, error: Box<dyn std::error::Error + Send + Sync> },
    #[error("a part of the service panicked")]
    Panicked,
}

/// Takes events and keeps profiles, until it is told to stop.
pub struct ProfilesService {
    options: ProfilesOptions,
    spaces: Arc<OpenSpaces>,
    applied: watch::Sender<Applied>,
    /// What was handed to threads that may block. It goes on when nobody waits for it any more.
    handed_over: TaskTracker,
}

/// A cheap handle to all spaces.
#[derive(Clone)]
pub struct ProfilesHandle {
    spaces: Arc<OpenSpaces>,
}

struct OpenSpaces {
    open: RwLock<HashMap<WorkspaceId, Arc<SpaceProfiles>>>,
    shared: Arc<Shared>,
}

/// A run of events, looked at one by one.
struct Run {
    spaces: Vec<SpaceRun>,
    next: u64,
    journal_last: Option<u64>,
}

struct SpaceRun {
    workspace: WorkspaceId,
    /// What the events were looked at with.
    extractor: Arc<Extractor>,
    events: Vec<Prepared>,
    dropped: Vec<Dropped>,
}

/// A run is bounded by what readers should wait for at most: this many take some 50 ms.
const RUN: ReadLimit = ReadLimit { bytes_max: 4 << 20, records_max: 2_048 };
/// Runs that are looked at while one is written.
const RUNS_AHEAD: usize = 1;
/// A space that had no events for this many of others notes how far it has come.
const IDLE_EVENTS: u64 = 100_000;
/// How long a failure is left to pass.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl ProfilesService {
    /// Opens all spaces that are there. Blocking, on a thread of the runtime.
    pub fn open(options: ProfilesOptions, streams: ServiceStreams) -> Result<Self, ServiceError> {
        let (applied, receiver) = watch::channel(Applied::default());
        let shared = Shared {
            access: options.access.clone(),
            computer: options.computer.clone(),
            journal: options.journal.clone(),
            events: streams.events,
            computed: streams.computed,
            applied: receiver,
        };
        let spaces = Arc::new(OpenSpaces { open: RwLock::default(), shared: Arc::new(shared) });
        let service = Self { options, spaces, applied, handed_over: TaskTracker::new() };
        for workspace in service.options.states.known().map_err(ServiceError::List)? {
            service.space(&workspace)?;
        }
        let next = service.next();
        service.applied.send_replace(Applied { events_next: next, journal_last: None });
        Ok(service)
    }

    /// Begins a space before its first event, so that it can be asked at once. Blocking, on a thread of the runtime.
    pub fn begin(&self, workspace: &WorkspaceId) -> Result<(), ServiceError> {
        self.space(workspace).map(|_| ())
    }

    pub fn handle(&self) -> ProfilesHandle {
        ProfilesHandle { spaces: self.spaces.clone() }
    }

    /// Works until `stop` resolves, then finishes the run under way. What may pass by itself is logged and tried again.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), ServiceError> {
        tokio::pin!(stop);
        let service = Arc::new(self);
        loop {
            let outcome = tokio::select! {
                outcome = Self::work(service.clone()) => outcome,
                () = &mut stop => return service.finish().await,
            };
            let Err(error) = outcome else { continue };
            if matches!(error, ServiceError::Record(_) | ServiceError::Panicked) {
                return Err(error);
            }
            tracing::error!(%error, "keeping profiles failed and will be tried again");
            tokio::select! {
                () = tokio::time::sleep(RETRY_AFTER) => {}
                () = &mut stop => return service.finish().await,
            }
            service.reopen_failed().await?;
        }
    }

    /// Reads ahead and writes, until something fails.
    async fn work(service: Arc<Self>) -> Result<(), ServiceError> {
        let (ahead, mut runs) = mpsc::channel(RUNS_AHEAD);
        let reader = Self::read_ahead(service.clone(), ahead);
        let writer = async {
            while let Some(run) = runs.recv().await {
                let taking = service.clone();
                service.blocking(move || taking.take(run)).await?;
            }
            Ok(())
        };
        tokio::try_join!(reader, writer).map(|_| ())
    }

    async fn read_ahead(service: Arc<Self>, runs: mpsc::Sender<Run>) -> Result<(), ServiceError> {
        let events = service.spaces.shared.events.clone();
        let mut next = service.next();
        loop {
            events.wait_beyond(next).await;
            let looking = service.clone();
            let run = service.blocking(move || looking.look_ahead(next)).await?;
            next = run.next;
            if runs.send(run).await.is_err() {
                return Ok(());
            }
        }
    }

    /// Waits for the run that is being written, or is about to be: whoever opens the spaces next must not meet it. There is
    /// nothing else to do, as each run commits.
    async fn finish(&self) -> Result<(), ServiceError> {
        self.handed_over.close();
        self.handed_over.wait().await;
        Ok(())
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, ServiceError> + Send + 'static,
    ) -> Result<T, ServiceError> {
        self.handed_over.spawn_blocking(work).await.map_err(|_| ServiceError::Panicked)?
    }

    async fn reopen_failed(self: &Arc<Self>) -> Result<(), ServiceError> {
        let service = self.clone();
        self.blocking(move || {
            let spaces: Vec<_> = service.spaces.open.read().values().cloned().collect();
            for space in spaces.into_iter().filter(|space| space.writer.lock().is_none()) {
                if let Err(error) = service.reopen(&space) {
                    tracing::error!(%error, "a space could not be opened again");
                }
            }
            Ok(())
        })
        .await
    }

    /// The first event that some space has not taken.
    fn next(&self) -> u64 {
        let start = self.spaces.shared.events.bounds().start;
        let spaces = self.spaces.open.read();
        let next = spaces.values().filter_map(|space| Some(space.writer.lock().as_ref()?.point().events_next)).min();
        match next {
            Some(next) if next < start => {
                tracing::error!(next, start, "events went before profiles took them; profiles lack what was in them");
                start
            }
            next => next.unwrap_or(start),
        }
    }

    /// Reads events and finds out all about them that needs no state.
    fn look_ahead(&self, next: u64) -> Result<Run, ServiceError> {
        let records = self.spaces.shared.events.read(next, RUN)?;
        let mut run = Run { spaces: Vec::new(), next, journal_last: None };
        for Record { offset, value, .. } in records {
            let record = EventRecord::decode(value)?;
            run.next = offset + 1;
            run.journal_last = Some(record.origin.offset);
            let place = run.spaces.iter().position(|space| space.workspace == record.workspace);
            let place = match place {
                Some(place) => place,
                None => {
                    let extractor = self.space(&record.workspace)?.extractor.lock().clone();
                    run.spaces.push(SpaceRun::of(record.workspace.clone(), extractor));
                    run.spaces.len() - 1
                }
            };
            let space = &mut run.spaces[place];
            match prepare(offset, &record, &space.extractor) {
                Ok(prepared) => space.events.push(prepared),
                Err(dropped) => space.dropped.push(dropped),
            }
        }
        Ok(run)
    }

    /// Writes a run to all spaces it is about, and tells readers.
    fn take(&self, run: Run) -> Result<(), ServiceError> {
        let Run { spaces, next, journal_last } = run;
        let touched: Vec<_> = spaces.iter().map(|space| space.workspace.clone()).collect();
        for space in spaces {
            self.take_space(space, next)?;
        }
        let idle: Vec<_> = self.spaces.open.read().values().cloned().collect();
        for space in idle.into_iter().filter(|space| !touched.contains(&space.workspace)) {
            let behind =
                space.writer.lock().as_ref().map_or(0, |writer| next.saturating_sub(writer.point().events_next));
            if behind > IDLE_EVENTS {
                let extractor = space.extractor.lock().clone();
                self.take_space(SpaceRun::of(space.workspace.clone(), extractor), next)?;
            }
        }
        self.applied.send_modify(|applied| {
            applied.events_next = applied.events_next.max(next);
            applied.journal_last = journal_last.or(applied.journal_last);
        });
        Ok(())
    }

    fn take_space(&self, mut run: SpaceRun, next: u64) -> Result<(), ServiceError> {
        let space = self.space(&run.workspace)?;
        let mut place = space.writer.lock();
        let failed = |error: WriterError| ServiceError::Space { workspace: run.workspace.clone(), error: error.into() };
        if place.is_none() {
            *place = Some(self.open_writer(&run.workspace, space.store.state().clone())?);
        }
        let writer = place.as_mut().expect("it was just opened");
        writer.count_dropped(&run.dropped);
        if writer.learn(&run.events) {
            *space.extractor.lock() = writer.extractor();
        }
        if !Arc::ptr_eq(&run.extractor, &writer.extractor()) {
            // The rules have changed since.
            run.events.iter_mut().for_each(|event| event.look_again(&writer.extractor()));
        }
        let outcome = write(writer, &run.events, next, &self.spaces.shared.computed);
        if outcome.is_err() {
            // What was decided and not written is in the graph's memory and in the cache: both go.
            *place = None;
        }
        outcome.map_err(|error| match error {
            WriteError::Writer(error) => failed(error),
            WriteError::Append(error) => error.into(),
        })
    }

    /// The space, opened where it is not yet.
    fn space(&self, workspace: &WorkspaceId) -> Result<Arc<SpaceProfiles>, ServiceError> {
        if let Some(space) = self.spaces.open.read().get(workspace) {
            return Ok(space.clone());
        }
        let failed = |error: StateError| ServiceError::Space { workspace: workspace.clone(), error: error.into() };
        let state = self.options.states.open(workspace).map_err(failed)?;
        let writer = self.open_writer(workspace, state)?;
        let space = Arc::new(SpaceProfiles {
            workspace: workspace.clone(),
            store: writer.store().clone(),
            key: writer.graph().fragment_key().clone(),
            extractor: Mutex::new(writer.extractor()),
            writer: Mutex::new(Some(writer)),
            shared: self.spaces.shared.clone(),
        });
        Ok(self.spaces.open.write().entry(workspace.clone()).or_insert(space).clone())
    }

    fn reopen(&self, space: &SpaceProfiles) -> Result<(), ServiceError> {
        let writer = self.open_writer(&space.workspace, space.store.state().clone())?;
        *space.writer.lock() = Some(writer);
        Ok(())
    }

    /// Opens a writer, and lets it know and complete what `computed` holds.
    fn open_writer(&self, workspace: &WorkspaceId, state: State) -> Result<SpaceWriter, ServiceError> {
        let failed = |error: WriterError| ServiceError::Space { workspace: workspace.clone(), error: error.into() };
        let computed = &self.spaces.shared.computed;
        let computed_end = computed.end_now()?;
        let mut writer =
            SpaceWriter::open(workspace.clone(), state, &self.options.space, computed_end).map_err(failed)?;
        let mut next = writer.point().computed_next.max(computed.bounds().start);
        loop {
            let records = computed.read(next, RUN)?;
            let Some(last) = records.last() else { break };
            next = last.offset + 1;
            for record in records {
                let record = ComputedRecord::decode(record.value)?;
                if record.producer == PRODUCER && record.workspace == *workspace {
                    writer.note_emitted(record.sequence);
                }
            }
        }
        let missing = writer.undelivered().map_err(failed)?;
        append(computed, missing)?;
        Ok(writer)
    }
}

impl SpaceRun {
    fn of(workspace: WorkspaceId, extractor: Arc<Extractor>) -> Self {
        Self { workspace, extractor, events: Vec::new(), dropped: Vec::new() }
    }
}

enum WriteError {
    Writer(WriterError),
    Append(AppendError),
}

/// First what others read, then the state: after a crash in between the same records come again, under the same numbers,
/// and are left out.
fn write(writer: &mut SpaceWriter, events: &[Prepared], next: u64, computed: &Partition) -> Result<(), WriteError> {
    let mut round: Round = writer.decide(events, next).map_err(WriteError::Writer)?;
    let records = std::mem::take(&mut round.records);
    let computed_next = append(computed, records).map_err(WriteError::Append)?;
    writer.commit(round, computed_next.unwrap_or(0)).map_err(WriteError::Writer)
}

/// Where the records end, if there were any. On a thread that may block.
fn append(computed: &Partition, records: Vec<Bytes>) -> Result<Option<u64>, AppendError> {
    if records.is_empty() {
        return Ok(None);
    }
    Ok(Some(Handle::current().block_on(computed.append(records))?.end))
}

impl ProfilesHandle {
    pub fn space(&self, workspace: &str) -> Option<Arc<SpaceProfiles>> {
        self.spaces.open.read().get(workspace).cloned()
    }

    /// The first event that profiles do not show yet.
    pub fn events_next(&self) -> u64 {
        self.spaces.shared.applied.borrow().events_next
    }

    /// How many events profiles do not show yet.
    pub fn behind(&self) -> u64 {
        self.spaces.shared.events.bounds().end.saturating_sub(self.events_next())
    }

    pub fn workspaces(&self) -> Vec<WorkspaceId> {
        self.spaces.open.read().keys().cloned().collect()
    }
}

impl Spaces for ProfilesHandle {
    fn space(&self, id: &str) -> Option<Arc<dyn Space>> {
        ProfilesHandle::space(self, id).map(|space| space as Arc<dyn Space>)
    }
}
