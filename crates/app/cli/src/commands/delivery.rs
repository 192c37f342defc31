//! `primedata delivery`.

use prime_event::Timestamp;
use serde_json::{Value, json};

use crate::args::{DeliveryCommand, OverviewArgs, ReceiptsArgs};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const HOUR_MS: i64 = 60 * 60 * 1_000;

const RECEIPTS: &[Column] = &[
    ("AT", |row| text(row, "/at")),
    ("STATE", |row| text(row, "/state")),
    ("CODE", |row| text(row, "/code")),
    ("ATTEMPTS", |row| text(row, "/attemptsTotal")),
    ("EVENT", |row| text(row, "/eventName")),
    ("MESSAGE ID", |row| text(row, "/messageId")),
    ("DESTINATION", |row| text(row, "/destinationId")),
    ("ID", |row| text(row, "/id")),
];

const ENDS: &[Column] = &[
    ("STEP", |row| text(row, "/step")),
    ("BY", |row| text(row, "/by")),
    ("EVENTS", |row| text(row, "/total")),
    ("AFTER A RETRY", |row| text(row, "/totalRetryCount")),
];

const QUEUES: &[Column] = &[
    ("DESTINATION", |row| text(row, "/destinationId")),
    ("WAITING", |row| text(row, "/waiting")),
    ("RETRIES", |row| text(row, "/retries")),
    ("SINCE", |row| text(row, "/oldestAt")),
    ("DELIVERED/S", |row| text(row, "/ratePerSecond")),
    ("AT MOST/S", |row| text(row, "/limitPerSecond")),
    ("CIRCUIT", |row| text(row, "/circuit")),
    ("REASON", |row| text(row, "/reason")),
];

const EXPIRED: &[Column] = &[
    ("RECEIVED", |row| text(row, "/day")),
    ("EVENTS", |row| text(row, "/events")),
    ("FILES", |row| text(row, "/files")),
    ("BYTES", |row| text(row, "/bytes")),
];

const STEPS: [&str; 3] = ["successful-delivery", "failed-delivery", "filtered-at-destination"];

pub(crate) async fn run(client: &Client, command: DeliveryCommand, output: Output) -> Result<(), Failure> {
    match command {
        DeliveryCommand::Receipts(args) => receipts(client, &args, output).await,
        DeliveryCommand::Receipt { id } => receipt(client, &id, output).await,
        DeliveryCommand::Overview(args) => overview(client, &args, output).await,
        DeliveryCommand::Queues => {
            let answer = client.get("/delivery/queues", &[]).await?;
            Ok(output.list(&answer["queues"], QUEUES)?)
        }
        DeliveryCommand::Expired { destination } => expired(client, &destination, output).await,
    }
}

async fn expired(client: &Client, destination: &str, output: Output) -> Result<(), Failure> {
    let answer = client.get(&format!("/destinations/{destination}/expired"), &[]).await?;
    if output.is_json() {
        return Ok(output.json(&answer)?);
    }
    output.list(&answer["days"], EXPIRED)?;
    Ok(output.line(&format!(
        "They are kept in {}; `primedata replay start --expired` sends them.",
        text(&answer, "/place")
    ))?)
}

async fn receipts(client: &Client, args: &ReceiptsArgs, output: Output) -> Result<(), Failure> {
    let (limit, replay) = (args.limit.to_string(), args.replay.map(|number| number.to_string()));
    let filters = [
        ("messageId", args.message_id.as_deref()),
        ("userId", args.user.as_deref()),
        ("anonymousId", args.anonymous.as_deref()),
        ("destinationId", args.destination.as_deref()),
        ("replayId", replay.as_deref()),
        ("state", args.state.as_deref()),
        ("code", args.code.as_deref()),
        ("eventName", args.name.as_deref()),
        ("pagination[count]", Some(limit.as_str())),
    ];
    let query: Vec<(&str, &str)> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let answer = client.get("/delivery/receipts", &query).await?;
    Ok(output.list(&answer["receipts"], RECEIPTS)?)
}

