//! `primedata member`.

use serde_json::json;

use crate::args::MemberCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const COLUMNS: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("EMAIL", |row| text(row, "/email")),
    ("NAME", |row| text(row, "/name")),
    ("ROLE", |row| text(row, "/role")),
];

pub(crate) async fn run(client: &Client, command: MemberCommand, output: Output) -> Result<(), Failure> {
    match command {
        MemberCommand::List => output.list(&client.list("/users", "users", &[]).await?, COLUMNS)?,
        MemberCommand::Invite { email, owner } => {
            let role = if owner { "Workspace Owner" } else { "Workspace Member" };
            let invite = client.post("/invites", &json!({ "email": email, "role": role })).await?;
            output.one(&invite, |invite| text(invite, "/inviteUrl"))?;
        }
        MemberCommand::Remove { id } => {
            let answer = client.delete(&format!("/users/{id}")).await?;
            output.one(&answer, |_| format!("Removed member {id}."))?;
        }
    }
    Ok(())
}
