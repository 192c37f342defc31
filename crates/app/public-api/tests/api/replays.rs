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
async fn what_ran_out_of_time_is_listed_by_day_and_replayed() {
    let mut server = server();
    let id = webhook(&server, true).await;
    let address = format!("/destinations/{id}/expired");
    let place = server.folder().join("expired");
    assert_eq!(server.get(&address).await.data(), &json!({"place": place, "days": []}));
    let line = json!({
        "destinationId": id, "workspaceId": server.workspace().to_string(), "sourceId": server.first_source(),
        "partition": 0, "offset": 7, "receivedAt": "2023-11-14T22:13:20.000Z", "expiredAt": "2023-11-15T02:13:20.000Z",
        "attempts": 40, "code": "503", "reason": "It is away.", "event": {"type": "track", "event": "late", "messageId": "m"},
    });
    let day = place.join(&id).join("2023-11-14");
    std::fs::create_dir_all(&day).unwrap();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut gzip, format!("{line}\n").as_bytes()).unwrap();
    let file = gzip.finish().unwrap();
    std::fs::write(day.join("0-00000000000000000007.1.jsonl.gz"), &file).unwrap();
    let days = json!([{"day": "2023-11-14", "events": 1, "files": 1, "bytes": file.len()}]);
    assert_eq!(server.get(&address).await.data()["days"], days);
    let mut asked = spec(&id);
    asked["only"] = "EXPIRED".into();
    let preview = server.post("/replays/preview", asked.clone()).await.data()["preview"].clone();
    assert_eq!((&preview["events"], &preview["samples"][0]["messageId"]), (&json!(1), &json!("m")));
    let started = server.post("/replays", asked).await.data()["replay"].clone();
    assert_eq!((&started["only"], &started["heldUp"]), (&json!("EXPIRED"), &Value::Null));
    server.run_replays();
    // Nobody listens at the address.
    let address = format!("/replays/{}", started["id"].as_str().unwrap());
    for _ in 0..1_500 {
        let replay = server.get(&address).await.data()["replay"].clone();
        if let Some(held_up) = replay["heldUp"].as_str() {
            assert!(held_up.contains("waits for another attempt"), "{held_up}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody said that it does not go on");
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
