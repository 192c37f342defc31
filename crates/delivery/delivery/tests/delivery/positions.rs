use std::time::Duration;

use serde_json::json;

use crate::house::{House, a_moment, eventually};
use crate::receiver::{Answer, Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_and_not_remembered_is_sent_again_after_a_crash() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.commit_interval = Duration::from_secs(3_600);
    let id = house.webhook(json!({"url": receiver.url()}));
    let victim = house.start_victim().await;
    house.track(&["A", "B"]).await;
    eventually("both are delivered", || victim.handle.state(&id).is_some_and(|state| state.position == 2)).await;
    victim.kill();
    assert_eq!(house.committed(), Some(0));
    let service = house.start().await;
    eventually("both are sent again", || receiver.count() == 4).await;
    assert_eq!(receiver.events(), ["A", "A", "B", "B"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_when_the_service_is_killed_again_and_again() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    house.webhook(json!({"url": receiver.url()}));
    receiver.always(Answer { delay: Duration::from_millis(2), ..Answer::default() });
    // Some events are always waiting for a retry when the service dies.
    receiver.script((0..1_200).map(|number| status(if number % 4 == 0 { 500 } else { 200 })));
    let names: Vec<String> = (0..600).map(|number| format!("E{number:04}")).collect();
    house.start().await.stop().await;
    for chunk in names.chunks(60) {
        let victim = house.start_victim().await;
        house.track(&chunk.iter().map(String::as_str).collect::<Vec<_>>()).await;
        tokio::time::sleep(Duration::from_millis(30)).await;
        victim.kill();
    }
    let service = house.start().await;
    eventually("the position is at the end", || house.committed() == Some(600)).await;
    let mut events = receiver.events();
    let sent = events.len();
    events.dedup();
    assert_eq!(events, names);
    assert!(sent < 2 * names.len(), "{sent} requests for {} events", names.len());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_lets_requests_under_way_end_and_sends_nothing_twice() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.always(Answer { delay: Duration::from_millis(300), ..Answer::default() });
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["A", "B"]).await;
    eventually("both are under way", || receiver.count() == 2).await;
    service.stop().await;
    assert_eq!(house.committed(), Some(2));
    let service = house.start().await;
    a_moment().await;
    assert_eq!((receiver.count(), house.counts(&id)[0]), (2, 2));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_does_not_wait_for_a_retry_and_the_event_is_still_owed() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.backoff_first = Duration::from_secs(6);
    house.options.backoff_max = Duration::from_secs(6);
    receiver.script([status(500)]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Owed", "Fine"]).await;
    eventually("one is delivered and one waits", || house.counts(&id) == [1, 0, 0, 2]).await;
    tokio::time::timeout(Duration::from_secs(4), service.stop()).await.expect("the stop is quick");
    let service = house.start().await;
    eventually("the owed one is delivered", || house.committed() == Some(2)).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_fails_holds_the_position_and_not_the_others() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.backoff_first = Duration::from_secs(2);
    house.options.backoff_max = Duration::from_secs(2);
    receiver.script([status(500)]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["First"]).await;
    eventually("it was tried", || receiver.count() == 1).await;
    let names: Vec<String> = (0..50).map(|number| format!("E{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("the others are delivered", || house.counts(&id)[0] == 50).await;
    assert_eq!(service.handle.state(&id).unwrap().position, 0);
    eventually("then the first is", || house.committed() == Some(51)).await;
    assert_eq!(receiver.count(), 52);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_that_are_no_longer_kept_are_told_of_and_the_rest_is_delivered() {
    let (house, receiver) = (House::build_keeping(40_000), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    receiver.always(status(500));
    let service = house.start().await;
    house.track(&["Owed"]).await;
    eventually("it was tried", || receiver.count() > 0).await;
    service.stop().await;
    while house.streams.events.bounds().start == 0 {
        house.track(&["Later"; 20]).await;
    }
    let bounds = house.streams.events.bounds();
    let stuck = house.start().await;
    eventually("the loss is told of", || {
        stuck.handle.state(&id).is_some_and(|state| state.position >= bounds.start && state.last_error.is_some())
    })
    .await;
    receiver.always(status(200));
    stuck.stop().await;
    // A new process knows nothing of the failures, and sends as fast as it can.
    let service = house.start().await;
    eventually("the rest is delivered", || house.committed() == Some(bounds.end)).await;
    assert_eq!(receiver.events().len() as u64, bounds.end - bounds.start);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_stream_keeps_what_is_owed_beyond_its_bound_up_to_twice_of_it() {
    let (mut house, receiver) = (House::build_keeping(20_000), Receiver::open().await);
    house.options.request_timeout = Duration::from_secs(30);
    receiver.script([Answer { delay: Duration::from_secs(7), ..Answer::default() }]);
    house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Owed"]).await;
    eventually("it was tried", || receiver.count() == 1).await;
    while house.streams.events.bounds().bytes < 30_000 {
        house.track(&["Later"; 20]).await;
    }
    assert_eq!(house.streams.events.bounds().start, 0, "the first event is still owed");
    eventually("everything is delivered", || house.committed() == Some(house.streams.events.bounds().end)).await;
    house.track(&["Later"; 20]).await;
    assert!(house.streams.events.bounds().start > 0 && house.streams.events.bounds().bytes <= 20_000);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_position_from_before_there_was_a_stream_of_progress_is_taken_over() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    house.track(&["Had", "Owed"]).await;
    let id = house.webhook(json!({"url": receiver.url()}));
    house.streams.log.commit(&format!("destination/{id}"), &house.streams.events, 1).unwrap();
    let service = house.start().await;
    eventually("what was owed is delivered", || house.committed() == Some(2)).await;
    assert_eq!(receiver.events(), ["Owed"]);
    service.stop().await;
}
