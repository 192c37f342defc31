use prime_event::{DiscardCode, LedgerCounts, SourceId, Timestamp};
use serde_json::{Value, json};

use super::{Server, server};

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn counts(processed: u64, duplicates: u64, rejected: u64) -> LedgerCounts {
    let accepted = processed + duplicates + rejected;
    let mut counts = LedgerCounts { accepted, processed, duplicates, rejected: Vec::new() };
    if rejected > 0 {
        counts.add_rejected(DiscardCode::NoUserAnonId, rejected);
    }
    counts
}

fn ago(ms: i64) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - ms)
}

/// Two sources, over some hours.
async fn filled() -> (Server, String) {
    let mut server = server();
    let source = server.first_source();
    let line = |source: &str, hours: i64, counts| server.ledger_line(source, ago(hours * HOUR_MS), counts);
    let old = vec![line("another", 30, counts(1_000, 0, 0)), line(&source, 3, counts(5, 2, 1))];
    let new = vec![line("another", 2, counts(7, 0, 0)), line(&source, 1, counts(10, 1, 2))];
    server.ledger_record(0, 4, old).await;
    server.ledger_record(4, 9, new).await;
    server.follow_ledger().await;
    (server, source)
}

fn sum(ledger: &Value, name: &str) -> u64 {
    ledger["rows"].as_array().unwrap().iter().map(|row| row["counts"][name].as_u64().unwrap()).sum()
}

#[tokio::test]
async fn the_last_day_of_a_source_adds_up() {
    let (server, source) = filled().await;
    let answer = server.get(&format!("/ledger?sourceId={source}")).await;
    let ledger = answer.data();
    assert_eq!(
        ledger["totals"],
        json!({
            "accepted": 21, "processed": 15, "duplicates": 3, "rejected": 3, "rejectedByCode": {"no_user_anon_id": 3},
            "balanced": true,
        })
    );
    assert_eq!((sum(ledger, "accepted"), sum(ledger, "duplicates"), sum(ledger, "rejected")), (21, 3, 3));
    assert_eq!(ledger["rows"].as_array().unwrap().len(), 25, "the hour that has begun is the last of them");
    assert_eq!(
        (&ledger["balanced"], &ledger["caughtUp"], &ledger["resolution"]),
        (&json!(true), &json!(true), &json!("hour"))
    );
    assert_eq!((&ledger["findings"], &ledger["completeSince"]), (&json!([]), &Value::Null));
    let reason = &ledger["reasons"][0];
    assert_eq!((&reason["code"], &reason["messages"]), (&json!("no_user_anon_id"), &json!(3)));
    assert!(reason["sentence"].as_str().unwrap().ends_with('.') && reason["remedy"].as_str().unwrap().ends_with('.'));
}

#[tokio::test]
async fn all_sources_are_told_together_and_each() {
    let (server, source) = filled().await;
    let answer = server.get("/ledger").await;
    let ledger = answer.data();
    assert_eq!((&ledger["totals"]["accepted"], sum(ledger, "processed")), (&json!(28), 22));
    let mut sources: Vec<_> = ledger["sources"].as_array().unwrap().clone();
    sources.sort_by_key(|source| source["counts"]["accepted"].as_u64());
    assert_eq!((&sources[0]["sourceId"], &sources[1]["sourceId"]), (&json!("another"), &json!(source)));
    let week = server.get(&format!("/ledger?from={}", ago(7 * 24 * HOUR_MS))).await;
    assert_eq!(week.data()["totals"]["accepted"], 1_028);
}

#[tokio::test]
async fn minutes_show_the_same_in_finer_steps() {
    let (server, source) = filled().await;
    let from = ago(4 * HOUR_MS);
    let answer = server.get(&format!("/ledger?sourceId={source}&resolution=minute&from={from}")).await;
    let ledger = answer.data();
    assert_eq!((sum(ledger, "accepted"), &ledger["totals"]["accepted"]), (21, &json!(21)));
    let rows = ledger["rows"].as_array().unwrap().len();
    assert!((241..=242).contains(&rows), "{rows}");
    assert_eq!(server.get("/ledger?resolution=second").await.refusal(), (422, "resolution"));
    assert_eq!(server.get("/ledger?from=yesterday").await.refusal(), (422, "from"));
    assert_eq!(server.get("/ledger?from=2020-01-01").await.refusal(), (422, "from"));
    assert_eq!(server.get("/ledger?sourceId=another").await.refusal().0, 404);
}

#[tokio::test]
async fn a_gap_is_told_in_the_ledger_and_needs_a_person() {
    let mut server = server();
    let source = server.first_source();
    let line = server.ledger_line(&source, ago(0), counts(3, 0, 0));
    server.ledger_record(0, 3, vec![line.clone()]).await;
    server.ledger_record(7, 10, vec![line]).await;
    server.follow_ledger().await;
    let answer = server.get("/ledger").await;
    let ledger = answer.data();
    assert_eq!((&ledger["balanced"], &ledger["totals"]["balanced"]), (&json!(false), &json!(true)));
    let finding = &ledger["findings"][0];
    assert_eq!(finding["kind"], "gap");
    assert!(finding["sentence"].as_str().unwrap().contains("offsets 3 to 6 of partition 0"), "{finding}");
    let overview = server.get("/overview").await;
    let attention = &overview.data()["attention"][0];
    assert_eq!((&attention["kind"], &attention["link"]), (&json!("ledger-unbalanced"), &json!("/duplicates")));
}

#[tokio::test]
async fn counts_that_do_not_add_up_are_not_balanced() {
    let mut server = server();
    let wrong = LedgerCounts { accepted: 9, ..counts(3, 2, 1) };
    let lines = vec![server.ledger_line(&server.first_source(), ago(0), wrong)];
    server.ledger_record(0, 1, lines).await;
    server.follow_ledger().await;
    let answer = server.get("/ledger").await;
    assert_eq!((&answer.data()["balanced"], &answer.data()["totals"]["balanced"]), (&json!(false), &json!(false)));
    assert_eq!(answer.data()["findings"][0]["kind"], "unbalanced");
}

#[tokio::test]
async fn until_the_ledger_is_read_it_says_so() {
    let server = server();
    server.ledger_record(0, 1, vec![server.ledger_line(&server.first_source(), ago(0), counts(3, 0, 0))]).await;
    let answer = server.get("/ledger").await;
    assert_eq!((&answer.data()["caughtUp"], &answer.data()["totals"]["accepted"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn the_overview_goes_on_after_a_restart_where_the_ledger_stands() {
    let (server, source) = filled().await;
    // What was accepted a moment ago and is not processed yet.
    server.api.counters.source(&SourceId::new(&source)).add_accepted(4, Timestamp::now());
    let answer = server.get(&format!("/overview/series?minutes=240&sourceId={source}")).await;
    let series = answer.data()["series"].as_array().unwrap().clone();
    let sum = |name: &str| series.iter().map(|minute| minute[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("accepted"), sum("processed"), sum("duplicates"), sum("rejected")), (25, 15, 3, 3));
}
