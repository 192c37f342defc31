use prime_delivery::AttemptOutcome;
use serde_json::json;

use crate::house::{House, a_moment, eventually, track};
use crate::receiver::Receiver;

#[tokio::test(flavor = "multi_thread")]
async fn only_events_of_the_source_that_are_meant_for_the_destination_are_sent() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let with = |name: &str, key: &str, value: serde_json::Value| {
        let mut event = track(name);
        event[key] = value;
        event
    };
    house.append(&house.another_source(), &[track("Of another source")]).await;
    let events = [
        with("For all", "integrations", json!({"All": true})),
        with("For none", "integrations", json!({"All": false})),
        with("For us", "integrations", json!({"All": false, "Webhook": true})),
        with("Not for us", "integrations", json!({"Webhook": false})),
        with("Sent already", "_metadata", json!({"bundled": ["Webhook"]})),
    ];
    house.append(&house.source, &events).await;
    eventually("all have their outcome", || house.counts(&id) == [2, 0, 3, 2]).await;
    assert_eq!(receiver.events(), ["For all", "For us"]);
    let attempts = service.handle.attempts(&id);
    let mut filtered: Vec<_> = attempts
        .iter()
        .filter(|attempt| attempt.outcome == AttemptOutcome::Filtered)
        .map(|attempt| (attempt.event_name.as_str(), attempt.code.as_str()))
        .collect();
    filtered.sort();
    assert_eq!(
        filtered,
        [
            ("For none", "FILTERED_BY_INTEGRATIONS_OBJECT"),
            ("Not for us", "FILTERED_BY_INTEGRATIONS_OBJECT"),
            ("Sent already", "MESSAGE_SENT_CLIENT_SIDE"),
        ]
    );
    eventually("the position is past all", || house.committed() == Some(6)).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_webhooks_of_one_source_each_receive_every_event() {
    let (house, one, two) = (House::build(), Receiver::open().await, Receiver::open().await);
    house.webhook(json!({"url": one.url()}));
    house.webhook(json!({"url": two.url()}));
    let service = house.start().await;
    house.track(&["A", "B", "C"]).await;
    eventually("both have all", || one.count() == 3 && two.count() == 3).await;
    a_moment().await;
    assert_eq!(
        (one.events(), two.events()),
        (vec!["A".into(), "B".into(), "C".into()], vec!["A".into(), "B".into(), "C".into()])
    );
    service.stop().await;
}