async fn receipt(client: &Client, id: &str, output: Output) -> Result<(), Failure> {
    let answer = client.get(&format!("/delivery/receipts/{id}"), &[]).await?;
    Ok(output.one(&answer, story)?)
}

/// A receipt in lines for people.
fn story(answer: &Value) -> String {
    let receipt = &answer["receipt"];
    let mut lines = vec![
        format!("{} {} of {}", text(receipt, "/eventType"), text(receipt, "/eventName"), text(receipt, "/messageId")),
        format!("received {}", text(receipt, "/receivedAt")),
    ];
    for attempt in answer["attempts"].as_array().into_iter().flatten() {
        let [at, number, latency] = ["/at", "/number", "/latencyMs"].map(|pointer| text(attempt, pointer));
        lines.push(format!(
            "{at} attempt {number}, {latency} ms: {} {}",
            text(attempt, "/code"),
            text(attempt, "/reason")
        ));
        if !attempt["request"].is_null() {
            lines.push(format!("  > {} {}", text(attempt, "/request/method"), text(attempt, "/request/url")));
            lines.push(format!("  > {}", text(attempt, "/request/body")));
        }
        if !attempt["response"].is_null() {
            lines.push(format!("  < {} {}", text(attempt, "/status"), text(attempt, "/response/body")));
        }
    }
    let reason = receipt["reason"].as_str().map(|reason| format!(": {reason}")).unwrap_or_default();
    lines.push(format!("{} {}{reason}", text(receipt, "/at"), text(receipt, "/state")));
    lines.join("\n")
}

async fn overview(client: &Client, args: &OverviewArgs, output: Output) -> Result<(), Failure> {
    let destination = client.get(&format!("/destinations/{}", args.destination), &[]).await?;
    let source = text(&destination, "/destination/sourceId");
    let now = Timestamp::now().as_millis();
    let start = Timestamp::from_millis(now - i64::from(args.hours) * HOUR_MS).to_string();
    let end = Timestamp::from_millis(now).to_string();
    let window = [
        ("sourceId", source.as_str()),
        ("destinationConfigId", args.destination.as_str()),
        ("startTime", start.as_str()),
        ("endTime", end.as_str()),
        ("granularity", "HOUR"),
    ];
    let summary = client.get("/delivery/summary", &window).await?;
    let mut ends = Vec::new();
    for step in STEPS {
        let query = [&window[..], &[("groupBy", args.by.as_str())]].concat();
        let dataset = client.list(&format!("/delivery-overview/{step}"), "dataset", &query).await?;
        ends.extend(dataset.as_array().into_iter().flatten().map(|row| {
            let [total, retried] = [&row["total"], &row["totalRetryCount"]];
            json!({"step": step, "by": row[args.by.as_str()], "total": total, "totalRetryCount": retried})
        }));
    }
    if output.is_json() {
        return Ok(output.json(&json!({"summary": summary, "ends": ends}))?);
    }
    output.list(&Value::Array(ends), ENDS)?;
    Ok(output.line(&sentences(&summary))?)
}

fn sentences(summary: &Value) -> String {
    let total = |name: &str| text(summary, &format!("/totals/{name}"));
    let adds_up = if summary["totals"]["balanced"] == true { "It adds up." } else { "It does NOT add up." };
    let mut lines = Vec::new();
    if !summary["latency"].is_null() {
        let [p50, p95, p99] = ["p50Ms", "p95Ms", "p99Ms"].map(|name| text(summary, &format!("/latency/{name}")));
        lines.push(format!("From arrival to delivery: {p50} ms for half, {p95} ms for 95 %, {p99} ms for 99 %."));
    }
    lines.push(format!(
        "Since the first receipt: {} received = {} delivered + {} filtered + {} failed + {} expired + {} waiting. {adds_up}",
        total("received"),
        total("delivered"),
        total("filtered"),
        total("failed"),
        total("expired"),
        total("waiting"),
    ));
    if summary["caughtUp"] != true {
        lines.push("! Receipts are still being read; the sums are too small.".to_owned());
    }
    lines.join("\n")
}
