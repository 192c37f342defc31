use axum::Router;
use axum::routing::post;
use serde_json::{Value, json};

use super::{Server, server};

async fn create(server: &Server, settings: Value) -> super::Answer {
    let body =
        json!({"sourceId": server.first_source(), "metadataId": "webhook", "name": "Hook", "settings": settings});
    server.post("/destinations", body).await
}

fn id(answer: &super::Answer) -> String {
    answer.data()["destination"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_destination_is_created_read_changed_and_deleted() {
    let server = server();
    let created = create(&server, json!({"url": "https://example.com/in"})).await;
    let address = format!("/destinations/{}", id(&created));
    assert_eq!(server.get(&address).await.data(), created.data());
    assert_eq!(created.data()["destination"]["metadata"]["id"], "webhook");
    let changed = server.patch(&address, json!({"enabled": false, "name": "Other"})).await;
    let destination = &changed.data()["destination"];
    assert_eq!((&destination["enabled"], &destination["name"]), (&json!(false), &json!("Other")));
    assert_eq!(destination["settings"]["url"], "https://example.com/in");
    let of_source = format!("/destinations?sourceId={}", server.first_source());
    assert_eq!(server.get(&of_source).await.data()["destinations"].as_array().unwrap().len(), 2);
    assert_eq!(server.get("/destinations?sourceId=another").await.data()["destinations"], json!([]));
    assert_eq!(server.delete(&address).await.data()["status"], "SUCCESS");
    assert_eq!(server.get(&address).await.refusal().0, 404);
}

#[tokio::test]
async fn settings_that_cannot_work_are_refused_by_field() {
    let server = server();
    assert_eq!(create(&server, json!({})).await.refusal(), (422, "settings.url"));
    assert_eq!(create(&server, json!({"url": "nonsense"})).await.refusal(), (422, "settings.url"));
    assert_eq!(create(&server, json!({"url": "https://a.test", "x": 1})).await.refusal(), (422, "settings.x"));
    let body = json!({"sourceId": "another", "metadataId": "webhook", "settings": {}});
    assert_eq!(server.post("/destinations", body).await.refusal(), (422, "sourceId"));
    let body = json!({"sourceId": server.first_source(), "metadataId": "fax", "settings": {}});
    assert_eq!(server.post("/destinations", body).await.refusal(), (422, "metadataId"));
}

#[tokio::test]
async fn a_secret_comes_back_masked_and_its_mask_leaves_it_unchanged() {
    let server = server();
    let created = create(&server, json!({"url": "https://a.test", "sharedSecret": "hunter2"})).await;
    assert_eq!(created.data()["destination"]["settings"]["sharedSecret"], "********");
    let id = id(&created);
    let address = format!("/destinations/{id}");
    let stored = |name: &str| {
        let definitions = server.api.control.definitions();
        let destination = definitions.destination(&prime_event::DestinationId::new(&id)).unwrap().clone();
        destination.settings.get(name).cloned().unwrap_or_default()
    };
    let mask = json!({"settings": {"url": "https://b.test", "sharedSecret": "********"}});
    let changed = server.patch(&address, mask).await;
    assert!(!changed.body.to_string().contains("hunter2"));
    assert_eq!((stored("url"), stored("sharedSecret")), (json!("https://b.test"), json!("hunter2")));
    server.patch(&address, json!({"settings": {"url": "https://b.test", "sharedSecret": "new"}})).await.data();
    assert_eq!(stored("sharedSecret"), "new");
    let cleared = server.patch(&address, json!({"settings": {"url": "https://b.test", "sharedSecret": ""}})).await;
    assert_eq!(cleared.data()["destination"]["settings"]["sharedSecret"], "");
    let trail = server.get("/audit-events").await.body.to_string();
    assert!(trail.contains("b.test") && !trail.contains("hunter2"));
}

#[tokio::test]
async fn a_header_that_holds_a_credential_is_a_secret_too() {
    let server = server();
    let headers = json!({"Authorization": "Bearer hunter2", "X-Env": "prod"});
    let created = create(&server, json!({"url": "https://a.test", "headers": headers.clone()})).await;
    let shown = &created.data()["destination"]["settings"];
    assert_eq!(shown["headers"], json!({"Authorization": "********", "X-Env": "prod"}));
    let id = id(&created);
    server.patch(&format!("/destinations/{id}"), json!({"settings": shown})).await.data();
    let definitions = server.api.control.definitions();
    let stored = definitions.destination(&prime_event::DestinationId::new(&id)).unwrap();
    assert_eq!(stored.settings["headers"], headers);
    assert!(!server.get("/audit-events").await.body.to_string().contains("hunter2"));
}

#[tokio::test]
async fn a_test_shows_what_was_sent_and_what_came_back_without_secrets() {
    let server = server();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/in", listener.local_addr().unwrap());
    let receiver = Router::new().route("/in", post(async |body: String| (http::StatusCode::ACCEPTED, body)));
    tokio::spawn(async move { axum::serve(listener, receiver).await });
    let settings = json!({"url": url, "sharedSecret": "hunter2", "headers": {"Authorization": "Bearer hunter2"}});
    let address = format!("/destinations/{}/test", id(&create(&server, settings).await));
    let sample = server.post(&address, json!({})).await;
    let result = sample.data();
    assert_eq!((&result["outcome"], &result["status"]), (&json!("delivered"), &json!(202)), "{result}");
    assert_eq!((&result["request"]["method"], &result["request"]["url"]), (&json!("POST"), &json!(url)));
    assert_eq!(result["request"]["body"], result["response"]["body"]);
    assert!(!sample.body.to_string().contains("hunter2"));
    let own = server.post(&address, json!({"event": {"type": "track", "event": "Mine"}})).await;
    assert!(own.data()["request"]["body"].as_str().unwrap().contains("Mine"));
}

#[tokio::test]
async fn a_preview_shows_the_request_of_a_real_event_and_sends_nothing() {
    let server = server();
    let settings =
        json!({"url": "https://a.test/in", "sharedSecret": "hunter2", "headers": {"Authorization": "Bearer x"}});
    let address = format!("/destinations/{}/preview", id(&create(&server, settings).await));
    let preview = async |body: Value| server.post(&address, body).await.data()["preview"].clone();
    let nothing = preview(json!({})).await;
    assert!(nothing["event"].is_null() && nothing["request"].is_null() && nothing["problem"].is_null());
    let source = server.first_source();
    server.event("another", json!({"type": "track", "event": "Elsewhere", "messageId": "m-0"})).await;
    server.event(&source, json!({"type": "track", "event": "Signup", "messageId": "m-1"})).await;
    let kept = json!({"type": "track", "event": "Kept", "messageId": "m-2", "integrations": {"Webhook": false}});
    server.event(&source, kept).await;
    let newest_that_is_sent = preview(json!({})).await;
    assert_eq!(newest_that_is_sent["messageId"], "m-1");
    let request = &newest_that_is_sent["request"];
    assert_eq!((&request["method"], &request["url"]), (&json!("POST"), &json!("https://a.test/in")));
    assert!(request["body"].as_str().unwrap().contains("Signup"));
    assert_eq!(request["headers"]["authorization"], "********");
    let filtered = preview(json!({"messageId": "m-2"})).await;
    assert_eq!(filtered["filtered"]["code"], "FILTERED_BY_INTEGRATIONS_OBJECT");
    assert!(filtered["request"].is_null() && filtered["event"]["event"] == "Kept");
    assert!(preview(json!({"messageId": "m-0"})).await["event"].is_null());
    assert_eq!(server.post(&address, json!({"messageID": "m-1"})).await.refusal().0, 422);
}

#[tokio::test]
async fn a_preview_of_the_newest_event_passes_over_those_that_the_destination_would_not_take() {
    let server = server();
    let settings = json!({"url": "https://a.test/in", "data": "$.properties"});
    let address = format!("/destinations/{}/preview", id(&create(&server, settings).await));
    let preview = async |body: Value| server.post(&address, body).await.data()["preview"].clone();
    let source = server.first_source();
    let without = json!({"type": "track", "event": "Bare", "messageId": "m-1"});
    server.event(&source, without).await;
    let kept = json!({"type": "track", "event": "Kept", "messageId": "m-2", "integrations": {"Webhook": false}});
    server.event(&source, kept).await;
    let none_is_taken = preview(json!({})).await;
    assert_eq!(none_is_taken["messageId"], "m-1", "what can be put right is shown before what is not wanted");
    assert_eq!(none_is_taken["problem"]["code"], "PAYLOAD_VALIDATION_FAILED");
    let good = json!({"type": "track", "event": "Good", "messageId": "m-3", "properties": {"a": 1}});
    server.event(&source, good).await;
    server.event(&source, json!({"type": "track", "event": "Bare", "messageId": "m-4"})).await;
    let newest_that_is_sent = preview(json!({})).await;
    assert_eq!(newest_that_is_sent["messageId"], "m-3");
    assert_eq!(newest_that_is_sent["request"]["body"], r#"{"a":1}"#);
    assert_eq!(preview(json!({"messageId": "m-4"})).await["problem"]["code"], "PAYLOAD_VALIDATION_FAILED");
}

#[tokio::test]
async fn a_credential_in_a_url_is_never_shown_and_stays_when_it_comes_back_as_it_was_shown() {
    let server = server();
    let settings = json!({"url": "https://hunter2@a.test/in", "moreUrls": "https://me:hunter2@b.test/in"});
    let address = format!("/destinations/{}", id(&create(&server, settings).await));
    let shown = server.get(&address).await;
    assert!(!shown.body.to_string().contains("hunter2"), "{}", shown.body);
    let settings = &shown.data()["destination"]["settings"];
    assert_eq!(settings["url"], "https://********@a.test/in");
    let updated = server.patch(&address, json!({"settings": settings})).await;
    assert_eq!(updated.status, 200, "{}", updated.body);
    let stored = server.api.control.definitions();
    let stored = stored.destinations.values().find(|each| each.metadata_id == "webhook").unwrap();
    assert_eq!(stored.settings["url"], "https://hunter2@a.test/in");
    assert_eq!(stored.settings["moreUrls"], "https://me:hunter2@b.test/in");
    let audit = server.get("/audit-events").await;
    assert!(!audit.body.to_string().contains("hunter2"), "{}", audit.body);
}

#[tokio::test]
async fn a_failed_test_is_a_result_and_not_an_error() {
    let server = server();
    let address = format!("/destinations/{}/test", id(&create(&server, json!({"url": "http://127.0.0.1:1/in"})).await));
    let answer = server.post(&address, json!({})).await;
    assert_ne!(answer.data()["outcome"], "delivered");
    assert!(answer.data()["reason"].as_str().unwrap().ends_with('.'));
    assert!(answer.data().get("response").is_none());
}

#[tokio::test]
async fn a_fresh_destination_has_no_attempts_and_counts_nothing() {
    let server = server();
    let id = id(&create(&server, json!({"url": "https://a.test"})).await);
    let deliveries = server.get(&format!("/destinations/{id}/deliveries")).await;
    assert_eq!(deliveries.data(), &json!({"deliveries": [], "state": null}));
    server
        .api
        .counters
        .destination(&prime_event::DestinationId::new(&id))
        .add_delivered(3, prime_event::Timestamp::now());
    let metrics = server.get(&format!("/destinations/{id}/delivery-metrics")).await;
    assert_eq!(metrics.data()["destinationMetadataId"], "webhook");
    assert_eq!(metrics.data()["metrics"][0], json!({"metricName": "successes", "total": 3}));
}
