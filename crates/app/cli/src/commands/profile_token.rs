//! `primedata profile-token`.

use serde_json::json;

use crate::args::ProfileTokenCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("NAME", |row| text(row, "/name")),
    ("CREATED", |row| text(row, "/createdAt")),
    ("LAST USED", |row| text(row, "/lastUsedAt")),
];

pub(crate) async fn run(client: &Client, command: ProfileTokenCommand, output: Output) -> Result<(), Failure> {
    match command {
        ProfileTokenCommand::List => Ok(output.list(&client.list("/profile-tokens", "tokens", &[]).await?, COLUMNS)?),
        ProfileTokenCommand::Create { name } => {
            let created = client.post("/profile-tokens", &json!({ "name": name })).await?;
            Ok(output.one(&created, |created| text(created, "/token"))?)
        }
        ProfileTokenCommand::Delete { id } => {
            let answer = client.delete(&format!("/profile-tokens/{id}")).await?;
            Ok(output.one(&answer, |_| format!("Deleted profile token {id}."))?)
        }
    }
}
