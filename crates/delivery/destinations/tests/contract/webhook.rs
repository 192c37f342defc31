use prime_destination_testkit::{Kit, Recording};
use prime_destinations::webhook::Webhook;
use serde_json::json;

use crate::{ALIAS, GROUP, IDENTIFY, PAGE, TRACK, check};

const EVENTS: &[&str] = &[TRACK, PAGE, IDENTIFY, GROUP, ALIAS];
const TAKEN: Recording = Recording {
    name: "taken",
    events: EVENTS,
    status: 200,
    headers: &[("content-type", "application/json"), ("retry-after", "1")],
    body: r#"{"success":true}"#,
};
const REFUSED: Recording = Recording { name: "refused", status: 400, ..TAKEN };
const DOWN: Recording = Recording { name: "down", status: 503, body: "<h1>503</h1>", ..TAKEN };

#[test]
fn a_webhook_keeps_the_contract_event_by_event() {
    let settings = json!({
        "url": "https://user:hunter2hunter2@hooks.example.com/in?token=hunter2hunter2",
        "moreUrls": "https://more.example.com/in",
        "headers": {"Authorization": "Bearer hunter2hunter2"},
        "sharedSecret": "hunter2hunter2",
    });
    check(&Kit::new(&Webhook, settings, ""), &[TAKEN, REFUSED, DOWN]);
}

#[test]
fn a_webhook_keeps_the_contract_in_batches() {
    let settings = json!({"url": "https://hooks.example.com/in", "batchSize": 3, "sharedSecret": "hunter2hunter2"});
    check(&Kit::new(&Webhook, settings, ""), &[TAKEN, REFUSED, DOWN]);
}
