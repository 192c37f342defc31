use std::time::Duration;

use bytes::Bytes;
use prime_event::{DestinationId, DiscardCode, LedgerCounts, SourceId, Timestamp};
use prime_receipts::{
    Attempt, EventPlace, Lane, Reason, Receipt, ReceiptRecord, Sampler, Sampling, SentRequest, State, TakenResponse,
};
use serde_json::{Value, json};

use super::{Server, append, server};

/// A server with a webhook, and something told of it.
struct Told {
    server: Server,
    source: String,
    destination: String,
}

fn ago(ms: i64) -> Timestamp {
    Timestamp::from_millis(Timestamp::now().as_millis() - ms)
}

fn reason(code: &str) -> Reason {
    Reason { code: code.into(), sentence: format!("The receiver answered {code}.") }
}

impl Told {
    async fn begin() -> Self {
        let server = server();
        let source = server.first_source();
        let settings = json!({"url": "http://receiver.test/"});
        let request = json!({"sourceId": source, "metadataId": "webhook", "settings": settings});
        let answer = server.post("/destinations", request).await;
        let destination = answer.data()["destination"]["id"].as_str().unwrap().to_owned();
        Self { server, source, destination }
    }

    fn receipt(&self, offset: u64, state: State) -> Receipt {
        Receipt {
            lane: Lane {
                workspace: self.server.workspace(),
                source: SourceId::new(&self.source),
                destination: DestinationId::new(&self.destination),
                subscription: None,
                replay: 0,
            },
            event: EventPlace { partition: 0, offset },
            message_id: format!("m-{offset}"),
            event_type: "track".into(),
            event_name: if offset.is_multiple_of(2) { "Signup".into() } else { "Order Completed".into() },
            app_version: "2.1".into(),
            user_id: Some(format!("u-{}", offset % 3)),
            anonymous_id: None,
            received_at: ago(60_000),
            at: ago(58_000),
            state,
            retries: 0,
            attempts: Vec::new(),
        }
    }

    fn attempt(&self, status: u16) -> Attempt {
        Attempt {
            at: ago(58_000),
            number: 1,
            status: Some(status),
            latency_ms: 7,
            reason: reason(&status.to_string()),
            request: Some(SentRequest {
                method: "POST".into(),
                url: "http://receiver.test/".into(),
                headers: vec![("content-type".into(), "application/json".into())],
                body: Bytes::from_static(b"{\"event\":\"Signup\"}"),
            }),
            response: Some(TakenResponse { headers: Vec::new(), body: Bytes::from_static(b"no") }),
        }
    }

    /// 30 events: 20 delivered, two of them upon retry, 6 refused, 3 filtered, one waits.
    async fn filled() -> Self {
        let mut told = Self::begin().await;
        for offset in 0..30 {
            let receipt = match offset {
                0..2 => Receipt { retries: 1, ..told.receipt(offset, State::Delivered) },
                2..20 => told.receipt(offset, State::Delivered),
                20..26 => {
                    Receipt { attempts: vec![told.attempt(400)], ..told.receipt(offset, State::Failed(reason("400"))) }
                }
                26..29 => told.receipt(offset, State::Filtered(reason("FILTERED_BY_INTEGRATIONS_OBJECT"))),
                _ => told.receipt(offset, State::Retrying(reason("503"))),
            };
            told.tell(receipt).await;
        }
        told.server.follow_receipts();
        told.have_taken(30).await;
        told
    }

    async fn tell(&self, receipt: Receipt) {
        append(&self.server.receipt_stream, ReceiptRecord::Receipt(Box::new(receipt)).encode()).await;
    }

