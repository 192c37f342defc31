use std::collections::HashMap;
use std::sync::Arc;

use prime_control::{ARCHIVE_METADATA_ID, ControlStore, Definitions, Destination};
use prime_destination::Boards;
use prime_event::DestinationId;
use prime_log::{Log, Partition};
use prime_runtime::{Counters, ShutdownSignal};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::warn;

use crate::follower::{Follower, Lanes, group};
use crate::handle::ArchiveHandle;
use crate::options::ArchiveOptions;

/// What a delivery service reads from and reports to.
#[derive(Clone)]
pub struct Streams {
    pub log: Log,
    /// The `events` topic, or the partition of it that the service carries.
    pub events: Partition,
    pub control: ControlStore,
    pub counters: Arc<Counters>,
}

/// Writes every archive there is, following the definitions.
pub struct ArchiveService {
    options: Arc<ArchiveOptions>,
    streams: Streams,
    boards: Arc<Boards>,
    handle: ArchiveHandle,
}

/// A follower at work.
struct Running {
    definition: watch::Sender<Arc<Destination>>,
    task: JoinHandle<()>,
}

impl ArchiveService {
    /// Starts nothing yet: where archives are not written, the handle is all that is needed.
    pub fn new(options: ArchiveOptions, streams: Streams) -> Self {
        let (handle, boards) = (ArchiveHandle::of_several(&options), Arc::new(Boards::default()));
        handle.wall.hang(streams.events.clone(), Arc::clone(&boards));
        Self { options: Arc::new(options), streams, boards, handle }
    }

    pub fn handle(&self) -> ArchiveHandle {
        self.handle.clone()
    }

    /// Works until a stop is asked for, then writes what has gathered, at most for `stop_timeout`, and returns.
    pub async fn run(self, shutdown: ShutdownSignal) {
        let mut published = self.streams.control.subscribe();
        let lanes = Arc::new(Lanes::default());
        let mut running = HashMap::new();
        loop {
            let definitions = published.borrow_and_update().clone();
            self.follow(&definitions, &mut running, &lanes, &shutdown);
            self.forget_deleted(&definitions, &mut running).await;
            tokio::select! {
                () = shutdown.asked() => break,
                changed = published.changed() => if changed.is_err() { shutdown.asked().await; break },
            }
        }
        for (_, follower) in running {
            finished(follower.task.await);
        }
    }

    fn follow(
        &self,
        definitions: &Definitions,
        running: &mut HashMap<DestinationId, Running>,
        lanes: &Arc<Lanes>,
        shutdown: &ShutdownSignal,
    ) {
        for destination in definitions.destinations.values().filter(|each| each.metadata_id == ARCHIVE_METADATA_ID) {
            match running.get(&destination.id) {
                Some(follower) => {
                    follower.definition.send_if_modified(|current| {
                        let changed = *current != *destination;
                        current.clone_from(destination);
                        changed
                    });
                }
                None => {
                    let (definition, followed) = watch::channel(Arc::clone(destination));
                    let follower = Follower {
                        options: Arc::clone(&self.options),
                        streams: self.streams.clone(),
                        handle: self.handle.clone(),
                        board: self.boards.put_up(&destination.id),
                        lanes: Arc::clone(lanes),
                        definition: followed,
                        shutdown: shutdown.clone(),
                    };
                    let task = tokio::spawn(follower.run());
                    running.insert(destination.id.clone(), Running { definition, task });
                }
            }
        }
    }

    async fn forget_deleted(&self, definitions: &Definitions, running: &mut HashMap<DestinationId, Running>) {
        let deleted: Vec<_> =
            running.keys().filter(|id| !definitions.destinations.contains_key(*id)).cloned().collect();
        for id in deleted {
            let Some(follower) = running.remove(&id) else { continue };
            // A pass under way is not worth finishing: its destination is gone.
            follower.task.abort();
            finished(follower.task.await);
            self.boards.take_down(&id);
            let (log, group) = (self.streams.log.clone(), group(&id));
            let forgotten = tokio::task::spawn_blocking(move || log.forget(&group)).await;
            if let Ok(Err(error)) = forgotten {
                warn!(destination = %id, %error, "failed to forget the position of a deleted archive");
            }
        }
    }
}

/// A follower that panicked takes nobody else along; its position stays where it was.
fn finished(outcome: Result<(), tokio::task::JoinError>) {
    if let Err(error) = outcome
        && error.is_panic()
    {
        tracing::error!(%error, "an archive's follower panicked; it is followed again after the next start");
    }
}
