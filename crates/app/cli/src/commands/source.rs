//! `primedata source`.

use serde_json::{Value, json};

use crate::args::SourceCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("SLUG", |row| text(row, "/slug")),
    ("TYPE", |row| text(row, "/metadata/id")),
    ("ENABLED", |row| text(row, "/enabled")),
    ("WRITE KEYS", |row| keys(row).join(" ")),
];

fn keys(source: &Value) -> Vec<String> {
    source["writeKeys"].as_array().into_iter().flatten().filter_map(|key| Some(key.as_str()?.to_owned())).collect()
}

pub(crate) async fn run(client: &Client, command: SourceCommand, output: Output) -> Result<(), Failure> {
    match command {
        SourceCommand::List => output.list(&client.list("/sources", "sources", &[]).await?, COLUMNS)?,
        SourceCommand::Show { id } => output.json(&client.get(&format!("/sources/{id}"), &[]).await?["source"])?,
        SourceCommand::Create { slug, name, kind } => {
            let mut body = json!({ "slug": slug, "enabled": true, "metadataId": kind });
            if let Some(name) = name {
                body["name"] = name.into();
            }
            let created = client.post("/sources", &body).await?;
            output.one(&created["source"], |source| {
                format!("Created source {}. Write key: {}", text(source, "/id"), keys(source).join(" "))
            })?;
        }
        SourceCommand::Enable { id } => switch(client, output, &id, true).await?,
        SourceCommand::Disable { id } => switch(client, output, &id, false).await?,
        SourceCommand::Delete { id } => {
            let answer = client.delete(&format!("/sources/{id}")).await?;
            output.one(&answer, |_| format!("Deleted source {id}."))?;
        }
        SourceCommand::AddKey { id } => {
            let source = client.post(&format!("/sources/{id}/writekey"), &json!({})).await?;
            output.one(&source["source"], |source| format!("Write keys now: {}", keys(source).join(" ")))?;
        }
        SourceCommand::EnableKey { id, key } => switch_key(client, output, &id, &key, true).await?,
        SourceCommand::DisableKey { id, key } => switch_key(client, output, &id, &key, false).await?,
        SourceCommand::DeleteKey { id, key } => {
            let answer = client.delete(&format!("/sources/{id}/writekey/{key}")).await?;
            output.one(&answer, |_| "Deleted the write key.".to_owned())?;
        }
    }
    Ok(())
}

async fn switch(client: &Client, output: Output, id: &str, enabled: bool) -> Result<(), Failure> {
    let changed = client.patch(&format!("/sources/{id}"), &json!({ "enabled": enabled })).await?;
    Ok(output.one(&changed["source"], |_| format!("Source {id} is {}.", on_or_off(enabled)))?)
}

async fn switch_key(client: &Client, output: Output, id: &str, key: &str, enabled: bool) -> Result<(), Failure> {
    let changed = client.patch(&format!("/sources/{id}/writekey/{key}"), &json!({ "enabled": enabled })).await?;
    Ok(output.one(&changed["source"], |_| format!("The write key is {}.", on_or_off(enabled)))?)
}

pub(crate) fn on_or_off(enabled: bool) -> &'static str {
    if enabled { "switched on" } else { "switched off" }
}
