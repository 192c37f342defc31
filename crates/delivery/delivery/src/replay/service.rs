use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use prime_control::{ARCHIVE_METADATA_ID, ControlStore, Destination};
use prime_event::{DestinationId, Timestamp, WorkspaceId};
use prime_log::Partition;
use prime_receipts::ReceiptsHandle;
use prime_runtime::{Counters, ShutdownSignal};
use prime_state::StateError;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::model::{Replay, ReplayCounts, ReplayScope, ReplaySpec, ReplayState, Stretch};
use super::preview::{ReplayPreview, preview};
use super::selection::Selection;
use super::source::Source;
use super::store::Store;
use super::work::work;
use crate::handle::DeliveryHandle;
use crate::options::DeliveryOptions;
use crate::wiring::Wiring;

/// Replays that are remembered; of more, the oldest whose receipts have ended go.
const KEPT_MAX: usize = 500;

/// What replays read and write.
#[derive(Clone, Debug)]
pub struct ReplayStreams {
    /// All partitions of `events`, by number.
    pub events: Vec<Partition>,
    /// As many of `receipts`.
    pub receipts: Vec<Partition>,
}

/// Why a replay does not begin, or cannot be looked at.
#[derive(Debug, Error)]
pub enum ReplayError {
    #[error("another replay of the destination is running")]
    Busy,
    #[error("the destination is switched off")]
    Disabled,
    #[error("the destination takes files, not single events")]
    NoRequests,
    #[error("there is nothing to send")]
    Nothing,
    /// Expired events cannot be read: in a sentence.
    #[error("{0}")]
    Store(String),
    #[error("{0}")]
    Failed(String),
}

/// Sends past events again, on the node where people ask for it. A replay that was running goes on after a restart.
pub struct ReplayService {
    handle: ReplayHandle,
    begun: mpsc::UnboundedReceiver<u32>,
}

/// Begins, shows and cancels replays. Cheap to clone.
#[derive(Clone)]
pub struct ReplayHandle {
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) options: DeliveryOptions,
    pub(super) streams: ReplayStreams,
    pub(super) control: ControlStore,
    pub(super) counters: Arc<Counters>,
    pub(super) deliveries: DeliveryHandle,
    pub(super) receipts: ReceiptsHandle,
    store: Store,
    replays: Mutex<BTreeMap<u32, Replay>>,
    /// Of those that work.
    pub(super) stops: Mutex<HashMap<u32, CancellationToken>>,
    begin: mpsc::UnboundedSender<u32>,
}

impl ReplayService {
    /// With what is in the folder. Reads files.
    pub fn open(
        folder: &Path,
        options: DeliveryOptions,
        streams: ReplayStreams,
        control: ControlStore,
        counters: Arc<Counters>,
        deliveries: &DeliveryHandle,
        receipts: ReceiptsHandle,
    ) -> io::Result<Self> {
        let (store, replays) = Store::open(folder)?;
        let (begin, begun) = mpsc::unbounded_channel();
        for replay in replays.iter().filter(|replay| !replay.is_settled) {
            let _ = begin.send(replay.number);
        }
        let replays = Mutex::new(replays.into_iter().map(|replay| (replay.number, replay)).collect());
        let (deliveries, stops) = (deliveries.clone(), Mutex::default());
        let shared = Shared { options, streams, control, counters, deliveries, receipts, store, replays, stops, begin };
        Ok(Self { handle: ReplayHandle { shared: Arc::new(shared) }, begun })
    }

    pub fn handle(&self) -> ReplayHandle {
        self.handle.clone()
    }

    /// Works until a stop is asked for; what is under way then is sent again after the next start.
    pub async fn run(mut self, shutdown: ShutdownSignal) {
        let (shared, all) = (self.handle.shared, CancellationToken::new());
        let mut running = JoinSet::new();
        loop {
            tokio::select! {
                () = shutdown.asked() => break,
                Some(number) = self.begun.recv() => {
                    let stop = all.child_token();
                    shared.stops.lock().insert(number, stop.clone());
                    running.spawn(work(Arc::clone(&shared), number, stop, all.clone()));
                }
                Some(ended) = running.join_next(), if !running.is_empty() => {
                    if let Err(error) = ended {
                        error!(%error, "a replay ended by a panic");
                    }
                }
            }
        }
        all.cancel();
        while running.join_next().await.is_some() {}
    }
}

impl ReplayHandle {
    /// What a replay would send.
    pub async fn preview(&self, destination: &Destination, spec: &ReplaySpec) -> Result<ReplayPreview, ReplayError> {
        let (_, preview) = self.shared.look(destination, spec).await?;
        Ok(preview)
    }

