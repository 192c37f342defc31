//! `primedata ledger`.

use prime_event::Timestamp;
use serde_json::Value;

use crate::args::LedgerArgs;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const HOUR_MS: i64 = 60 * 60 * 1_000;

const COLUMNS: &[Column] = &[
    ("HOUR", |row| text(row, "/time")),
    ("ACCEPTED", |row| text(row, "/counts/accepted")),
    ("PROCESSED", |row| text(row, "/counts/processed")),
    ("DUPLICATES", |row| text(row, "/counts/duplicates")),
    ("REJECTED", |row| text(row, "/counts/rejected")),
    ("ADDS UP", |row| (if row["counts"]["balanced"] == true { "yes" } else { "NO" }).to_owned()),
];

/// The hours in which anything was received, then what they come to.
pub(crate) async fn run(client: &Client, args: &LedgerArgs, output: Output) -> Result<(), Failure> {
    // The hour that runs is one of them.
    let from = Timestamp::from_millis(Timestamp::now().as_millis() - i64::from(args.hours - 1) * HOUR_MS).to_string();
    let mut query = vec![("resolution", "hour"), ("from", from.as_str())];
    query.extend(args.source.as_deref().map(|source| ("sourceId", source)));
    let ledger = client.get("/ledger", &query).await?;
    if output.is_json() {
        return Ok(output.json(&ledger)?);
    }
    let busy = |row: &&Value| row["counts"]["accepted"] != 0;
    let rows: Vec<Value> = ledger["rows"].as_array().into_iter().flatten().filter(busy).cloned().collect();
    output.list(&Value::Array(rows), COLUMNS)?;
    Ok(output.line(&sentences(&ledger))?)
}

fn sentences(ledger: &Value) -> String {
    let total = |name: &str| text(ledger, &format!("/totals/{name}"));
    let adds_up = if ledger["balanced"] == true { "It adds up." } else { "It does NOT add up." };
    let mut lines = vec![format!(
        "{} accepted = {} processed + {} duplicates + {} rejected. {adds_up}",
        total("accepted"),
        total("processed"),
        total("duplicates"),
        total("rejected")
    )];
    let reasons = ledger["reasons"].as_array().into_iter().flatten();
    lines.extend(reasons.map(|reason| {
        format!("{} {}: {}", text(reason, "/messages"), text(reason, "/code"), text(reason, "/sentence"))
    }));
    let findings = ledger["findings"].as_array().into_iter().flatten();
    lines.extend(findings.map(|finding| format!("! {}", text(finding, "/sentence"))));
    if ledger["caughtUp"] != true {
        lines.push("! The ledger is still being read after a start; the sums are too small.".to_owned());
    }
    lines.join("\n")
}
