use std::collections::BTreeSet;

use prime_destination::{Connection, Item, Outcome};
use serde_json::{Value, json};

use crate::documented::{NOW_MS, PROJECT, TOKEN, start};
use crate::exchange::{connect, event, outcomes, send};

fn track(number: usize) -> Value {
    json!({
        "type": "track", "userId": "user-1", "anonymousId": "anonymous-1", "event": "Order Completed",
        "timestamp": "2025-12-31T23:59:59.000Z", "properties": {"total": 99.50, "number": number},
        "context": {"ip": "203.0.113.7", "os": {"name": "iOS"}, "groupId": "acme"},
    })
}

fn items(connection: &dyn Connection, events: impl IntoIterator<Item = Value>) -> Vec<Item> {
    let prepare = |(place, payload)| connection.prepare(&event(&format!("m-{place}"), payload)).unwrap();
    events.into_iter().enumerate().map(prepare).collect()
}

#[tokio::test]
async fn events_arrive_with_who_when_and_all_their_properties() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN, "groupKey": "company"}));
    let verdicts = send(&*connection, server, &items(&*connection, [track(1)])).await;
    assert_eq!(outcomes(&verdicts), [Outcome::Delivered]);
    let project = project.lock().unwrap();
    let sent = project.events.values().next().unwrap();
    assert_eq!(sent["event"], "Order Completed");
    let properties = &sent["properties"];
    assert_eq!((&properties["distinct_id"], &properties["$device_id"]), (&json!("user-1"), &json!("anonymous-1")));
    assert_eq!(properties["time"], NOW_MS - 1_000);
    assert_eq!(properties["total"].to_string(), "99.50");
    assert_eq!((&properties["ip"], &properties["$os"]), (&json!("203.0.113.7"), &json!("iOS")));
    assert_eq!(properties["company"], "acme");
}

#[tokio::test]
async fn pages_screens_and_aliases_become_events() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let events = [
        json!({"type": "page", "userId": "u", "name": "Pricing", "properties": {}}),
        json!({"type": "page", "anonymousId": "a"}),
        json!({"type": "screen", "userId": "u", "name": "Home"}),
        json!({"type": "alias", "userId": "new", "previousId": "old"}),
    ];
    let verdicts = send(&*connection, server, &items(&*connection, events)).await;
    assert_eq!(outcomes(&verdicts), [Outcome::Delivered; 4]);
    let project = project.lock().unwrap();
    let names: BTreeSet<_> = project.events.values().map(|event| event["event"].as_str().unwrap()).collect();
    assert_eq!(names, BTreeSet::from(["$create_alias", "Loaded a Page", "Viewed Home Screen", "Viewed Pricing Page"]));
    let alias = project.events.values().find(|event| event["event"] == "$create_alias").unwrap();
    assert_eq!((&alias["properties"]["distinct_id"], &alias["properties"]["alias"]), (&json!("old"), &json!("new")));
}

#[tokio::test]
async fn of_a_batch_only_the_events_that_are_wrong_have_failed() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let mut events: Vec<_> = (0..100).map(track).collect();
    events[7]["timestamp"] = "2031-01-01T00:00:00.000Z".into();
    events[42]["userId"] = "undefined".into();
    let verdicts = send(&*connection, server, &items(&*connection, events)).await;
    for (place, verdict) in verdicts.iter().enumerate() {
        let expected = if [7, 42].contains(&place) { Outcome::DataWrong } else { Outcome::Delivered };
        assert_eq!(verdict.outcome, expected, "{place}");
    }
    assert!(verdicts[7].reason.sentence.contains("its time") && verdicts[42].reason.sentence.contains("distinct_id"));
    let project = project.lock().unwrap();
    assert_eq!((project.events.len(), project.requests), (98, 1));
}

#[tokio::test]
async fn an_event_that_is_sent_twice_is_there_once() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let items = items(&*connection, (0..10).map(track));
    send(&*connection, server, &items).await;
    send(&*connection, server, &items[3..]).await;
    assert_eq!(project.lock().unwrap().events.len(), 10);
}

#[tokio::test]
async fn two_thousand_events_share_a_request_and_no_more() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let items = items(&*connection, (0..2_500).map(track));
    let count = connection.terms().batch.take(&items);
    assert_eq!(count, 2_000);
    let verdicts = send(&*connection, server, &items[..count]).await;
    assert!(verdicts.iter().all(|verdict| verdict.outcome == Outcome::Delivered));
    assert_eq!(project.lock().unwrap().requests, 1);
}

#[tokio::test]
async fn a_batch_that_is_too_large_is_halved_until_it_fits() {
    let (server, project) = start().await;
    let connection = connect(json!({"projectToken": TOKEN}));
    let large = |number| {
        let mut event = track(number);
        event["properties"]["note"] = "x".repeat(300_000).into();
        event
    };
    // More than the limits would put together.
    let items = items(&*connection, (0..10).map(large));
    assert!(connection.terms().batch.take(&items) < 10);
    let verdicts = send(&*connection, server, &items).await;
    assert_eq!(outcomes(&verdicts), [Outcome::Delivered; 10]);
    assert_eq!(project.lock().unwrap().events.len(), 10);
}

#[tokio::test]
async fn over_the_rate_limit_all_wait_and_wrong_credentials_are_a_matter_of_the_settings() {
    let (server, project) = start().await;
    project.lock().unwrap().over_limit = 1;
    let connection = connect(json!({"projectToken": TOKEN}));
    let sent = items(&*connection, (0..3).map(track));
    assert_eq!(outcomes(&send(&*connection, server, &sent).await), [Outcome::RetryWithBackoff; 3]);
    assert_eq!(outcomes(&send(&*connection, server, &sent).await), [Outcome::Delivered; 3]);
    let wrong = connect(json!({"projectToken": "another"}));
    let verdicts = send(&*wrong, server, &sent).await;
    assert_eq!(outcomes(&verdicts), [Outcome::SettingsWrong; 3]);
    assert!(verdicts[0].reason.code == "401" && verdicts[0].reason.sentence.contains("project token"));
}

#[tokio::test]
async fn a_service_account_signs_in_with_its_project() {
    let (server, project) = start().await;
    let account = |secret: &str| {
        connect(json!({
            "projectToken": TOKEN, "projectId": PROJECT,
            "serviceAccountUsername": "account.mp-service", "serviceAccountSecret": secret,
        }))
    };
    let connection = account("hunter2");
    let sent = items(&*connection, [track(1)]);
    assert_eq!(outcomes(&send(&*connection, server, &sent).await), [Outcome::Delivered]);
    assert_eq!(outcomes(&send(&*account("wrong"), server, &sent).await), [Outcome::SettingsWrong]);
    assert_eq!(project.lock().unwrap().events.len(), 1);
    let shown: Vec<_> = connection.request(&sent).masked_headers().map(|(_, value)| value).collect();
    assert!(shown.iter().all(|value| !value.contains(crate::documented::ACCOUNT)));
}
