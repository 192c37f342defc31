//! What becomes of events that a replay tried in vain when it ends: nothing waits for ever.

use std::time::Duration;

use prime_delivery::{Replay, ReplayHandle, ReplayScope, ReplayState};
use prime_receipts::{ReceiptQuery, StateKind};
use prime_runtime::Shutdown;
use tokio::runtime::Runtime;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::status;
use crate::stage::Stage;

/// A stage where an event that fails is tried again after an hour.
async fn patient_stage(mut house: House) -> Stage {
    (house.options.backoff_first, house.options.backoff_max) = (Duration::from_secs(3_600), Duration::from_secs(3_600));
    Stage::build_with(house).await
}

/// Begins a replay whose events are all tried in vain.
async fn try_in_vain(stage: &Stage, replays: &ReplayHandle, events: u64) -> Replay {
    stage.receiver.always(status(503));
    let replay = stage.begin(replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    eventually("all are tried", || stage.totals().waiting == events).await;
    replay
}

/// Waits until nothing waits any more, and so many have failed, all of them with this code.
async fn nothing_waits(stage: &Stage, failed: u64, code: &str) {
    eventually("nothing waits", || stage.totals().waiting == 0).await;
    let totals = stage.totals();
    assert_eq!(totals.failed, failed, "{totals:?}");
    assert!(totals.is_balanced(), "{totals:?}");
    let of = ReceiptQuery::of(stage.house.workspace().clone());
    let query = ReceiptQuery { replay: Some(1), state: Some(StateKind::Failed), code: Some(code.to_owned()), ..of };
    let receipts = stage.receipts.search(&query, None, 100).unwrap().receipts;
    assert_eq!(receipts.len() as u64, failed);
    assert!(
        receipts.iter().all(|kept| kept.receipt.state.reason().is_some_and(|reason| reason.sentence.ends_with('.')))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_a_cancelled_replay_tried_in_vain_have_failed() {
    let stage = patient_stage(House::build()).await;
    stage.succeed(&["a", "b", "c"]).await;
    let (replays, _running) = stage.start();
    let replay = try_in_vain(&stage, &replays, 3).await;
    let cancelled = replays.cancel(&replay).unwrap();
    assert_eq!((cancelled.state, cancelled.held_up), (ReplayState::Cancelled, None));
    nothing_waits(&stage, 3, "REPLAY_CANCELLED").await;
    let now = || replays.get(stage.house.workspace(), replay.number).unwrap();
    eventually("they are counted", || now().counts.failed == 3).await;
    assert_eq!(now().state, ReplayState::Cancelled);
}

#[tokio::test(flavor = "multi_thread")]
async fn events_have_failed_whose_replay_ended_as_the_destination_was_switched_off() {
    let stage = patient_stage(House::build()).await;
    stage.succeed(&["a", "b"]).await;
    let (replays, _running) = stage.start();
    let replay = try_in_vain(&stage, &replays, 2).await;
    stage.house.switch(&stage.id, false);
    assert_eq!(stage.ended(&replays, replay.number).await.state, ReplayState::Cancelled);
    nothing_waits(&stage, 2, "REPLAY_CANCELLED").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_crash_while_a_replay_is_cancelled_leaves_the_rest_to_the_next_start_and_counts_nothing_twice() {
    let stage = patient_stage(House::build()).await;
    stage.succeed(&["a", "b"]).await;
    let (runtime, service) = (Runtime::new().unwrap(), stage.open());
    let replays = service.handle();
    runtime.spawn(service.run(Shutdown::new().signal()));
    let replay = try_in_vain(&stage, &replays, 2).await;
    runtime.shutdown_background();
    replays.cancel(&replay).unwrap();
    a_moment().await;
    assert_eq!(stage.totals().waiting, 2);
    for _ in 0..2 {
        let (replays, running) = stage.start();
        nothing_waits(&stage, 2, "REPLAY_CANCELLED").await;
        let now = || replays.get(stage.house.workspace(), replay.number).unwrap();
        eventually("they are counted", || now().counts.failed == 2).await;
        a_moment().await;
        assert_eq!((now().counts.failed, now().state), (2, ReplayState::Cancelled));
        running.begin();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_has_failed_that_was_gone_before_a_replay_could_try_it_again() {
    const KEPT: u64 = 2 << 20;
    let stage = patient_stage(House::build_keeping(KEPT)).await;
    stage.succeed(&["a"]).await;
    let (runtime, service) = (Runtime::new().unwrap(), stage.open());
    let replays = service.handle();
    runtime.spawn(service.run(Shutdown::new().signal()));
    let replay = try_in_vain(&stage, &replays, 1).await;
    // Until it is written down.
    a_moment().await;
    runtime.shutdown_background();
    let (another, mut large) = (stage.house.another_source(), track("large"));
    large["properties"] = "x".repeat(100_000).into();
    while stage.house.streams.events.bounds().start == 0 {
        stage.house.append(&another, &[large.clone(), large.clone()]).await;
    }
    let (replays, _running) = stage.start();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.counts.failed), (ReplayState::Done, 1));
    nothing_waits(&stage, 1, "EVENT_GONE").await;
    a_moment().await;
    assert_eq!(replays.get(stage.house.workspace(), replay.number).unwrap().counts.failed, 1);
}