    /// Begins a replay; it is remembered when this returns.
    pub async fn start(&self, destination: &Destination, spec: ReplaySpec, by: &str) -> Result<Replay, ReplayError> {
        if !destination.enabled {
            return Err(ReplayError::Disabled);
        }
        let (source, preview) = self.shared.look(destination, &spec).await?;
        if preview.events == 0 && preview.is_complete {
            return Err(ReplayError::Nothing);
        }
        let now = Timestamp::now();
        let replay = Replay {
            number: 0,
            workspace: destination.workspace.clone(),
            source: destination.source.clone(),
            files: source.paths().to_vec(),
            stretches: source.stretches().to_vec(),
            owed: None,
            spec,
            started_by: by.to_owned(),
            started_at: now,
            state: ReplayState::Running,
            total: preview.events,
            counts: ReplayCounts::default(),
            held_up: None,
            is_settled: false,
            changed_at: now,
        };
        let shared = Arc::clone(&self.shared);
        spawn_blocking(move || shared.begin(replay)).await.expect("beginning a replay does not panic")
    }

    /// Those of a workspace, newest first.
    pub fn list(&self, workspace: &WorkspaceId) -> Vec<Replay> {
        let replays = self.shared.replays.lock();
        replays.values().rev().filter(|replay| replay.workspace == *workspace).cloned().collect()
    }

    pub fn get(&self, workspace: &WorkspaceId, number: u32) -> Option<Replay> {
        self.shared.replays.lock().get(&number).filter(|replay| replay.workspace == *workspace).cloned()
    }

    /// Sends nothing more of it. Requests under way are broken off. Events that were tried in vain and wait for another attempt count
    /// as failed, and get receipts that say so, as soon as all receipts before were read. Blocking.
    pub fn cancel(&self, replay: &Replay) -> Result<Replay, ReplayError> {
        let mut replays = self.shared.replays.lock();
        let Some(known) = replays.get_mut(&replay.number) else { return Ok(replay.clone()) };
        if known.state == ReplayState::Running {
            let (state, changed_at) = (ReplayState::Cancelled, Timestamp::now());
            let cancelled = Replay { state, changed_at, held_up: None, ..known.clone() };
            self.shared.store.save(&cancelled).map_err(|error| ReplayError::Failed(error.to_string()))?;
            *known = cancelled;
            if let Some(stop) = self.shared.stops.lock().get(&replay.number) {
                stop.cancel();
            }
        }
        Ok(known.clone())
    }
}

impl Shared {
    /// Events a second that the destination takes beside the replay.
    pub(super) fn taken_per_second(&self, replay: &Replay) -> f64 {
        self.deliveries.queue(&replay.spec.destination).map_or(0.0, |queue| queue.rate_per_second)
    }

    /// Finds what a replay reads, and counts what it would send.
    async fn look(
        self: &Arc<Self>,
        destination: &Destination,
        spec: &ReplaySpec,
    ) -> Result<(Source, ReplayPreview), ReplayError> {
        if destination.metadata_id == ARCHIVE_METADATA_ID {
            return Err(ReplayError::NoRequests);
        }
        let (shared, spec) = (Arc::clone(self), spec.clone());
        let (workspace, from) = (destination.workspace.clone(), destination.source.clone());
        let find = move || {
            let replays = shared.may_have_sent_to(&spec.destination);
            let failures_max = shared.options.replay_failures_max;
            let selection = Selection::of(workspace, from, spec.clone(), &replays, &shared.receipts, failures_max)?;
            let failures = match spec.scope {
                ReplayScope::Everything => Some(selection.failures(&replays, &shared.receipts, failures_max)?),
                ReplayScope::Failures | ReplayScope::Expired => None,
            };
            Ok((spec.scope, selection, failures))
        };
        let found: Result<_, StateError> = spawn_blocking(find).await.expect("looking receipts up does not panic");
        let (scope, selection, failures) =
            found.map_err(|error| ReplayError::Failed(format!("Receipts cannot be read: {error}.")))?;
        let source = match scope {
            ReplayScope::Everything | ReplayScope::Failures => {
                Source::events(&self.streams.events, selection.stretches(&self.streams.events))
            }
            ReplayScope::Expired => {
                let files = self.options.expired.files(&destination.id).await;
                let mut files = files.map_err(|error| ReplayError::Store(error.to_string()))?;
                files.retain(|file| selection.may_be_in(file));
                let stretches = files.iter().map(|file| Stretch { start: 0, end: file.events }).collect();
                let paths = files.into_iter().map(|file| file.path).collect();
                Source::files(&self.options.expired, paths, stretches)
            }
        };
        let counted = preview(&selection, &source).await;
        let counted = counted.map_err(|error| match scope {
            ReplayScope::Everything | ReplayScope::Failures => ReplayError::Failed(error.to_string()),
            ReplayScope::Expired => ReplayError::Store(error.to_string()),
        })?;
        let failures = failures.unwrap_or(counted.events);
        let is_complete = counted.is_complete && selection.is_complete();
        Ok((source, ReplayPreview { failures, is_complete, ..counted }))
    }

