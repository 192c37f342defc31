//! `primedata token`.

use serde_json::json;

use crate::args::TokenCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("NAME", |row| text(row, "/name")),
    ("SCOPES", |row| text(row, "/scopes")),
    ("CREATED", |row| text(row, "/createdAt")),
];

pub(crate) async fn run(client: &Client, command: TokenCommand, output: Output) -> Result<(), Failure> {
    match command {
        TokenCommand::List => output.list(&client.list("/tokens", "tokens", &[]).await?, COLUMNS)?,
        TokenCommand::Create { name, scopes } => {
            let scopes = if scopes.is_empty() { vec!["*".to_owned()] } else { scopes };
            let created = client.post("/tokens", &json!({ "name": name, "scopes": scopes })).await?;
            output.one(&created["token"], |token| text(token, "/token"))?;
        }
        TokenCommand::Delete { id } => {
            let answer = client.delete(&format!("/tokens/{id}")).await?;
            output.one(&answer, |_| format!("Deleted token {id}."))?;
        }
    }
    Ok(())
}
