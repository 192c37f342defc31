use serde_json::{Value, json};

use super::{Server, server};

/// Ten events of two people at two sources.
async fn filled() -> (Server, String) {
    let server = server();
    let source = server.first_source();
    for number in 0..10 {
        let (kind, field) = if number % 2 == 0 { ("track", "event") } else { ("page", "name") };
        let mut event = json!({
            "type": kind, "messageId": format!("m{number}"), "anonymousId": format!("anonymous-{number}"),
            "userId": if number < 5 { "ada" } else { "grace" },
        });
        event[field] = json!(format!("Name {number}"));
        server.event(if number == 9 { "another" } else { &source }, event).await;
    }
    (server, source)
}

fn ids(data: &Value) -> Vec<&str> {
    data["events"].as_array().unwrap().iter().map(|event| event["messageId"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_come_newest_first_with_everything_that_is_known() {
    let (server, source) = filled().await;
    let answer = server.get("/events?limit=2").await;
    assert_eq!(ids(answer.data()), ["m9", "m8"]);
    let event = &answer.data()["events"][1];
    assert_eq!(event["sourceId"], source);
    assert_eq!(
        (&event["type"], &event["name"], &event["userId"]),
        (&json!("track"), &json!("Name 8"), &json!("grace"))
    );
    assert_eq!((&event["offset"], &event["receivedAt"]), (&json!(8), &json!("2023-11-14T22:13:20.000Z")));
    assert_eq!(event["payload"]["event"], "Name 8");
}

#[tokio::test]
async fn older_pages_follow_without_gap_or_overlap() {
    let (server, _) = filled().await;
    let (mut address, mut seen) = ("/events?limit=3".to_owned(), Vec::new());
    loop {
        let answer = server.get(&address).await;
        seen.extend(ids(answer.data()).into_iter().map(str::to_owned));
        let Some(next) = answer.data()["pagination"]["next"].as_str() else { break };
        address = format!("/events?limit=3&pagination[cursor]={next}");
    }
    assert_eq!(seen, (0..10).rev().map(|number| format!("m{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn filters_hold_together() {
    let (server, source) = filled().await;
    let found = async |query: &str| {
        let answer = server.get(&format!("/events?{query}")).await;
        ids(answer.data()).join(" ")
    };
    assert_eq!(found("userId=grace&type=track").await, "m8 m6");
    assert_eq!(found("userId=anonymous-3").await, "m3");
    assert_eq!(found("name=NAME%204").await, "m4");
    assert_eq!(found("messageId=m7").await, "m7");
    assert_eq!(found("sourceId=another").await, "m9");
    assert_eq!(found(&format!("sourceId={source}&userId=grace")).await, "m8 m7 m6 m5");
    assert_eq!(found("userId=nobody").await, "");
}

#[tokio::test]
async fn numbers_are_written_exactly_as_they_came() {
    let server = server();
    let text = r#"{"type":"track","event":"Paid","messageId":"m","properties":{"n":12345678901234567890123,"d":1.10}}"#;
    let payload: Value = serde_json::from_str(text).unwrap();
    server.event(&server.first_source(), payload).await;
    let authorization = format!("Bearer {}", server.token);
    let response = server.open("GET", "/events", &[("authorization", &authorization)], None).await;
    let body = http_body_util::BodyExt::collect(response.into_body()).await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains(text), "{body:?}");
}

#[tokio::test]
async fn questions_out_of_bounds_are_refused() {
    let server = server();
    assert_eq!(server.get("/events?limit=501").await.refusal(), (422, "limit"));
    assert_eq!(server.get("/events?limit=many").await.refusal(), (422, "limit"));
    assert_eq!(server.get("/events?type=sale").await.refusal(), (422, "type"));
    assert_eq!(server.get("/events?pagination[cursor]=%21").await.refusal(), (422, "pagination[cursor]"));
    assert_eq!(server.get("/events").await.data()["events"], json!([]));
}

#[tokio::test]
async fn a_long_history_is_searched_through() {
    let server = server();
    let source = server.first_source();
    server.event(&source, json!({"type": "track", "event": "First", "messageId": "needle"})).await;
    let filler: Vec<_> = (0..2_000)
        .map(|number| {
            let payload = json!({"type": "track", "event": "Filler", "messageId": format!("f{number}")});
            prime_event::EventRecord {
                origin: prime_event::Origin { offset: 0, index: 0 },
                received_at: prime_event::Timestamp::from_millis(0),
                workspace: server.workspace(),
                source: prime_event::SourceId::new(&source),
                payload: payload.to_string().into(),
            }
            .encode()
        })
        .collect();
    server.api.events[0].append(filler).await.unwrap();
    let found = server.get("/events?messageId=needle").await;
    assert_eq!(ids(found.data()), ["needle"]);
    assert_eq!(found.data()["pagination"]["next"], Value::Null);
}
