//! Acts on who is who: shown first, carried out when asked to.

use serde_json::{Value, json};

use crate::args::CarryOut;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("NUMBER", |row| text(row, "/number")),
    ("TIME", |row| text(row, "/at")),
    ("BY", |row| text(row, "/by")),
    ("WHAT", |row| text(row, "/sentence")),
    ("REASON", |row| text(row, "/reason")),
    ("UNDONE", |row| text(row, "/undone/at")),
];

pub(super) async fn run(client: &Client, act: Value, carry_out: &CarryOut, output: Output) -> Result<(), Failure> {
    let preview = client.post("/identity/operations/preview", &json!({ "operation": act })).await?;
    let preview = &preview["preview"];
    if !carry_out.yes {
        return Ok(output.one(preview, |preview| format!("{}\nAdd --yes to carry it out.", sentences(preview)))?);
    }
    let body = json!({ "operation": act, "reason": carry_out.reason, "fingerprint": preview["fingerprint"] });
    let done = client.post("/identity/operations", &body).await?;
    let done = &done["operation"];
    Ok(output.one(done, |done| {
        let number = text(done, "/number");
        format!(
            "{}\nDone, as number {number}; `primedata profile undo {number} --yes` takes it back.",
            sentences(preview)
        )
    })?)
}

fn sentences(preview: &Value) -> String {
    let sentences = preview["sentences"].as_array().into_iter().flatten().filter_map(Value::as_str);
    sentences.collect::<Vec<_>>().join("\n")
}

pub(super) async fn list(client: &Client, output: Output) -> Result<(), Failure> {
    Ok(output.list(&client.list("/identity/operations", "operations", &[]).await?, COLUMNS)?)
}

/// `type:value`; a `group_id` is an account's.
pub(super) fn identifier(text: &str) -> Result<Value, Failure> {
    match text.split_once(':') {
        Some((kind, value)) => {
            let collection = if kind == "group_id" { "accounts" } else { "users" };
            Ok(json!({ "collection": collection, "type": kind, "value": value }))
        }
        None => Err(Failure::Runtime(format!("{text} is no identifier; write it as email:jane@example.com"))),
    }
}

pub(super) fn identifiers(texts: &[String]) -> Result<Vec<Value>, Failure> {
    texts.iter().map(|text| identifier(text)).collect()
}
