//! `primedata duplicates`.

use serde_json::Value;

use crate::args::DuplicatesCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("RECEIVED", |row| text(row, "/receivedAt")),
    ("TYPE", |row| text(row, "/type")),
    ("NAME", |row| text(row, "/name")),
    ("MESSAGE ID", |row| text(row, "/messageId")),
    ("FIRST RECEIVED FROM", |row| text(row, "/first/receivedFrom")),
    ("ID", |row| text(row, "/id")),
];

pub(crate) async fn run(client: &Client, command: DuplicatesCommand, output: Output) -> Result<(), Failure> {
    match command {
        DuplicatesCommand::List { source, message_id, limit } => {
            let limit = limit.to_string();
            let filters =
                [("sourceId", source.as_deref()), ("messageId", message_id.as_deref()), ("limit", Some(&limit))];
            let query: Vec<(&str, &str)> =
                filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
            let answer = client.get("/duplicates", &query).await?;
            Ok(output.list(&answer["duplicates"], COLUMNS)?)
        }
        DuplicatesCommand::Show { id } => {
            let answer = client.get(&format!("/duplicates/{id}"), &[]).await?;
            Ok(output.one(&answer, sentences)?)
        }
    }
}

fn sentences(answer: &Value) -> String {
    let duplicate = &answer["duplicate"];
    let first = match answer["firstEvent"].is_object() {
        true => format!(
            "The first one is event {}, received {}.",
            text(answer, "/firstEvent/offset"),
            text(answer, "/firstEvent/receivedAt")
        ),
        false => text(answer, "/firstEventMissing"),
    };
    format!(
        "Received {} from source {}: {}\nThe first one was received between {} and {}. {first}",
        text(duplicate, "/receivedAt"),
        text(duplicate, "/sourceId"),
        text(duplicate, "/original"),
        text(duplicate, "/first/receivedFrom"),
        text(duplicate, "/first/receivedTo"),
    )
}
