use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use prime_control::Destination;
use prime_delivery::{
    Replay, ReplayError, ReplayHandle, ReplayScope, ReplayService, ReplaySpec, ReplayState, ReplayStreams,
};
use prime_event::{DestinationId, Timestamp};
use prime_log::{Partition, TopicOptions, WhenFull};
use prime_receipts::{ReceiptsHandle, ReceiptsService, Sampling, StoreOptions};
use prime_runtime::{Counters, Shutdown};
use prime_state::State;
use serde_json::json;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::house::{House, Service, a_moment, eventually, track};
use crate::receiver::{Receiver, status};

/// A house whose service leaves receipts, which are followed, and a folder for replays.
struct Stage {
    house: House,
    receiver: Receiver,
    id: DestinationId,
    stream: Partition,
    receipts: ReceiptsHandle,
    service: Service,
    folder: TempDir,
    following: Shutdown,
}

impl Stage {
    async fn build() -> Self {
        let mut house = House::build();
        let options = TopicOptions { bytes_max: 1 << 26, age_max: None, when_full: WhenFull::TrimOldest };
        let stream = house.streams.log.partition("receipts", 0, options).unwrap();
        let sampling = Sampling { rate: 0.0, per_second_min: 0 };
        house.receipts = Some(prime_delivery::ReceiptStream { partition: stream.clone(), sampling });
        let following = Shutdown::new();
        let follower =
            ReceiptsService::open(State::in_memory(), StoreOptions::default(), vec![stream.clone()]).unwrap();
        let receipts = follower.handle();
        tokio::spawn(follower.run(following.signal()));
        let receiver = Receiver::open().await;
        let id = house.webhook(json!({"url": receiver.url()}));
        let service = house.start().await;
        Self { house, receiver, id, stream, receipts, service, folder: TempDir::new().unwrap(), following }
    }

    fn open(&self) -> ReplayService {
        let events = vec![self.house.streams.events.clone()];
        let streams = ReplayStreams { events, receipts: vec![self.stream.clone()] };
        let (control, counters) = (self.house.streams.control.clone(), Arc::new(Counters::new()));
        let folder: PathBuf = self.folder.path().join("replays");
        let options = self.house.options.clone();
        let (handle, receipts) = (&self.service.handle, self.receipts.clone());
        ReplayService::open(&folder, options, streams, control, counters, handle, receipts).unwrap()
    }

    fn start(&self) -> (ReplayHandle, Shutdown) {
        let (service, shutdown) = (self.open(), Shutdown::new());
        let handle = service.handle();
        tokio::spawn(service.run(shutdown.signal()));
        (handle, shutdown)
    }

    fn destination(&self) -> Arc<Destination> {
        self.house.streams.control.definitions().destination(&self.id).unwrap().clone()
    }