    async fn have_taken(&self, records: u64) {
        for _ in 0..6_000 {
            if self.server.api.receipts.status().unwrap().is_some_and(|status| status.records_taken == records) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("receipts are not read");
    }

    fn window(&self) -> String {
        let (start, end) = (ago(3_600_000), ago(-60_000));
        let (source, destination) = (&self.source, &self.destination);
        format!(
            "sourceId={source}&destinationConfigId={destination}&startTime={start}&endTime={end}&granularity=MINUTE"
        )
    }

    async fn get(&self, path: &str) -> Value {
        self.server.get(path).await.data().clone()
    }

    async fn overview(&self, step: &str, more: &str) -> Value {
        self.get(&format!("/delivery-overview/{step}?{}{more}", self.window())).await
    }
}

fn totals(overview: &Value, by: &str) -> Vec<(String, u64)> {
    let dataset = overview["dataset"].as_array().unwrap();
    dataset.iter().map(|row| (row[by].as_str().unwrap_or("-").to_owned(), row["total"].as_u64().unwrap())).collect()
}

#[tokio::test]
async fn each_step_at_a_destination_counts_what_came_to_it() {
    let told = Told::filled().await;
    let delivered = told.overview("successful-delivery", "").await;
    assert_eq!((&delivered["total"], &delivered["dataset"][0]["totalRetryCount"]), (&json!(20), &json!(2)));
    let series = delivered["dataset"][0]["series"].as_array().unwrap();
    assert_eq!(series.iter().map(|point| point["count"].as_u64().unwrap()).sum::<u64>(), 20);
    assert!(delivered["dataset"][0].get("eventName").is_none());
    let failed = told.overview("failed-delivery", "&groupBy=discardReason").await;
    assert_eq!(totals(&failed, "discardReason"), [("400".to_owned(), 6)]);
    let filtered = told.overview("filtered-at-destination", "&groupBy[0]=discardReason").await;
    assert_eq!(totals(&filtered, "discardReason"), [("FILTERED_BY_INTEGRATIONS_OBJECT".to_owned(), 3)]);
    let first_try = told.overview("successful-delivery", "&filter[discardReason][0]=successes.attempt.1").await;
    assert_eq!(first_try["total"], 18);
}

#[tokio::test]
async fn a_dataset_has_pages_with_the_largest_group_first() {
    let told = Told::filled().await;
    let first = told.overview("successful-delivery", "&groupBy=eventName,eventType&pagination[count]=1").await;
    assert_eq!((&first["total"], totals(&first, "eventName").len()), (&json!(20), 1));
    assert_eq!(first["dataset"][0]["eventType"], "track");
    let next = first["pagination"]["next"].as_str().unwrap();
    let more = format!("&groupBy=eventName,eventType&pagination[count]=1&pagination[cursor]={next}");
    let second = told.overview("successful-delivery", &more).await;
    assert_eq!(second["pagination"]["next"], Value::Null);
    let names = [totals(&first, "eventName"), totals(&second, "eventName")].concat();
    assert_eq!(names.iter().map(|(_, total)| total).sum::<u64>(), 20);
    assert!(names[0].0 != names[1].0 && names[0].1 >= names[1].1);
}

#[tokio::test]
async fn steps_at_a_source_come_from_the_ledger() {
    let mut told = Told::begin().await;
    let mut counts = LedgerCounts { accepted: 12, processed: 7, duplicates: 2, rejected: Vec::new() };
    counts.add_rejected(DiscardCode::NoUserAnonId, 3);
    let line = told.server.ledger_line(&told.source, ago(120_000), counts);
    told.server.ledger_record(0, 9, vec![line]).await;
    told.server.follow_ledger().await;
    assert_eq!(told.overview("successfully-received", "").await["total"], 7);
    let failed = told.overview("failed-on-ingest", "&groupBy=discardReason").await;
    assert_eq!(totals(&failed, "discardReason"), [("no_user_anon_id".to_owned(), 3)]);
    assert_eq!(told.overview("filtered-at-source", "").await["total"], 0);
    let by_name = format!("/delivery-overview/successfully-received?{}&groupBy=eventName", told.window());
    assert_eq!(told.server.get(&by_name).await.refusal(), (422, "groupBy"));
}

#[tokio::test]
async fn what_is_missing_or_beyond_what_is_kept_is_refused_by_its_name() {
    let told = Told::begin().await;
    let ask = async |path: &str| {
        let answer = told.server.get(path).await;
        let (status, field) = answer.refusal();
        (status, field.to_owned())
    };
    let window = told.window();
    assert_eq!(ask(&format!("/delivery-overview/lost?{window}")).await.0, 404);
    let of = |query: &str| format!("/delivery-overview/failed-delivery?{query}");
    assert_eq!(ask(&of("")).await, (422, "sourceId".to_owned()));
    let source = format!("sourceId={}", told.source);
    assert_eq!(ask(&of(&source)).await, (422, "granularity".to_owned()));
    let old = format!("{source}&startTime={}&endTime={}&granularity=MINUTE", ago(50 * 3_600_000), ago(49 * 3_600_000));
    assert_eq!(ask(&of(&old)).await, (422, "startTime".to_owned()));
    let long = format!("{source}&startTime={}&endTime={}&granularity=MINUTE", ago(5 * 3_600_000), ago(0));
    assert_eq!(ask(&of(&long)).await, (422, "endTime".to_owned()));
    let no_destination = format!("{source}&startTime={}&endTime={}&granularity=HOUR", ago(5 * 3_600_000), ago(0));
    assert_eq!(ask(&of(&no_destination)).await, (422, "destinationConfigId".to_owned()));
    assert_eq!(ask("/delivery/receipts?state=lost").await, (422, "state".to_owned()));
    assert_eq!(ask("/delivery/receipts?replayId=first").await, (422, "replayId".to_owned()));
    assert_eq!(ask("/delivery/receipts?replayId=-1").await, (422, "replayId".to_owned()));
    assert_eq!(ask("/delivery/receipts?pagination[cursor]=zz").await, (422, "pagination[cursor]".to_owned()));
    assert_eq!(ask("/delivery/receipts/lost").await.0, 404);
}

#[tokio::test]
async fn receipts_are_found_by_message_person_and_state_page_after_page() {
    let told = Told::filled().await;
    let found = told.get("/delivery/receipts?messageId=m-21").await;
    let receipt = &found["receipts"][0];
    assert_eq!((found["receipts"].as_array().unwrap().len(), &receipt["state"]), (1, &json!("failed")));
    assert_eq!((&receipt["code"], &receipt["reason"]), (&json!("400"), &json!("The receiver answered 400.")));
    assert_eq!((&receipt["lastAttempt"]["status"], &receipt["latencyMs"].is_u64()), (&json!(400), &true));
    assert_eq!(told.get("/delivery/receipts?userId=u-1").await["receipts"].as_array().unwrap().len(), 10);
    let path = format!("/delivery/receipts?destinationId={}&state=delivered&pagination[count]=7", told.destination);
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = told.get(&format!("{path}&pagination[cursor]={cursor}")).await;
        seen.extend(page["receipts"].as_array().unwrap().iter().map(|receipt| receipt["offset"].as_u64().unwrap()));
        let Some(next) = page["pagination"]["next"].as_str() else { break };
        cursor = next.to_owned();
    }
    assert_eq!(seen, (0..20).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn what_a_replay_sent_is_found_by_its_number() {
    let told = Told::filled().await;
    for (offset, replay) in [(20, 1), (21, 1), (20, 2)] {
        let state = if offset == 20 && replay == 1 { State::Failed(reason("400")) } else { State::Delivered };
        let receipt = told.receipt(offset, state);
        told.tell(Receipt { lane: Lane { replay, ..receipt.lane.clone() }, ..receipt }).await;
    }
    told.have_taken(33).await;
    let found = async |query: &str| {
        let answer = told.get(&format!("/delivery/receipts?{query}")).await;
        let rows = answer["receipts"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| (row["messageId"].as_str().unwrap().to_owned(), row["replay"].clone()))
            .collect::<Vec<_>>()
    };
    let row = |message: &str, replay: u32| (message.to_owned(), json!(replay));
    assert_eq!(found("replayId=1").await, [row("m-21", 1), row("m-20", 1)]);
    assert_eq!(found("replayId=1&state=failed").await, [row("m-20", 1)]);
    assert_eq!(found("replayId=2&messageId=m-20").await, [row("m-20", 2)]);
    assert_eq!(found("replayId=0&messageId=m-20").await, [row("m-20", 0)]);
    assert_eq!(found("replayId=0&pagination[count]=200").await.len(), 30);
    assert!(found("replayId=3").await.is_empty());
}

#[tokio::test]
async fn a_receipt_shows_each_attempt_with_request_and_response() {
    let told = Told::filled().await;
    let found = told.get("/delivery/receipts?messageId=m-20").await;
    let id = found["receipts"][0]["id"].as_str().unwrap().to_owned();
    let shown = told.get(&format!("/delivery/receipts/{id}")).await;
    assert_eq!(shown["receipt"]["id"], json!(id));
    let attempt = &shown["attempts"][0];
    assert_eq!(
        (&attempt["request"]["method"], &attempt["request"]["body"]),
        (&json!("POST"), &json!("{\"event\":\"Signup\"}"))
    );
    assert_eq!((&attempt["status"], &attempt["response"]["body"]), (&json!(400), &json!("no")));
}

#[tokio::test]
async fn discards_come_by_reason_with_at_most_ten_samples_and_the_summary_adds_up() {
    let told = Told::filled().await;
    let discards = told.get(&format!("/delivery/discards?{}", told.window())).await;
    let rows: Vec<_> = discards["discards"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            (
                row["step"].as_str().unwrap(),
                row["discardReason"].as_str().unwrap(),
                row["total"].as_u64().unwrap(),
                row["samples"].as_array().unwrap().len(),
            )
        })
        .collect();
    assert_eq!(
        rows,
        [("failed-delivery", "400", 6, 6), ("filtered-at-destination", "FILTERED_BY_INTEGRATIONS_OBJECT", 3, 3)]
    );
    assert_eq!(discards["discards"][0]["samples"][0]["attempt"]["response"]["body"], "no");
    assert_eq!(discards["discards"][0]["sentence"], "The receiver answered 400.");
    let summary = told.get(&format!("/delivery/summary?{}", told.window())).await;
    assert_eq!(
        summary["totals"],
        json!({
            "received": 30, "filtered": 3, "delivered": 20, "failed": 6, "expired": 0, "waiting": 1, "balanced": true,
        })
    );
    assert_eq!(
        (&summary["delivered"], &summary["deliveredUponRetry"], &summary["failed"]),
        (&json!(20), &json!(2), &json!(6))
    );
    let p50 = summary["latency"]["p50Ms"].as_u64().unwrap();
    assert!((2_000..=2_250).contains(&p50), "{p50}");
}

#[tokio::test]
async fn a_receipt_has_its_event_while_the_stream_has_it() {
    let told = Told::filled().await;
    told.server.event(&told.source, json!({"type": "track", "event": "Signup", "messageId": "m-0"})).await;
    told.server.event(&told.source, json!({"type": "track", "event": "Other", "messageId": "another"})).await;
    let receipt = async |message: &str| {
        let found = told.get(&format!("/delivery/receipts?messageId={message}")).await;
        told.get(&format!("/delivery/receipts/{}", found["receipts"][0]["id"].as_str().unwrap())).await
    };
    let event = receipt("m-0").await["event"].clone();
    assert_eq!((&event["messageId"], &event["payload"]["event"]), (&json!("m-0"), &json!("Signup")));
    assert!(receipt("m-1").await["event"].is_null(), "another event is at its place");
    assert!(receipt("m-7").await["event"].is_null());
}

#[tokio::test]
async fn the_state_of_an_event_is_known_with_a_receipt_and_without() {
    let mut told = Told::begin().await;
    told.server.event(&told.source, json!({"type": "track", "event": "Early", "messageId": "m-0"})).await;
    told.tell(told.receipt(1, State::Failed(reason("400")))).await;
    let mut sampler = Sampler::new(Sampling { rate: 0.0, per_second_min: 0 });
    append(&told.server.receipt_stream, sampler.record(told.receipt(2, State::Delivered)).encode()).await;
    told.server.follow_receipts();
    told.have_taken(2).await;
    let state = async |offset| {
        let state = told.get(&format!("/delivery/state?destinationId={}&offset={offset}", told.destination)).await;
        (state["state"].as_str().unwrap().to_owned(), state["receiptId"].is_string(), state["sentence"].clone())
    };
    assert_eq!(state(1).await, ("failed".to_owned(), true, json!("The receiver answered 400.")));
    let (delivered, has_receipt, _) = state(2).await;
    assert_eq!((delivered.as_str(), has_receipt), ("delivered", false));
    assert_eq!(state(0).await.0, "beforeDestination");
    assert_eq!(state(3).await.0, "unknown");
    for path in ["/delivery/state?offset=1", &format!("/delivery/state?destinationId={}", told.destination)] {
        assert_eq!(told.server.get(path).await.refusal().0, 422, "{path}");
    }
}
