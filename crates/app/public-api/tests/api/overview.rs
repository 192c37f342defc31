use prime_event::{DiscardCode, SourceId, Timestamp};
use serde_json::json;

use super::server;

#[tokio::test]
async fn the_overview_sums_up_what_the_counters_say() {
    let server = server();
    let source = server.first_source();
    let counters = server.api.counters.source(&SourceId::new(&source));
    counters.add_accepted(5, Timestamp::now());
    counters.add_processed(4, Timestamp::now());
    counters.add_rejected(DiscardCode::BadRequest, 1, Timestamp::now());
    server.api.counters.journal(4_096, 1);
    let answer = server.get("/overview").await;
    let overview = answer.data();
    assert_eq!((&overview["totals"]["accepted"], &overview["totals"]["processed"]), (&json!(5), &json!(4)));
    let shown = &overview["sources"][0];
    assert_eq!((&shown["id"], &shown["processed"], &shown["rejected"]), (&json!(source), &json!(4), &json!(1)));
    assert!(shown["lastEventAt"].is_string());
    let minutes = shown["processedByMinute"].as_array().unwrap();
    assert_eq!((minutes.len(), minutes.iter().map(|count| count.as_u64().unwrap()).sum::<u64>()), (60, 4));
    assert_eq!(overview["journal"]["behind"], 1);
    let attention = &overview["attention"][0];
    assert_eq!(attention["kind"], "source-rejecting");
    assert!(attention["sentence"].as_str().unwrap().contains("1 message was rejected"));
}

#[tokio::test]
async fn a_quiet_server_needs_nobody() {
    let server = server();
    assert_eq!(server.get("/overview").await.data()["attention"], json!([]));
}

#[tokio::test]
async fn the_series_has_every_minute_and_can_be_of_one_source() {
    let server = server();
    server.api.counters.source(&SourceId::new(server.first_source())).add_processed(4, Timestamp::now());
    server.api.counters.source(&SourceId::new("another")).add_processed(7, Timestamp::now());
    let sum = async |query: &str| {
        let answer = server.get(&format!("/overview/series{query}")).await;
        let series = answer.data()["series"].as_array().unwrap().clone();
        (series.len(), series.iter().map(|minute| minute["processed"].as_u64().unwrap()).sum::<u64>())
    };
    assert_eq!(sum("").await, (60, 11));
    assert_eq!(sum(&format!("?minutes=5&sourceId={}", server.first_source())).await, (5, 4));
    assert_eq!(server.get("/overview/series?minutes=1441").await.refusal(), (422, "minutes"));
    assert_eq!(server.get("/overview/series?sourceId=another").await.refusal().0, 404);
}
