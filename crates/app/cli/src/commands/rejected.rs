//! `primedata rejected`.

use crate::args::RejectedCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("RECEIVED", |row| text(row, "/receivedAt")),
    ("CODE", |row| text(row, "/code")),
    ("WHY", |row| text(row, "/sentence")),
    ("DETAIL", |row| text(row, "/detail")),
];

pub(crate) async fn run(client: &Client, command: RejectedCommand, output: Output) -> Result<(), Failure> {
    let RejectedCommand::List { source, code, limit } = command;
    let limit = limit.to_string();
    let filters = [("sourceId", source.as_deref()), ("code", code.as_deref()), ("limit", Some(limit.as_str()))];
    let query: Vec<(&str, &str)> = filters.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let answer = client.get("/rejected", &query).await?;
    Ok(output.list(&answer["rejected"], COLUMNS)?)
}
