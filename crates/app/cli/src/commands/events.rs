//! `primedata events`.

use futures::StreamExt;
use reqwest::Response;
use serde_json::Value;

use crate::args::{EventFilter, EventsCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("RECEIVED", |row| text(row, "/receivedAt")),
    ("TYPE", |row| text(row, "/type")),
    ("NAME", |row| text(row, "/name")),
    ("USER", |row| text(row, if row["userId"].is_string() { "/userId" } else { "/anonymousId" })),
    ("MESSAGE ID", |row| text(row, "/messageId")),
];

pub(crate) async fn run(client: &Client, command: EventsCommand, output: Output) -> Result<(), Failure> {
    match command {
        EventsCommand::List { filter, limit } => {
            let limit = limit.to_string();
            let mut query = query(&filter);
            query.push(("limit", &limit));
            let answer = client.get("/events", &query).await?;
            Ok(output.list(&answer["events"], COLUMNS)?)
        }
        EventsCommand::Tail { filter, rejected, duplicates } => {
            let mut query = query(&filter);
            let include = [("events", true), ("rejected", rejected), ("duplicates", duplicates)];
            let include: Vec<&str> = include.into_iter().filter(|(_, wanted)| *wanted).map(|(name, _)| name).collect();
            let include = include.join(",");
            query.push(("include", &include));
            print_stream(client.stream("/events/stream", &query).await?, output).await
        }
    }
}

fn query(filter: &EventFilter) -> Vec<(&str, &str)> {
    let pairs =
        [("sourceId", &filter.source), ("type", &filter.kind), ("name", &filter.name), ("userId", &filter.user)];
    pairs.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?))).collect()
}

/// Prints the data of each server-sent event on a line of its own, until the stream ends.
async fn print_stream(response: Response, output: Output) -> Result<(), Failure> {
    let mut chunks = response.bytes_stream();
    let mut pending: Vec<u8> = Vec::new();
    while let Some(chunk) = chunks.next().await {
        pending.extend(chunk.map_err(|error| Failure::Runtime(format!("the stream broke off: {error}")))?);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            if let Some(data) = line.strip_prefix(b"data:") {
                print_event(data.trim_ascii(), output)?;
            }
        }
    }
    Ok(())
}

fn print_event(data: &[u8], output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return Ok(output.line(&String::from_utf8_lossy(data))?);
    }
    let event: Value = serde_json::from_slice(data).unwrap_or_default();
    let line = match event.get("payload") {
        Some(payload) => payload.to_string(),
        None if event["first"].is_object() => {
            format!("duplicate {}: {}", text(&event, "/messageId"), text(&event, "/original"))
        }
        None if event["count"].is_number() => {
            format!("({} came faster than they could be sent and were left out)", text(&event, "/count"))
        }
        None => {
            format!("rejected {}: {} {}", text(&event, "/code"), text(&event, "/sentence"), text(&event, "/detail"))
        }
    };
    Ok(output.line(&line)?)
}
