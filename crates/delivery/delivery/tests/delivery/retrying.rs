//! How events that fail are tried again, in which order, and for how long.

use std::time::Duration;

use prime_control::DeliveryRules;
use prime_delivery::CircuitState;
use serde_json::json;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::{Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_not_delivered_in_time_is_kept_in_a_file_and_has_failed() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.expiry = Duration::from_millis(300);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["Late"]).await;
    eventually("it has failed", || house.counts(&id)[1] == 1).await;
    let kept = house.expired(&id).remove(0);
    assert_eq!((&kept["event"], &kept["offset"], &kept["code"]), (&track("Late"), &json!(0), &json!("503")));
    assert!(kept["attempts"].as_u64() >= Some(1) && kept["expiredAt"].is_string(), "{kept}");
    let last = service.handle.attempts(&id).remove(0);
    assert!(last.reason.contains("tried no more") && last.code == "503", "{last:?}");
    eventually("nothing is owed", || house.committed() == Some(1)).await;
    let tried = receiver.count();
    a_moment().await;
    assert_eq!(receiver.count(), tried);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_delivered_while_another_event_waits_is_not_sent_again_after_a_crash() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    (house.options.backoff_first, house.options.backoff_max) = (Duration::from_secs(5), Duration::from_secs(5));
    receiver.script([status(500)]);
    let id = house.webhook(json!({"url": receiver.url()}));
    let victim = house.start_victim().await;
    house.track(&["Waits"]).await;
    eventually("it was tried", || receiver.count() == 1).await;
    let names: Vec<String> = (0..200).map(|number| format!("E{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("the others are delivered", || house.counts(&id)[0] == 200).await;
    // Until it is written down.
    a_moment().await;
    victim.kill();
    let service = house.start().await;
    eventually("the first one, too", || house.committed() == Some(201)).await;
    assert_eq!(receiver.count(), 202, "one attempt of each, and one more of the first");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_person_s_events_keep_their_order_where_that_is_asked_for_and_nobody_else_waits() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    house.rule(&id, DeliveryRules { in_order: true, ..DeliveryRules::default() });
    let service = house.start().await;
    receiver.script([status(500), status(200), status(500)]);
    let event = |person: &str, name: &str| {
        let mut event = track(name);
        event["userId"] = person.into();
        event
    };
    let events: Vec<_> = ["A1", "B1", "A2", "B2", "A3"].iter().map(|name| event(&name[..1], name)).collect();
    house.append(&house.source, &events).await;
    eventually("all are delivered", || house.counts(&id)[0] == 5).await;
    let delivered: Vec<_> = receiver.taken();
    let of = |person: &str| delivered.iter().filter(|name| name.starts_with(person)).cloned().collect::<Vec<_>>();
    assert_eq!(of("A"), ["A1", "A2", "A3"]);
    assert_eq!(of("B"), ["B1", "B2"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_is_sent_no_more_events_a_second_than_is_set() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    house.rule(&id, DeliveryRules { events_per_second_max: Some(20), ..DeliveryRules::default() });
    let service = house.start().await;
    let started = std::time::Instant::now();
    house.track(&["E"; 31]).await;
    eventually("it says so", || {
        service.handle.queue(&id).is_some_and(|queue| queue.limit_per_second == Some(20.0) && queue.waiting > 0)
    })
    .await;
    eventually("all are delivered", || house.counts(&id)[0] == 31).await;
    // What may leave at once at the beginning is a tenth of a second's worth.
    assert!(started.elapsed() >= Duration::from_millis(1_300), "{:?}", started.elapsed());
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_destination_that_only_fails_is_left_alone_and_says_so_and_comes_back() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.always(status(500));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let names: Vec<String> = (0..100).map(|number| format!("E{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("the circuit is open", || {
        service.handle.queue(&id).is_some_and(|queue| queue.circuit == CircuitState::Open)
    })
    .await;
    let queue = service.handle.queue(&id).unwrap();
    assert!(queue.waiting == 100 && queue.circuit_until.is_some() && queue.oldest_at.is_some(), "{queue:?}");
    assert!(queue.reason.is_some_and(|reason| reason.contains("left alone") && reason.contains("500")));
    assert!(receiver.count() < 40, "{} requests to one that fails", receiver.count());
    receiver.always(status(200));
    eventually("it takes events again", || house.counts(&id)[0] > 10).await;
    service.stop().await;
}
