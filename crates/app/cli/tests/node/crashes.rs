//! What was answered 200 survives `kill -9`, at any moment, any number of times.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use prime_demo::{DemoMessage, DemoOptions, DemoSummary, Expected};
use prime_event::{EventRecord, Origin, WriteKey};
use prime_testkit::{Server, ServerOptions, read_events, read_rejected};
use serde_json::Value;

/// As many as the promise is made for.
const KILLS: u32 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_message_survives_fifty_kills_exactly_as_it_was_sent() {
    let options = ServerOptions::new(env!("CARGO_BIN_EXE_primedata"));
    let mut server = options.set("PRIMEDATA_STREAMS__SEGMENT_BYTES_MAX", 4 << 20).start().await;
    let acknowledged: Arc<Mutex<Vec<DemoMessage>>> = Arc::default();
    let sending = tokio::spawn(send(&server, Arc::clone(&acknowledged)));

    let mut chance = 0x5EED_u64;
    for _ in 0..KILLS {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(20 + (chance >> 33) % 500)).await;
        server.kill();
        server.restart().await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    sending.abort();
    let _ = sending.await;
    assert!(server.stop().await.success());

    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    let (events, rejected) = (read_events(server.data_dir()).await, read_rejected(server.data_dir()).await);
    println!(
        "{} acknowledged, {} events, {} rejected, {KILLS} kills",
        acknowledged.len(),
        events.len(),
        rejected.len()
    );
    assert!(acknowledged.len() > 1_000, "the load was too small to prove anything: {}", acknowledged.len());
    assert_in_order_without_repeats(events.iter().map(|event| event.origin));
    assert_in_order_without_repeats(rejected.iter().map(|record| record.origin));

    let payloads = by_message_id(&events);
    let mut refused: HashMap<&str, usize> = HashMap::new();
    for record in &rejected {
        *refused.entry(record.code.as_str()).or_default() += 1;
    }
    for message in &acknowledged {
        match message.expected {
            Expected::Accepted => {
                let found = payloads.get(&message.message_id).map(Vec::as_slice).unwrap_or_default();
                assert!(!found.is_empty(), "acknowledged and missing: {}", message.json);
                for payload in found {
                    assert_holds(payload, &message.json);
                }
            }
            Expected::Rejected(code) => {
                let left =
                    refused.get_mut(code.as_str()).unwrap_or_else(|| panic!("no {code} in rejected: {}", message.json));
                *left = left.checked_sub(1).unwrap_or_else(|| panic!("too few {code} in rejected: {}", message.json));
            }
        }
    }
}

fn send(server: &Server, acknowledged: Arc<Mutex<Vec<DemoMessage>>>) -> impl Future<Output = DemoSummary> + use<> {
    let options = DemoOptions {
        rate: 2_000.0,
        duplicates: 0.1,
        malformed: 0.05,
        connections: 8,
        ..DemoOptions::new(server.url(), WriteKey::new(server.write_key()))
    };
    async move {
        let observer = |progress: prime_demo::DemoProgress<'_>| {
            acknowledged.lock().unwrap().extend_from_slice(progress.acknowledged());
        };
        prime_demo::run(options, observer).await.expect("the demo runs through crashes")
    }
}

fn by_message_id(events: &[EventRecord]) -> HashMap<String, Vec<Value>> {
    let mut by_id: HashMap<String, Vec<Value>> = HashMap::new();
    for event in events {
        let payload: Value = serde_json::from_slice(&event.payload).expect("a payload is JSON");
        by_id.entry(payload["messageId"].as_str().expect("an event has an id").to_owned()).or_default().push(payload);
    }
    by_id
}

/// A crash must neither write a message twice nor out of its order.
fn assert_in_order_without_repeats(origins: impl Iterator<Item = Origin>) {
    let mut last = None;
    for origin in origins {
        assert!(last < Some(origin), "{origin:?} follows {last:?}");
        last = Some(origin);
    }
}

/// Everything that was sent is there as it was, but for what the server sets: times, and what it adds to the context.
fn assert_holds(payload: &Value, sent: &str) {
    let sent: Value = serde_json::from_str(sent).expect("an acceptable message is JSON");
    for (name, value) in sent.as_object().expect("an acceptable message is an object") {
        match name.as_str() {
            "timestamp" => assert!(payload["originalTimestamp"].is_string(), "{payload}"),
            "sentAt" | "writeKey" | "receivedAt" => {}
            "context" => {
                for (name, value) in value.as_object().into_iter().flatten() {
                    assert_eq!(&payload["context"][name], value, "context.{name} of {payload}");
                }
            }
            _ if value.is_null() => {}
            _ => assert_eq!(&payload[name], value, "{name} of {payload}"),
        }
    }
}
