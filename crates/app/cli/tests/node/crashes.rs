//! What was answered 200 survives `kill -9`, at any moment, any number of times, and is there once, however often it was
//! sent.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use prime_demo::{DemoMessage, DemoOptions, DemoSummary, Expected};
use prime_event::{EventRecord, Origin, WriteKey};
use prime_testkit::{Server, ServerOptions, read_duplicates, read_events, read_ledger, read_rejected};
use serde_json::Value;

/// As many as the promise is made for.
const KILLS: u32 = 50;
/// With `PRIMEDATA_TEST_LONG=1`, kills go on for this long, some seconds apart.
const LONG: Duration = Duration::from_secs(600);

#[tokio::test(flavor = "multi_thread")]
async fn every_acknowledged_message_survives_fifty_kills_exactly_as_it_was_sent() {
    let options = ServerOptions::new(env!("CARGO_BIN_EXE_primedata"));
    let mut server = options.set("PRIMEDATA_STREAMS__SEGMENT_BYTES_MAX", 4 << 20).start().await;
    let acknowledged: Arc<Mutex<Vec<DemoMessage>>> = Arc::default();
    let sending = tokio::spawn(send(&server, Arc::clone(&acknowledged)));

    let is_long = std::env::var_os("PRIMEDATA_TEST_LONG").is_some();
    let (began, longest_ms) = (Instant::now(), if is_long { 5_000 } else { 500 });
    let mut chance = 0x5EED_u64;
    let mut kills = 0;
    while kills < KILLS || (is_long && began.elapsed() < LONG) {
        chance = chance.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        tokio::time::sleep(Duration::from_millis(20 + (chance >> 33) % longest_ms)).await;
        server.kill();
        server.restart().await;
        kills += 1;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    sending.abort();
    let _ = sending.await;
    assert!(server.stop().await.success());

    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    let (events, rejected) = (read_events(server.data_dir()).await, read_rejected(server.data_dir()).await);
    let (duplicates, ledger) = (read_duplicates(server.data_dir()).await, read_ledger(server.data_dir()).await);
    println!(
        "{} acknowledged, {} events, {} duplicates, {} rejected, {kills} kills",
        acknowledged.len(),
        events.len(),
        duplicates.len(),
        rejected.len()
    );
    assert!(acknowledged.len() > 1_000, "the load was too small to prove anything: {}", acknowledged.len());
    assert_in_order_without_repeats(events.iter().map(|event| event.origin));
    assert_in_order_without_repeats(rejected.iter().map(|record| record.origin));
    assert_in_order_without_repeats(duplicates.iter().map(|record| record.origin));
    assert!(duplicates.len() > 100, "too few were sent again to prove anything");
    // More than was acknowledged: what a kill kept from being answered was taken all the same.
    assert!(ledger.accepted >= acknowledged.len() as u64);
    assert_eq!((ledger.processed, ledger.duplicates), (events.len() as u64, duplicates.len() as u64));
    // Requests that were refused are in `rejected` too; they were never accepted.
    assert!(ledger.rejected_total() <= rejected.len() as u64);

    let payloads = by_message_id(&events);
    assert_eq!(payloads.values().filter(|found| found.len() > 1).count(), 0, "each id is in `events` once");
    let known: HashSet<&str> = duplicates.iter().map(|record| record.message_id.as_str()).collect();
    assert!(known.iter().all(|id| payloads.contains_key(*id)), "nothing was kept out whose first one is missing");
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
        duplicates: 0.2,
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