    fn spec(&self, scope: ReplayScope) -> ReplaySpec {
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

    fn begin(&self, replays: &ReplayHandle, spec: ReplaySpec) -> Result<Replay, ReplayError> {
        replays.start(&self.destination(), spec, "jane@example.com")
    }

    async fn ended(&self, replays: &ReplayHandle, number: u32) -> Replay {
        let now = || replays.get(self.house.workspace(), number).unwrap();
        eventually("the replay has ended", || now().state != ReplayState::Running).await;
        now()
    }

    /// Waits until all receipts that were written were read.
    async fn caught_up(&self) {
        eventually("receipts are read", || self.receipts.position(0).unwrap().unwrap_or(0) == self.stream.bounds().end)
            .await;
    }

    /// Sends these while the receiver refuses them for good.
    async fn fail(&self, names: &[&str]) {
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

    async fn succeed(&self, names: &[&str]) {
        let before = self.house.counts(&self.id)[0];
        self.house.track(names).await;
        eventually("all are delivered", || self.house.counts(&self.id)[0] == before + names.len() as u64).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_sent_again_with_their_keys_and_a_second_replay_finds_none() {
    let stage = Stage::build().await;
    stage.succeed(&["good"]).await;
    stage.fail(&["bad-1", "bad-2"]).await;
    let (replays, _running) = stage.start();
    let preview = replays.preview(&stage.destination(), &stage.spec(ReplayScope::Failures)).unwrap();
    assert_eq!((preview.events, preview.failures, preview.is_complete), (2, 2, true));
    assert_eq!(preview.samples[0].event_name, "bad-1");
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Failures)).unwrap();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.total, ended.counts.delivered), (ReplayState::Done, 2, 2));
    assert_eq!(stage.receiver.events(), ["bad-1", "bad-2", "good"]);
    let keys = |name: &str| -> Vec<_> {
        let got = stage.receiver.got();
        let of = got.iter().filter(|got| got.event() == name);
        of.map(|got| got.headers.get("idempotency-key").cloned()).collect()
    };
    assert_eq!(keys("bad-1").len(), 2);
    assert_eq!(keys("bad-1")[0], keys("bad-1")[1]);
    stage.caught_up().await;
    let again = stage.begin(&replays, stage.spec(ReplayScope::Failures));
    assert!(matches!(again, Err(ReplayError::Nothing)), "{again:?}");
    let totals = stage.receipts.totals(stage.house.workspace(), &stage.id).unwrap();
    assert_eq!((totals.delivered, totals.failed), (3, 2), "the first failures stay counted");
    stage.following.begin();
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_range_and_a_name_is_sent_again_and_nothing_else() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b", "a"]).await;
    let another = stage.house.another_source();
    stage.house.append(&another, &[track("a")]).await;
    let (replays, _running) = stage.start();
    let named = ReplaySpec { event_name: Some("a".into()), ..stage.spec(ReplayScope::Everything) };
    let replay = stage.begin(&replays, named.clone()).unwrap();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.counts.delivered, ended.counts.ended()), (2, 2));
    assert_eq!(stage.receiver.events(), ["a", "a", "a", "a", "b"]);
    let past = ReplaySpec { end: named.start, start: Timestamp::from_millis(0), ..named };
    assert!(matches!(stage.begin(&replays, past), Err(ReplayError::Nothing)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_may_yet_succeed_is_tried_again_and_one_refused_for_good_has_failed() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b"]).await;
    let (replays, _running) = stage.start();
    stage.receiver.script([status(503), status(503)]);
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).unwrap();
    assert_eq!(stage.ended(&replays, replay.number).await.counts.delivered, 2);
    stage.receiver.always(status(400));
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).unwrap();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.counts.delivered, ended.counts.failed), (0, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_replay_goes_on_where_it_was_and_nothing_is_left_out() {
    let stage = Stage::build().await;
    let names: Vec<_> = (0..900).map(|number| format!("e{number:03}")).collect();
    stage.succeed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = stage.receiver.count();
    let runtime = Runtime::new().unwrap();
    let service = stage.open();
    let replays = service.handle();
    runtime.spawn(service.run(Shutdown::new().signal()));
    let slow = ReplaySpec { rate_per_second: 2_000, ..stage.spec(ReplayScope::Everything) };
    let replay = stage.begin(&replays, slow).unwrap();
    eventually("some are sent", || stage.receiver.count() > first + 300).await;
    runtime.shutdown_background();
    let sent = stage.receiver.count();
    assert!(sent < first + 900, "it was killed in the middle");
    let (replays, _running) = stage.start();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.counts.delivered), (ReplayState::Done, 900));
    let again: Vec<_> = stage.receiver.got().iter().skip(first).map(|got| got.event()).collect();
    for name in &names {
        assert!(again.contains(name), "{name} was left out");
    }
    assert!(again.len() <= 900 + 232, "{} were sent where 900 had to be", again.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_replay_sends_nothing_more_and_its_destination_is_free_again() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b", "c"]).await;
    let (replays, _running) = stage.start();
    let slow = ReplaySpec { rate_per_second: 1, ..stage.spec(ReplayScope::Everything) };
    let replay = stage.begin(&replays, slow.clone()).unwrap();
    assert!(matches!(stage.begin(&replays, slow.clone()), Err(ReplayError::Busy)));
    let cancelled = replays.cancel(&replay).unwrap();
    assert_eq!(cancelled.state, ReplayState::Cancelled);
    let sent = stage.receiver.count();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(stage.receiver.count() <= sent + 1);
    let quick = stage.spec(ReplayScope::Everything);
    let other = stage.begin(&replays, quick).unwrap();
    assert_eq!(stage.ended(&replays, other.number).await.counts.delivered, 3);
    let listed: Vec<_> = replays.list(stage.house.workspace()).iter().map(|replay| replay.number).collect();
    assert_eq!(listed, [2, 1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_off_destination_gets_nothing() {
    let stage = Stage::build().await;
    stage.succeed(&["a"]).await;
    stage.house.switch(&stage.id, false);
    let (replays, _running) = stage.start();
    assert!(matches!(stage.begin(&replays, stage.spec(ReplayScope::Everything)), Err(ReplayError::Disabled)));
    let archive = stage.house.streams.control.definitions();
    let archive = archive.destinations.values().find(|each| each.metadata_id == "archive").unwrap().clone();
    let spec = ReplaySpec { destination: archive.id.clone(), ..stage.spec(ReplayScope::Everything) };
    let refused = replays.start(&archive, spec, "jane@example.com");
    assert!(matches!(refused, Err(ReplayError::NoRequests)), "{refused:?}");
    a_moment().await;
    assert_eq!(stage.receiver.count(), 1);
}