    /// Remembers a replay, under a number of its own, and lets it begin. Blocking.
    fn begin(&self, replay: Replay) -> Result<Replay, ReplayError> {
        let mut replays = self.replays.lock();
        let is_running =
            |other: &Replay| other.state == ReplayState::Running && other.spec.destination == replay.spec.destination;
        if replays.values().any(is_running) {
            return Err(ReplayError::Busy);
        }
        let number = replays.keys().next_back().map_or(1, |number| number + 1);
        let replay = Replay { number, ..replay };
        self.store.save(&replay).map_err(|error| ReplayError::Failed(error.to_string()))?;
        replays.insert(number, replay.clone());
        self.forget_old(&mut replays);
        let _ = self.begin.send(number);
        Ok(replay)
    }

    /// Numbers of replays that may have sent to this destination: those that did, and those that are no longer remembered.
    pub(super) fn may_have_sent_to(&self, destination: &DestinationId) -> Vec<u32> {
        let replays = self.replays.lock();
        let last = replays.keys().next_back().copied().unwrap_or(0);
        let is_to = |number: &u32| replays.get(number).is_none_or(|replay| replay.spec.destination == *destination);
        (1..=last).filter(is_to).collect()
    }

    /// The destination of a replay as it is defined now; none when it takes nothing any more.
    pub(super) fn wiring(&self, replay: &Replay) -> Option<Wiring> {
        let definitions = self.control.definitions();
        let destination =
            definitions.destination(&replay.spec.destination).filter(|destination| destination.enabled)?;
        let kind = prime_destinations::find_requests(&destination.metadata_id)?;
        Some(Wiring::new(kind, Arc::clone(destination)))
    }

    /// Ends a replay before all was sent, for a reason in a sentence if there is one to be told.
    pub(super) async fn give_up(self: &Arc<Self>, number: u32, held_up: Option<String>) {
        let Some(replay) = self.running(number) else { return };
        let (state, changed_at) = (ReplayState::Cancelled, Timestamp::now());
        if let Err(error) = self.save(Replay { state, changed_at, held_up, ..replay }).await {
            error!(replay = number, %error, "the end of a replay cannot be written down");
        }
    }

    pub(super) fn replay(&self, number: u32) -> Option<Replay> {
        self.replays.lock().get(&number).cloned()
    }

    pub(super) fn running(&self, number: u32) -> Option<Replay> {
        self.replay(number).filter(|replay| replay.state == ReplayState::Running)
    }

    /// Tells what keeps a replay from going on.
    pub(super) fn hold_up(&self, number: u32, sentence: String) {
        if let Some(replay) = self.replays.lock().get_mut(&number).filter(|replay| replay.state == ReplayState::Running)
        {
            replay.held_up = Some(sentence);
        }
    }

    /// Writes down that the receipts of a replay have ended, `failed` of them only thereby.
    pub(super) async fn settled(self: &Arc<Self>, number: u32, failed: u64) -> io::Result<()> {
        let shared = Arc::clone(self);
        let save = move || {
            let mut replays = shared.replays.lock();
            let Some(known) = replays.get_mut(&number) else { return Ok(()) };
            let mut settled = Replay { is_settled: true, ..known.clone() };
            settled.counts.failed += failed;
            settled.total = settled.total.max(settled.counts.ended());
            shared.store.save(&settled)?;
            *known = settled;
            shared.forget_old(&mut replays);
            Ok(())
        };
        spawn_blocking(save).await.expect("writing a replay down does not panic")
    }

    /// Shows what is not written down yet.
    pub(super) fn show(&self, now: &Replay) {
        let mut replays = self.replays.lock();
        if let Some(replay) = replays.get_mut(&now.number).filter(|replay| replay.state == ReplayState::Running) {
            (replay.counts, replay.total) = (now.counts, now.total);
            replay.held_up.clone_from(&now.held_up);
        }
    }

    /// Writes down how far a replay is, unless it was cancelled meanwhile.
    pub(super) async fn save(self: &Arc<Self>, replay: Replay) -> io::Result<()> {
        let shared = Arc::clone(self);
        let save = move || {
            let mut replays = shared.replays.lock();
            let Some(known) = replays.get_mut(&replay.number).filter(|known| known.state == ReplayState::Running)
            else {
                return Ok(());
            };
            shared.store.save(&replay)?;
            *known = replay;
            Ok(())
        };
        spawn_blocking(save).await.expect("writing a replay down does not panic")
    }

    fn forget_old(&self, replays: &mut BTreeMap<u32, Replay>) {
        while replays.len() > KEPT_MAX {
            let ended = replays.values().find(|replay| replay.is_settled);
            let Some(number) = ended.map(|replay| replay.number) else { return };
            replays.remove(&number);
            if let Err(error) = self.store.remove(number) {
                error!(replay = number, %error, "an old replay cannot be removed");
            }
        }
    }
}
