use std::collections::HashSet;
use std::time::{Duration, Instant};

use prime_control::DeliveryRules;
use prime_delivery::{ReplayError, ReplayScope, ReplaySpec, ReplayState};
use prime_event::Timestamp;
use prime_runtime::Shutdown;
use serde_json::json;
use tokio::runtime::Runtime;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::status;
use crate::stage::Stage;

#[tokio::test(flavor = "multi_thread")]
async fn failures_are_sent_again_with_their_keys_and_a_second_replay_finds_none() {
    let stage = Stage::build().await;
    stage.succeed(&["good"]).await;
    stage.fail(&["bad-1", "bad-2"]).await;
    let (replays, _running) = stage.start();
    let preview = replays.preview(&stage.destination(), &stage.spec(ReplayScope::Failures)).await.unwrap();
    assert_eq!((preview.events, preview.failures, preview.is_complete), (2, 2, true));
    assert_eq!(preview.samples[0].event_name, "bad-1");
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await.unwrap();
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
    let again = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await;
    assert!(matches!(again, Err(ReplayError::Nothing)), "{again:?}");
    let totals = stage.receipts.totals(stage.house.workspace(), &stage.id).unwrap();
    assert_eq!((totals.delivered, totals.failed), (3, 2), "the first failures stay counted");
    stage.following.begin();
}

