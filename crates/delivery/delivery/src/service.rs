use std::sync::Arc;
use std::time::Duration;

use prime_archive::{ArchiveHandle, Streams};
use prime_control::Definitions;
use prime_destination::Boards;
use prime_event::DestinationId;
use prime_log::{Log, Partition};
use prime_outbound::StartError;
use prime_runtime::ShutdownSignal;
use tokio::task::spawn_blocking;
use tokio::time::sleep;
use tracing::{error, info, warn};

use crate::carrier::{Carrier, End, Parts};
use crate::handle::DeliveryHandle;
use crate::options::DeliveryOptions;
use crate::receipts::ReceiptStream;
use crate::route::group;
use crate::wiring::Wiring;

/// Pause after what is owed could not be read.
const OPEN_PAUSE: Duration = Duration::from_secs(5);

/// Carries events to every destination that takes requests, following the definitions.
pub struct DeliveryService {
    options: Arc<DeliveryOptions>,
    streams: Streams,
    progress: Partition,
    boards: Arc<Boards>,
    handle: DeliveryHandle,
    receipts: Option<ReceiptStream>,
}

impl DeliveryService {
    /// Starts nothing yet: where nothing is delivered, the handle is all that is needed.
    ///
    /// `progress` is the partition of that topic with the number of the partition of `events`. Nobody else may write to it.
    pub fn new(
        options: DeliveryOptions,
        streams: Streams,
        progress: Partition,
        archive: ArchiveHandle,
    ) -> Result<Self, StartError> {
        let (handle, boards) = (DeliveryHandle::of_several(&options, archive)?, Arc::new(Boards::default()));
        handle.wall.hang(streams.events.clone(), Arc::clone(&boards));
        Ok(Self { options: Arc::new(options), streams, progress, boards, handle, receipts: None })
    }

    /// Leaves a receipt of every step of every event there.
    pub fn with_receipts(self, stream: ReceiptStream) -> Self {
        Self { receipts: Some(stream), ..self }
    }

    pub fn handle(&self) -> DeliveryHandle {
        self.handle.clone()
    }

    /// Works until a stop is asked for, then lets the requests under way end, at most for one request's timeout, makes what
    /// everybody is owed durable and returns. Returns earlier, and at once, when another process has taken the
    /// partition over: whoever runs it again takes it back.
    pub async fn run(self, shutdown: ShutdownSignal) {
        let mut published = self.streams.control.subscribe();
        let mut carrier = tokio::select! {
            carrier = self.open(&shutdown) => carrier,
            () = shutdown.asked() => return,
        };
        let first = published.borrow_and_update().clone();
        if self.options.forget_unknown {
            self.forget_unknown(&first, &mut carrier).await;
        }
        let end = loop {
            let definitions = published.borrow_and_update().clone();
            follow(&mut carrier, &definitions).await;
            self.forget_deleted(&mut carrier, &definitions).await;
            tokio::select! {
                end = carrier.work() => break end,
                changed = published.changed() => if changed.is_err() { break carrier.work().await },
            }
        };
        match end {
            End::StopAsked => carrier.stop().await,
            End::Fenced => {
                info!(partition = self.streams.events.number(), "another process delivers this partition now")
            }
        }
    }

    /// Tries until what is owed can be read: without it, events would be sent again that were delivered.
    async fn open(&self, shutdown: &ShutdownSignal) -> Carrier {
        loop {
            let opened = Carrier::open(Parts {
                options: Arc::clone(&self.options),
                streams: self.streams.clone(),
                progress: self.progress.clone(),
                receipts: self.receipts.clone(),
                sender: self.handle.sender.clone(),
                boards: Arc::clone(&self.boards),
                shutdown: shutdown.clone(),
            });
            match opened.await {
                Ok(carrier) => return carrier,
                Err(error) => error!(%error, "what destinations are owed cannot be read; trying again"),
            }
            sleep(OPEN_PAUSE).await;
        }
    }

    async fn forget_deleted(&self, carrier: &mut Carrier, definitions: &Definitions) {
        let followed: Vec<_> = carrier.routes.keys().cloned().collect();
        for id in followed.iter().filter(|id| !definitions.destinations.contains_key(*id)) {
            carrier.forget(id);
            forget(&self.streams.log, group(id)).await;
        }
    }

    /// Forgets the positions of destinations, archives included, that were deleted while nobody followed the definitions.
    async fn forget_unknown(&self, definitions: &Definitions, carrier: &mut Carrier) {
        carrier
            .known()
            .iter()
            .filter(|id| !definitions.destinations.contains_key(*id))
            .for_each(|id| carrier.forget(id));
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

/// Takes up what is new and what changed.
async fn follow(carrier: &mut Carrier, definitions: &Definitions) {
    let mut end = None;
    for destination in definitions.destinations.values() {
        let Some(kind) = prime_destinations::find_requests(&destination.metadata_id) else { continue };
        let wiring = || Arc::new(Wiring::new(kind, Arc::clone(destination)));
        match carrier.routes.get(&destination.id) {
            Some(route) if route.wiring.destination == *destination => {}
            Some(_) => carrier.rewire(wiring()),
            None => {
                // One place for all that are new together.
                let end = match end {
                    Some(end) => end,
                    None => *end.insert(carrier.newest_end().await),
                };
                carrier.follow(wiring(), end).await;
            }
        }
    }
}
