//! Replays that cannot go on: they say so, and go on when they can.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use prime_delivery::{ReplayScope, ReplayState};
use prime_runtime::Shutdown;
use prime_state::State;
use serde_json::{Value, json};

use crate::failing_state::FailingState;
use crate::house::{House, eventually};
use crate::stage::Stage;

/// A house where a replay that broke off is soon taken up again.
fn house() -> House {
    let mut house = House::build();
    house.options.replay_pause = Duration::from_millis(20);
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_whose_receipts_cannot_be_read_says_so_and_goes_on_when_they_can() {
    let receipts = FailingState::default();
    let stage = Stage::build_in(house(), State::of(receipts.clone())).await;
    stage.fail(&["bad"]).await;
    let service = stage.open();
    let replays = service.handle();
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await.unwrap();
    receipts.fails.store(true, Ordering::Relaxed);
    let shutdown = Shutdown::new();
    tokio::spawn(service.run(shutdown.signal()));
    let now = || replays.get(stage.house.workspace(), replay.number).unwrap();
    eventually("it says so", || now().held_up.is_some_and(|why| why.starts_with("Receipts cannot be read"))).await;
    assert_eq!(now().state, ReplayState::Running);
    receipts.fails.store(false, Ordering::Relaxed);
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.counts.delivered, ended.held_up), (ReplayState::Done, 1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_that_panics_again_and_again_ends_and_says_why_and_its_destination_is_free() {
    let stage = Stage::build_with(house()).await;
    stage.succeed(&["a"]).await;
    let service = stage.open();
    let spec = stage.spec(ReplayScope::Everything);
    let replay = stage.begin(&service.handle(), spec.clone()).await.unwrap();
    drop(service);
    let path = stage.folder.path().join("replays/00000001.json");
    let mut written: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    // Of a file that it does not name.
    written["spec"]["scope"] = json!("Expired");
    written["stretches"] = json!([{"start": 0, "end": 1}]);
    fs::write(&path, written.to_string()).unwrap();
    let (replays, _running) = stage.start();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!(ended.state, ReplayState::Cancelled);
    assert!(ended.held_up.is_some_and(|why| why.contains("a mistake of this program")));
    let next = stage.begin(&replays, spec).await.unwrap();
    assert_eq!(stage.ended(&replays, next.number).await.counts.delivered, 1);
}
