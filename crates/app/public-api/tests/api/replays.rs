use std::time::Duration;

use serde_json::{Value, json};

use super::{Server, server};

async fn webhook(server: &Server, enabled: bool) -> String {
    let body = json!({
        "sourceId": server.first_source(), "metadataId": "webhook", "name": "Hook", "enabled": enabled,
        "settings": {"url": "http://127.0.0.1:1/in"},
    });
    server.post("/destinations", body).await.data()["destination"]["id"].as_str().unwrap().to_owned()
}

/// Around the moment at which the test server's events were received.
fn spec(destination: &str) -> Value {
    json!({
        "destinationId": destination, "startTime": "2023-11-14T00:00:00Z", "endTime": "2023-11-15T00:00:00Z",
        "only": "EVERYTHING",
    })
}

#[tokio::test]
async fn a_replay_is_previewed_started_shown_and_cancelled() {
    let mut server = server();
    let id = webhook(&server, true).await;
    let source = server.first_source();
    for name in ["a", "b"] {
        server.event(&source, json!({"type": "track", "event": name, "messageId": name})).await;
    }
    let preview = server.post("/replays/preview", spec(&id)).await.data()["preview"].clone();
    assert_eq!((&preview["events"], &preview["isComplete"], &preview["seconds"]), (&json!(2), &json!(true), &json!(1)));
    assert_eq!((&preview["samples"][0]["messageId"], &preview["failures"]), (&json!("a"), &json!(0)));
    assert_eq!(server.get("/replays").await.data(), &json!({"replays": []}));
    let started = server.post("/replays", spec(&id)).await.data()["replay"].clone();
    assert_eq!((&started["state"], &started["total"], &started["sent"]), (&json!("RUNNING"), &json!(2), &json!(0)));
    assert_eq!(server.post("/replays", spec(&id)).await.refusal().0, 409);
    server.run_replays();
    // Nobody listens at the address, so its events are tried again and again.
    tokio::time::sleep(Duration::from_millis(50)).await;
    let address = format!("/replays/{}", started["id"].as_str().unwrap());
    assert_eq!(server.get(&address).await.data()["replay"]["state"], "RUNNING");
    let cancelled = server.post(&format!("{address}/cancel"), json!({})).await.data()["replay"].clone();
    assert_eq!((&cancelled["state"], cancelled["endedAt"].is_string()), (&json!("CANCELLED"), true));
    assert_eq!(server.get("/replays").await.data()["replays"][0]["id"], started["id"]);
}

#[tokio::test]
async fn what_cannot_be_replayed_is_refused_by_its_name() {
    let server = server();
    let (on, off) = (webhook(&server, true).await, webhook(&server, false).await);
    let ask = async |change: Value| {
        let mut body = spec(&on);
        change.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        let answer = server.post("/replays", body).await;
        let (status, field) = answer.refusal();
        (status, field.to_owned())
    };
    assert_eq!(ask(json!({})).await, (422, "startTime".to_owned()));
    assert_eq!(ask(json!({"endTime": "2023-11-13T00:00:00Z"})).await, (422, "endTime".to_owned()));
    assert_eq!(ask(json!({"startTime": "yesterday"})).await, (422, "startTime".to_owned()));
    assert_eq!(ask(json!({"ratePerSecond": 0})).await, (422, "ratePerSecond".to_owned()));
    assert_eq!(ask(json!({"eventType": "fax"})).await, (422, "type".to_owned()));
    assert_eq!(ask(json!({"destinationId": off})).await, (422, "destinationId".to_owned()));
    assert_eq!(ask(json!({"destinationId": "another"})).await.0, 404);
    assert_eq!(server.get("/replays/7").await.refusal().0, 404);
}
