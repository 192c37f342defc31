use std::collections::{BTreeMap, HashMap};
use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::Mutex;
use prime_control::{ARCHIVE_METADATA_ID, ControlStore, Destination};
use prime_event::{Timestamp, WorkspaceId};
use prime_log::Partition;
use prime_outbound::Client;
use prime_receipts::ReceiptsHandle;
use prime_runtime::{Counters, ShutdownSignal};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use tokio_util::sync::CancellationToken;
use tracing::error;

use super::model::{Replay, ReplayCounts, ReplaySpec, ReplayState};
use super::runner::Runner;
use super::selection::{ReplayPreview, Selection};
use super::store::Store;
use crate::handle::DeliveryHandle;
use crate::options::DeliveryOptions;

/// Replays that are remembered; of more, the oldest that have ended go.
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
    pub(super) sender: Client,
    receipts: ReceiptsHandle,
    store: Store,
    replays: Mutex<BTreeMap<u32, Replay>>,
    /// Of those that work.
    stops: Mutex<HashMap<u32, CancellationToken>>,
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
        for replay in replays.iter().filter(|replay| replay.state == ReplayState::Running) {
            let _ = begin.send(replay.number);
        }
        let replays = Mutex::new(replays.into_iter().map(|replay| (replay.number, replay)).collect());
        let (sender, stops) = (deliveries.sender.clone(), Mutex::default());
        let shared = Shared { options, streams, control, counters, sender, receipts, store, replays, stops, begin };
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
                    running.spawn(work(Arc::clone(&shared), number, stop));
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

async fn work(shared: Arc<Shared>, number: u32, stop: CancellationToken) {
    let replay = shared.replays.lock().get(&number).filter(|replay| replay.state == ReplayState::Running).cloned();
    let Some(replay) = replay else { return };
    let (receipts, workspace, source, spec) =
        (shared.receipts.clone(), replay.workspace.clone(), replay.source.clone(), replay.spec.clone());
    let selected = spawn_blocking(move || Selection::of(workspace, source, spec, &receipts)).await;
    match selected.expect("looking receipts up does not panic") {
        Ok(selection) => Runner { shared: Arc::clone(&shared), selection, replay, stop }.run().await,
        Err(error) => error!(replay = number, %error, "the events of a replay cannot be found; a restart tries again"),
    }
    shared.stops.lock().remove(&number);
}

impl ReplayHandle {
    /// What a replay would send. Blocking.
    pub fn preview(&self, destination: &Destination, spec: &ReplaySpec) -> Result<ReplayPreview, ReplayError> {
        let (_, preview) = self.shared.look(destination, spec)?;
        Ok(preview)
    }

    /// Begins a replay; it is remembered when this returns. Blocking.
    pub fn start(&self, destination: &Destination, spec: ReplaySpec, by: &str) -> Result<Replay, ReplayError> {
        if !destination.enabled {
            return Err(ReplayError::Disabled);
        }
        let (selection, preview) = self.shared.look(destination, &spec)?;
        if preview.events == 0 && preview.is_complete {
            return Err(ReplayError::Nothing);
        }
        let mut replays = self.shared.replays.lock();
        let is_running =
            |replay: &Replay| replay.state == ReplayState::Running && replay.spec.destination == destination.id;
        if replays.values().any(is_running) {
            return Err(ReplayError::Busy);
        }
        let now = Timestamp::now();
        let replay = Replay {
            number: replays.keys().next_back().map_or(1, |number| number + 1),
            workspace: destination.workspace.clone(),
            source: destination.source.clone(),
            stretches: selection.stretches(&self.shared.streams.events),
            spec,
            started_by: by.to_owned(),
            started_at: now,
            state: ReplayState::Running,
            total: preview.events,
            counts: ReplayCounts::default(),
            changed_at: now,
        };
        self.shared.store.save(&replay).map_err(|error| ReplayError::Failed(error.to_string()))?;
        replays.insert(replay.number, replay.clone());
        self.shared.forget_old(&mut replays);
        let _ = self.shared.begin.send(replay.number);
        Ok(replay)
    }

    /// Those of a workspace, newest first.
    pub fn list(&self, workspace: &WorkspaceId) -> Vec<Replay> {
        let replays = self.shared.replays.lock();
        replays.values().rev().filter(|replay| replay.workspace == *workspace).cloned().collect()
    }

    pub fn get(&self, workspace: &WorkspaceId, number: u32) -> Option<Replay> {
        self.shared.replays.lock().get(&number).filter(|replay| replay.workspace == *workspace).cloned()
    }

    /// Sends nothing more of it. Requests under way are broken off. Blocking.
    pub fn cancel(&self, replay: &Replay) -> Result<Replay, ReplayError> {
        let mut replays = self.shared.replays.lock();
        let Some(known) = replays.get_mut(&replay.number) else { return Ok(replay.clone()) };
        if known.state == ReplayState::Running {
            let cancelled = Replay { state: ReplayState::Cancelled, changed_at: Timestamp::now(), ..known.clone() };
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
    fn look(&self, destination: &Destination, spec: &ReplaySpec) -> Result<(Selection, ReplayPreview), ReplayError> {
        if destination.metadata_id == ARCHIVE_METADATA_ID {
            return Err(ReplayError::NoRequests);
        }
        let (workspace, source) = (destination.workspace.clone(), destination.source.clone());
        let selection = Selection::of(workspace, source, spec.clone(), &self.receipts);
        let selection = selection.map_err(|error| ReplayError::Failed(format!("Receipts cannot be read: {error}.")))?;
        let preview = selection.preview(&self.streams.events, &self.receipts);
        let preview = preview.map_err(|error| ReplayError::Failed(format!("It cannot be counted: {error}.")))?;
        Ok((selection, preview))
    }

    /// Shows what is not written down yet.
    pub(super) fn show(&self, number: u32, counts: ReplayCounts) {
        if let Some(replay) = self.replays.lock().get_mut(&number).filter(|replay| replay.state == ReplayState::Running)
        {
            replay.counts = counts;
            replay.total = replay.total.max(counts.ended());
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
            let ended = replays.values().find(|replay| replay.state != ReplayState::Running);
            let Some(number) = ended.map(|replay| replay.number) else { return };
            replays.remove(&number);
            if let Err(error) = self.store.remove(number) {
                error!(replay = number, %error, "an old replay cannot be removed");
            }
        }
    }
}