#[tokio::test(flavor = "multi_thread")]
async fn of_more_failures_than_one_replay_takes_the_next_takes_those_that_remain_and_then_what_expired() {
    let mut house = House::build();
    (house.options.replay_failures_max, house.options.expiry) = (2, Duration::from_millis(300));
    let stage = Stage::build_with(house).await;
    stage.fail(&["bad-1", "bad-2", "bad-3"]).await;
    stage.receiver.always(status(503));
    stage.house.track(&["late"]).await;
    eventually("it has expired", || stage.totals().expired == 1).await;
    stage.caught_up().await;
    stage.receiver.always(status(200));
    let (replays, _running) = stage.start();
    for is_all in [false, true] {
        let preview = replays.preview(&stage.destination(), &stage.spec(ReplayScope::Failures)).await.unwrap();
        assert_eq!((preview.events, preview.failures, preview.is_complete), (2, 2, is_all));
        let replay = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await.unwrap();
        assert_eq!(stage.ended(&replays, replay.number).await.counts.delivered, 2);
        assert_eq!(stage.receiver.taken().contains(&"late".to_owned()), is_all);
        stage.caught_up().await;
    }
    assert_eq!(stage.receiver.events(), ["bad-1", "bad-2", "bad-3", "late"]);
    let none = stage.begin(&replays, stage.spec(ReplayScope::Failures)).await;
    assert!(matches!(none, Err(ReplayError::Nothing)), "{none:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn everything_of_a_range_and_a_name_is_sent_again_and_nothing_else() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b", "a"]).await;
    let another = stage.house.another_source();
    stage.house.append(&another, &[track("a")]).await;
    let (replays, _running) = stage.start();
    let named = ReplaySpec { event_name: Some("a".into()), ..stage.spec(ReplayScope::Everything) };
    let replay = stage.begin(&replays, named.clone()).await.unwrap();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.counts.delivered, ended.counts.ended()), (2, 2));
    assert_eq!(stage.receiver.events(), ["a", "a", "a", "a", "b"]);
    let past = ReplaySpec { end: named.start, start: Timestamp::from_millis(0), ..named };
    assert!(matches!(stage.begin(&replays, past).await, Err(ReplayError::Nothing)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_may_yet_succeed_is_tried_again_and_one_refused_for_good_has_failed() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b"]).await;
    let (replays, _running) = stage.start();
    stage.receiver.script([status(503), status(503)]);
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    assert_eq!(stage.ended(&replays, replay.number).await.counts.delivered, 2);
    stage.receiver.always(status(400));
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
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
    let replay = stage.begin(&replays, slow).await.unwrap();
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
    // What was under way, and what had ended since it was written down last.
    assert!(again.len() <= 900 + 300, "{} were sent where 900 had to be", again.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_replay_sends_nothing_more_and_its_destination_is_free_again() {
    let stage = Stage::build().await;
    stage.succeed(&["a", "b", "c"]).await;
    let (replays, _running) = stage.start();
    let slow = ReplaySpec { rate_per_second: 1, ..stage.spec(ReplayScope::Everything) };
    let replay = stage.begin(&replays, slow.clone()).await.unwrap();
    assert!(matches!(stage.begin(&replays, slow.clone()).await, Err(ReplayError::Busy)));
    let cancelled = replays.cancel(&replay).unwrap();
    assert_eq!(cancelled.state, ReplayState::Cancelled);
    let sent = stage.receiver.count();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert!(stage.receiver.count() <= sent + 1);
    let quick = stage.spec(ReplayScope::Everything);
    let other = stage.begin(&replays, quick).await.unwrap();
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
    assert!(matches!(stage.begin(&replays, stage.spec(ReplayScope::Everything)).await, Err(ReplayError::Disabled)));
    let archive = stage.house.streams.control.definitions();
    let archive = archive.destinations.values().find(|each| each.metadata_id == "archive").unwrap().clone();
    let spec = ReplaySpec { destination: archive.id.clone(), ..stage.spec(ReplayScope::Everything) };
    let refused = replays.start(&archive, spec, "jane@example.com").await;
    assert!(matches!(refused, Err(ReplayError::NoRequests)), "{refused:?}");
    a_moment().await;
    assert_eq!(stage.receiver.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_keeps_failing_holds_no_other_up_and_a_killed_replay_sends_those_not_again() {
    let mut house = House::build();
    (house.options.backoff_first, house.options.backoff_max) = (Duration::from_secs(4), Duration::from_secs(4));
    let stage = Stage::build_with(house).await;
    let names: Vec<_> = (0..300).map(|number| format!("e{number:03}")).collect();
    stage.succeed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = stage.receiver.count();
    stage.receiver.script([status(503)]);
    let runtime = Runtime::new().unwrap();
    let service = stage.open();
    let replays = service.handle();
    runtime.spawn(service.run(Shutdown::new().signal()));
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    let now = || replays.get(stage.house.workspace(), replay.number).unwrap();
    eventually("all others are delivered", || now().counts.delivered >= 299).await;
    if now().state == ReplayState::Running {
        eventually("it says what waits", || now().held_up.is_none_or(|held_up| held_up.contains("503"))).await;
    }
    // Until it is written down.
    a_moment().await;
    runtime.shutdown_background();
    let (replays, _running) = stage.start();
    let ended = stage.ended(&replays, replay.number).await;
    assert_eq!((ended.state, ended.counts.delivered, ended.total), (ReplayState::Done, 300, 300));
    assert_eq!(ended.held_up, None);
    let again: Vec<_> = stage.receiver.got().iter().skip(first).map(|got| got.event()).collect();
    assert_eq!(again.iter().collect::<HashSet<_>>().len(), 300);
    assert_eq!(again.len(), 301, "only the one that failed was sent twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_leaves_a_destination_alone_that_only_fails() {
    let stage = Stage::build().await;
    let names: Vec<_> = (0..200).map(|number| format!("e{number:03}")).collect();
    stage.succeed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    let first = stage.receiver.count();
    stage.receiver.always(status(500));
    let (replays, _running) = stage.start();
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    let now = || replays.get(stage.house.workspace(), replay.number).unwrap();
    eventually("it says so", || now().held_up.is_some_and(|held_up| held_up.contains("left alone"))).await;
    assert!(stage.receiver.count() < first + 60, "{} requests to one that fails", stage.receiver.count() - first);
    stage.receiver.always(status(200));
    eventually("it goes on", || now().counts.delivered > 10).await;
    replays.cancel(&now()).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn events_of_a_replay_share_requests() {
    let stage = Stage::build().await;
    let names: Vec<_> = (0..35).map(|number| format!("e{number:03}")).collect();
    stage.succeed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.house.set(&stage.id, json!({"url": stage.receiver.url(), "batchSize": 10}));
    let first = stage.receiver.count();
    let (replays, _running) = stage.start();
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    assert_eq!(stage.ended(&replays, replay.number).await.counts.delivered, 35);
    assert!(stage.receiver.count() - first <= 6, "{} requests for 35 events", stage.receiver.count() - first);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replay_takes_only_what_other_events_leave_of_the_destinations_rate() {
    let stage = Stage::build().await;
    let names: Vec<_> = (0..300).map(|number| format!("past-{number}")).collect();
    stage.succeed(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    stage.house.rule(&stage.id, DeliveryRules { events_per_second_max: Some(50), ..DeliveryRules::default() });
    let (replays, _running) = stage.start();
    let live_for = async |time: Duration| {
        let begun = Instant::now();
        while begun.elapsed() < time {
            stage.house.track(&["live"; 4]).await;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    live_for(Duration::from_millis(2_500)).await;
    let (before, begun) = (stage.receiver.count(), Instant::now());
    let replay = stage.begin(&replays, stage.spec(ReplayScope::Everything)).await.unwrap();
    live_for(Duration::from_secs(4)).await;
    let (sent, most) = ((stage.receiver.count() - before) as f64, 50.0 * begun.elapsed().as_secs_f64());
    assert!(sent < 1.25 * most + 20.0, "{sent} of {most}");
    assert!(replays.get(stage.house.workspace(), replay.number).unwrap().counts.delivered > 0, "it does go on");
    stage.following.begin();
}
