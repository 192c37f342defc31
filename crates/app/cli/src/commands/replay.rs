//! `primedata replay`.

use serde_json::{Value, json};

use crate::args::{ReplayArgs, ReplayCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("DESTINATION", |row| text(row, "/destinationId")),
    ("STATE", |row| text(row, "/state")),
    ("SENT", |row| text(row, "/sent")),
    ("OF", |row| text(row, "/total")),
    ("DELIVERED", |row| text(row, "/delivered")),
    ("FAILED", |row| text(row, "/failed")),
    ("STARTED", |row| text(row, "/startedAt")),
];

pub(crate) async fn run(client: &Client, command: ReplayCommand, output: Output) -> Result<(), Failure> {
    match command {
        ReplayCommand::List => Ok(output.list(&client.get("/replays", &[]).await?["replays"], COLUMNS)?),
        ReplayCommand::Show { id } => {
            let answer = client.get(&format!("/replays/{id}"), &[]).await?;
            Ok(output.one(&answer["replay"], progress)?)
        }
        ReplayCommand::Preview(args) => {
            let answer = client.post("/replays/preview", &spec(&args)).await?;
            Ok(output.one(&answer["preview"], preview)?)
        }
        ReplayCommand::Start(args) => {
            let answer = client.post("/replays", &spec(&args)).await?;
            Ok(output.one(&answer["replay"], |replay| format!("Started replay {}.", text(replay, "/id")))?)
        }
        ReplayCommand::Cancel { id } => {
            let answer = client.post(&format!("/replays/{id}/cancel"), &json!({})).await?;
            Ok(output.one(&answer["replay"], progress)?)
        }
    }
}

fn spec(args: &ReplayArgs) -> Value {
    json!({
        "destinationId": args.destination,
        "startTime": args.from,
        "endTime": args.to,
        "only": only(args),
        "eventType": args.kind,
        "eventName": args.name,
        "ratePerSecond": args.rate,
    })
}

fn only(args: &ReplayArgs) -> &'static str {
    match (args.failures, args.expired) {
        (_, true) => "EXPIRED",
        (true, false) => "FAILURES",
        (false, false) => "EVERYTHING",
    }
}

fn progress(replay: &Value) -> String {
    let [id, state, sent, total] = ["/id", "/state", "/sent", "/total"].map(|pointer| text(replay, pointer));
    let [delivered, failed, filtered] = ["/delivered", "/failed", "/filtered"].map(|pointer| text(replay, pointer));
    let held_up = replay["heldUp"].as_str().map(|held_up| format!(" {held_up}")).unwrap_or_default();
    format!(
        "Replay {id} {state}: {sent} of {total}; {delivered} delivered, {failed} failed, {filtered} filtered.{held_up}"
    )
}

fn preview(preview: &Value) -> String {
    let [events, failures, seconds] = ["/events", "/failures", "/seconds"].map(|pointer| text(preview, pointer));
    let more = if preview["isComplete"] == false { " or more" } else { "" };
    format!("{events}{more} events would be sent, in about {seconds} s; {failures} of the range failed.")
}
