//! `primedata destination`.

use serde_json::{Map, Value, json};

use crate::args::DestinationCommand;
use crate::client::Client;
use crate::commands::source::on_or_off;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("NAME", |row| text(row, "/name")),
    ("TYPE", |row| text(row, "/metadata/id")),
    ("SOURCE", |row| text(row, "/sourceId")),
    ("ENABLED", |row| text(row, "/enabled")),
];

const DELIVERY_COLUMNS: &[Column] = &[
    ("AT", |row| text(row, "/at")),
    ("EVENT", |row| text(row, "/eventName")),
    ("OUTCOME", |row| text(row, "/outcome")),
    ("STATUS", |row| text(row, "/status")),
    ("MS", |row| text(row, "/latencyMs")),
    ("ATTEMPT", |row| text(row, "/attempt")),
    ("REASON", |row| text(row, "/reason")),
];

pub(crate) async fn run(client: &Client, command: DestinationCommand, output: Output) -> Result<(), Failure> {
    match command {
        DestinationCommand::List => {
            output.list(&client.list("/destinations", "destinations", &[]).await?, COLUMNS)?;
        }
        DestinationCommand::Show { id } => {
            output.json(&client.get(&format!("/destinations/{id}"), &[]).await?["destination"])?;
        }
        DestinationCommand::Create { source, kind, name, settings } => {
            let settings: Map<String, Value> = settings.iter().map(|pair| setting(pair)).collect::<Result<_, _>>()?;
            let mut body = json!({ "sourceId": source, "metadataId": kind, "enabled": true, "settings": settings });
            if let Some(name) = name {
                body["name"] = name.into();
            }
            let created = client.post("/destinations", &body).await?;
            output.one(&created["destination"], |it| format!("Created destination {}.", text(it, "/id")))?;
        }
        DestinationCommand::Test { id } => {
            let report = client.post(&format!("/destinations/{id}/test"), &json!({})).await?;
            output.one(&report, |report| format!("{}: {}", text(report, "/outcome"), text(report, "/reason")))?;
        }
        DestinationCommand::Preview { id, message_id } => {
            let body = json!({ "messageId": message_id });
            let answer = client.post(&format!("/destinations/{id}/preview"), &body).await?;
            output.one(&answer["preview"], preview)?;
        }
        DestinationCommand::Deliveries { id } => {
            let answer = client.get(&format!("/destinations/{id}/deliveries"), &[]).await?;
            output.list(&answer["deliveries"], DELIVERY_COLUMNS)?;
        }
        DestinationCommand::Enable { id } => switch(client, output, &id, true).await?,
        DestinationCommand::Disable { id } => switch(client, output, &id, false).await?,
        DestinationCommand::Delete { id } => {
            let answer = client.delete(&format!("/destinations/{id}")).await?;
            output.one(&answer, |_| format!("Deleted destination {id}."))?;
        }
    }
    Ok(())
}

fn preview(preview: &Value) -> String {
    let request = &preview["request"];
    if request.is_object() {
        let headers = request["headers"].as_object().into_iter().flatten();
        let headers: String =
            headers.map(|(name, value)| format!("{name}: {}\n", value.as_str().unwrap_or_default())).collect();
        return format!(
            "{} {}\n{headers}\n{}",
            text(request, "/method"),
            text(request, "/url"),
            text(request, "/body")
        );
    }
    let reason = if preview["filtered"].is_object() { &preview["filtered"] } else { &preview["problem"] };
    if reason.is_object() {
        return format!("No request ({}): {}", text(reason, "/code"), text(reason, "/reason"));
    }
    "There is no such event yet; send one to the source and try again.".to_owned()
}

async fn switch(client: &Client, output: Output, id: &str, enabled: bool) -> Result<(), Failure> {
    let changed = client.patch(&format!("/destinations/{id}"), &json!({ "enabled": enabled })).await?;
    Ok(output.one(&changed["destination"], |_| format!("Destination {id} is {}.", on_or_off(enabled)))?)
}

/// `name=value`; the value is JSON where it reads as an object, a list, a number or a truth value, else text.
fn setting(pair: &str) -> Result<(String, Value), Failure> {
    let (name, value) =
        pair.split_once('=').ok_or_else(|| Failure::Runtime(format!("--set {pair}: write it as name=value")))?;
    let json = serde_json::from_str(value).unwrap_or_else(|_| Value::String(value.to_owned()));
    Ok((name.to_owned(), json))
}
