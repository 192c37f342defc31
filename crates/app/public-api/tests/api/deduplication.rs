use prime_event::{SourceId, Timestamp};
use prime_runtime::{DedupeHole, DedupeStatus};
use serde_json::{Value, json};

use super::server;

fn status() -> DedupeStatus {
    let hole = |from: i64| DedupeHole {
        from: Timestamp::from_millis(from),
        to: Timestamp::from_millis(from + 3_600_000),
        reason: "A file of that time was damaged.".into(),
    };
    DedupeStatus {
        window_ms: 30 * 86_400_000,
        hot_ms: 86_400_000,
        ids_hot: 1_000,
        ids_sealed: 29_000,
        memory_bytes: 5_000,
        memory_bytes_max: 1 << 30,
        disk_bytes: 150_000,
        holes: vec![hole(0), hole(86_400_000)],
        restoring: Some(0.25),
        ..DedupeStatus::default()
    }
}

#[tokio::test]
async fn the_deduplication_tells_its_window_and_its_holes_newest_first() {
    let server = server();
    server.api.counters.deduplication(0, Some(status()));
    let answer = server.get("/deduplication").await;
    let shown = &answer.data()["deduplication"];
    assert_eq!((&shown["windowSeconds"], &shown["hotSeconds"]), (&json!(2_592_000), &json!(86_400)));
    assert_eq!(
        (&shown["idsHot"], &shown["idsSealed"], &shown["restoring"]),
        (&json!(1_000), &json!(29_000), &json!(0.25))
    );
    assert_eq!(shown["holes"][0]["from"], "1970-01-02T00:00:00.000Z");
    assert_eq!(shown["holes"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_server_that_does_not_deduplicate_says_so() {
    assert_eq!(server().get("/deduplication").await.data()["deduplication"], Value::Null);
}

#[tokio::test]
async fn each_hole_needs_a_person() {
    let server = server();
    server.api.counters.deduplication(0, Some(status()));
    let answer = server.get("/overview").await;
    let attention = answer.data()["attention"].as_array().unwrap();
    let holes: Vec<_> = attention.iter().filter(|each| each["kind"] == "deduplication-hole").collect();
    assert_eq!(holes.len(), 2);
    let sentence = holes[0]["sentence"].as_str().unwrap();
    assert!(sentence.contains("between 1970-01-01T00:00:00.000Z and") && sentence.contains("damaged"), "{sentence}");
}

#[tokio::test]
async fn totals_rates_and_sources_count_duplicates() {
    let server = server();
    server.api.counters.source(&SourceId::new(server.first_source())).add_duplicates(6, Timestamp::now());
    let answer = server.get("/overview").await;
    let overview = answer.data();
    assert_eq!((&overview["totals"]["duplicates"], &overview["sources"][0]["duplicates"]), (&json!(6), &json!(6)));
    assert!(overview["rates"]["duplicates"].is_number());
}
