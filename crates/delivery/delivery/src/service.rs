use std::collections::HashMap;
use std::sync::Arc;

use prime_archive::{ArchiveHandle, Streams};
use prime_control::{Definitions, Destination};
use prime_destination::{Boards, RequestDestination};
use prime_event::DestinationId;
use prime_log::Log;
use prime_outbound::StartError;
use prime_runtime::ShutdownSignal;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinHandle, spawn_blocking};
use tracing::{error, warn};

use crate::follower::{Follower, group};
use crate::handle::DeliveryHandle;
use crate::job::{Courier, Gate};
use crate::options::DeliveryOptions;
use crate::receipts::{ReceiptBook, ReceiptStream};
use crate::wiring::Wiring;

/// Carries events to every destination that takes requests, following the definitions.
pub struct DeliveryService {
    options: Arc<DeliveryOptions>,
    streams: Streams,
    boards: Arc<Boards>,
    handle: DeliveryHandle,
    receipts: Option<ReceiptStream>,
}

/// A follower at work.
struct Running {
    wiring: watch::Sender<Arc<Wiring>>,
    task: JoinHandle<()>,
}

type Followers = HashMap<DestinationId, Running>;

impl DeliveryService {
    /// Starts nothing yet: where nothing is delivered, the handle is all that is needed.
    pub fn new(options: DeliveryOptions, streams: Streams, archive: ArchiveHandle) -> Result<Self, StartError> {
        let (handle, boards) = (DeliveryHandle::of_several(&options, archive)?, Arc::new(Boards::default()));
        handle.wall.hang(streams.events.clone(), Arc::clone(&boards));
        Ok(Self { options: Arc::new(options), streams, boards, handle, receipts: None })
    }

    /// Leaves a receipt of every step of every event there.
    pub fn with_receipts(self, stream: ReceiptStream) -> Self {
        Self { receipts: Some(stream), ..self }
    }

    pub fn handle(&self) -> DeliveryHandle {
        self.handle.clone()
    }

    /// Works until a stop is asked for, then lets the requests under way end, at most for one request's timeout, makes the
    /// positions durable and returns.
    pub async fn run(self, shutdown: ShutdownSignal) {
        let mut published = self.streams.control.subscribe();
        let mut followers = Followers::new();
        let first = published.borrow_and_update().clone();
        if self.options.forget_unknown {
            self.forget_unknown(&first).await;
        }
        loop {
            let definitions = published.borrow_and_update().clone();
            self.follow(&definitions, &mut followers, &shutdown);
            self.forget_deleted(&definitions, &mut followers).await;
            tokio::select! {
                () = shutdown.asked() => break,
                changed = published.changed() => if changed.is_err() { shutdown.asked().await; break },
            }
        }
        for (id, follower) in followers {
            report(&id, follower.task.await);
        }
    }

    fn follow(&self, definitions: &Definitions, followers: &mut Followers, shutdown: &ShutdownSignal) {
        for destination in definitions.destinations.values() {
            let Some(kind) = prime_destinations::find_requests(&destination.metadata_id) else { continue };
            match followers.get(&destination.id) {
                Some(follower) => {
                    let changed = follower.wiring.borrow().destination != *destination;
                    if changed {
                        follower.wiring.send_replace(Arc::new(Wiring::new(kind, Arc::clone(destination))));
                    }
                }
                None => {
                    followers.insert(destination.id.clone(), self.start(kind, destination, shutdown));
                }
            }
        }
    }

    fn start(
        &self,
        kind: &dyn RequestDestination,
        destination: &Arc<Destination>,
        shutdown: &ShutdownSignal,
    ) -> Running {
        let (wiring, wired) = watch::channel(Arc::new(Wiring::new(kind, Arc::clone(destination))));
        let courier = Courier {
            id: destination.id.clone(),
            options: Arc::clone(&self.options),
            sender: self.handle.sender.clone(),
            board: self.boards.put_up(&destination.id),
            counters: self.streams.counters.destination(&destination.id),
            wiring: wired,
            gate: Gate::open(),
            receipts: ReceiptBook::of(self.receipts.clone()),
            shutdown: shutdown.clone(),
        };
        let (streams, shutdown) = (self.streams.clone(), shutdown.clone());
        let task = tokio::spawn(async move {
            tokio::select! {
                follower = Follower::open(streams, Arc::new(courier)) => follower.run().await,
                () = shutdown.asked() => {}
            }
        });
        Running { wiring, task }
    }

    async fn forget_deleted(&self, definitions: &Definitions, followers: &mut Followers) {
        let deleted: Vec<_> =
            followers.keys().filter(|id| !definitions.destinations.contains_key(*id)).cloned().collect();
        for id in deleted {
            let Some(follower) = followers.remove(&id) else { continue };
            follower.task.abort();
            report(&id, follower.task.await);
            self.boards.take_down(&id);
            forget(&self.streams.log, group(&id)).await;
        }
    }

    /// Forgets the positions of destinations, archives included, that were deleted while nobody followed the definitions.
    async fn forget_unknown(&self, definitions: &Definitions) {
        let log = self.streams.log.clone();
        let groups = match spawn_blocking(move || log.groups()).await {
            Ok(Ok(groups)) => groups,
            Ok(Err(error)) => return warn!(%error, "failed to list positions; those of deleted destinations stay"),
            Err(_) => return,
        };
        for group in groups {
            let id = group.strip_prefix("destination/").map(DestinationId::new);
            if id.is_some_and(|id| !definitions.destinations.contains_key(&id)) {
                forget(&self.streams.log, group).await;
            }
        }
    }
}

async fn forget(log: &Log, group: String) {
    let log = log.clone();
    let forgotten = spawn_blocking(move || log.forget(&group).map_err(|error| (group, error))).await;
    if let Ok(Err((group, error))) = forgotten {
        warn!(group, %error, "failed to forget the position of a deleted destination");
    }
}

/// A follower that panicked takes nobody else along; its position stays where it was.
fn report(id: &DestinationId, outcome: Result<(), JoinError>) {
    if let Err(error) = outcome
        && error.is_panic()
    {
        error!(destination = %id, %error, "a follower panicked; its destination is followed again after the next start");
    }
}
