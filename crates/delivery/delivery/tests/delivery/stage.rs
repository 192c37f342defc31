//! A house whose service leaves receipts, which are followed, and replays on it.

use std::path::PathBuf;
use std::sync::Arc;

use prime_control::Destination;
use prime_delivery::{
    Replay, ReplayError, ReplayHandle, ReplayScope, ReplayService, ReplaySpec, ReplayState, ReplayStreams,
};
use prime_event::{DestinationId, Timestamp};
use prime_log::{Partition, TopicOptions, WhenFull};
use prime_receipts::{ReceiptsHandle, ReceiptsService, Sampling, StoreOptions, Totals};
use prime_runtime::{Counters, Shutdown};
use prime_state::State;
use serde_json::json;
use tempfile::TempDir;

use crate::house::{House, Service, eventually};
use crate::receiver::{Receiver, status};

pub(crate) struct Stage {
    pub(crate) house: House,
    pub(crate) receiver: Receiver,
    pub(crate) id: DestinationId,
    pub(crate) stream: Partition,
    pub(crate) receipts: ReceiptsHandle,
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
    pub(crate) following: Shutdown,
}

impl Stage {
    pub(crate) async fn build() -> Self {
        Self::build_with(House::build()).await
    }

    pub(crate) async fn build_with(house: House) -> Self {
        Self::build_in(house, State::in_memory()).await
    }

    /// With receipts in this state.
    pub(crate) async fn build_in(mut house: House, state: State) -> Self {
        let options = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
        let stream = house.streams.log.partition("receipts", 0, options).unwrap();
        let sampling = Sampling { rate: 0.0, per_second_min: 0 };
        house.receipts = Some(prime_delivery::ReceiptStream { partition: stream.clone(), sampling });
        let following = Shutdown::new();
        let follower = ReceiptsService::open(state, StoreOptions::default(), vec![stream.clone()]).unwrap();
        let receipts = follower.handle();
        tokio::spawn(follower.run(following.signal()));
        let receiver = Receiver::open().await;
        let id = house.webhook(json!({"url": receiver.url()}));
        let service = house.start().await;
        Self { house, receiver, id, stream, receipts, service, folder: TempDir::new().unwrap(), following }
    }

    pub(crate) fn open(&self) -> ReplayService {
        self.open_on(self.house.streams.events.clone())
    }

    /// With another stream in place of `events`.
    pub(crate) fn open_on(&self, events: Partition) -> ReplayService {
        let events = vec![events];
        let streams = ReplayStreams { events, receipts: vec![self.stream.clone()] };
        let (control, counters) = (self.house.streams.control.clone(), Arc::new(Counters::new()));
        let folder: PathBuf = self.folder.path().join("replays");
        let options = self.house.options.clone();
        let (handle, receipts) = (&self.service.handle, self.receipts.clone());
        ReplayService::open(&folder, options, streams, control, counters, handle, receipts).unwrap()
    }

    pub(crate) fn start(&self) -> (ReplayHandle, Shutdown) {
        self.start_on(self.house.streams.events.clone())
    }

    pub(crate) fn start_on(&self, events: Partition) -> (ReplayHandle, Shutdown) {
        let (service, shutdown) = (self.open_on(events), Shutdown::new());
        let handle = service.handle();
        tokio::spawn(service.run(shutdown.signal()));
        (handle, shutdown)
    }

    pub(crate) fn destination(&self) -> Arc<Destination> {
        self.house.streams.control.definitions().destination(&self.id).unwrap().clone()
    }

    pub(crate) fn spec(&self, scope: ReplayScope) -> ReplaySpec {
        let now = Timestamp::now().as_millis();
        ReplaySpec {
            destination: self.id.clone(),
            start: Timestamp::from_millis(now - 3_600_000),
            end: Timestamp::from_millis(now + 1),
            scope,
            event_type: None,
            event_name: None,
            rate_per_second: 10_000,
        }
    }

    pub(crate) async fn begin(&self, replays: &ReplayHandle, spec: ReplaySpec) -> Result<Replay, ReplayError> {
        replays.start(&self.destination(), spec, "jane@example.com").await
    }

    pub(crate) async fn ended(&self, replays: &ReplayHandle, number: u32) -> Replay {
        let now = || replays.get(self.house.workspace(), number).unwrap();
        eventually("the replay has ended", || now().state != ReplayState::Running).await;
        now()
    }

    /// Of the destination, since its first event.
    pub(crate) fn totals(&self) -> Totals {
        self.receipts.totals(self.house.workspace(), &self.id).unwrap()
    }

    /// Waits until all receipts that were written were read.
    pub(crate) async fn caught_up(&self) {
        eventually("receipts are read", || self.receipts.position(0).unwrap().unwrap_or(0) == self.stream.bounds().end)
            .await;
    }

    /// Sends these while the receiver refuses them for good.
    pub(crate) async fn fail(&self, names: &[&str]) {
        let before = self.house.counts(&self.id)[1];
        self.receiver.always(status(400));
        self.house.track(names).await;
        eventually("all failed", || self.house.counts(&self.id)[1] == before + names.len() as u64).await;
        self.receiver.always(status(200));
        eventually("failures are told", || {
            let totals = self.receipts.totals(self.house.workspace(), &self.id).unwrap();
            totals.failed >= before + names.len() as u64
        })
        .await;
        self.caught_up().await;
    }

    pub(crate) async fn succeed(&self, names: &[&str]) {
        let before = self.house.counts(&self.id)[0];
        self.house.track(names).await;
        eventually("all are delivered", || self.house.counts(&self.id)[0] == before + names.len() as u64).await;
    }
}
