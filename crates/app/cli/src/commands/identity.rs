//! `primedata identity`.

use std::path::Path;

use reqwest::Method;
use serde_json::{Value, json};

use super::operation::{self, identifier};
use crate::args::{IdentityCommand, RulesCommand};
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const HAIRBALLS: &[Column] = &[
    ("IDENTIFIER", |row| format!("{}:{}", text(row, "/identifier/type"), text(row, "/identifier/value"))),
    ("SETS", |row| text(row, "/sets")),
];
const VERSIONS: &[Column] = &[
    ("VERSION", |row| text(row, "/version")),
    ("IN FORCE", |row| if row["isInForce"] == true { "yes".into() } else { "-".into() }),
    ("APPLIED", |row| text(row, "/appliedAt")),
    ("BY", |row| text(row, "/by")),
    ("TYPES", |row| text(row, "/types")),
];

pub(crate) async fn run(client: &Client, command: IdentityCommand, output: Output) -> Result<(), Failure> {
    match command {
        IdentityCommand::Status => {
            let answer = client.get("/identity", &[]).await?;
            Ok(output.one(&answer["identity"], status)?)
        }
        IdentityCommand::Rules(command) => rules(client, command, output).await,
        IdentityCommand::Hairballs => {
            Ok(output.list(&client.get("/identity/hairballs", &[]).await?["hairballs"], HAIRBALLS)?)
        }
        IdentityCommand::Release { identifier: released, carry_out } => {
            let act = json!({ "kind": "release", "identifier": identifier(&released)? });
            operation::run(client, act, &carry_out, output).await
        }
    }
}

fn status(identity: &Value) -> String {
    let number = |name: &str| text(identity, &format!("/{name}"));
    format!(
        "{} identifiers of {} people and accounts, {} of them taken for shared.\n{} events taken since the start, {} not taken \
         yet, {} name nobody, {} are beyond the limits, {} came so late that their arrival counts.\nRules of version {}.",
        number("identifiers"),
        number("profiles"),
        number("quarantined"),
        number("applied"),
        number("behind"),
        number("unowned"),
        number("dropped"),
        number("beyondHorizon"),
        number("rulesVersion"),
    )
}

async fn rules(client: &Client, command: RulesCommand, output: Output) -> Result<(), Failure> {
    match command {
        RulesCommand::Get { version } => {
            let path = match version {
                Some(version) => format!("/identity/rules/versions/{version}"),
                None => "/identity/rules".to_owned(),
            };
            Ok(output.json(&client.get(&path, &[]).await?["rules"])?)
        }
        RulesCommand::Preview { file } => {
            let answer = client.post("/identity/rules/preview", &json!({ "rules": read(&file)? })).await?;
            Ok(output.one(&answer["preview"], previewed)?)
        }
        RulesCommand::Apply { file } => {
            let rules = read(&file)?;
            let Some(version) = rules["version"].as_u64() else {
                let problem = "the file has no `version`; begin with what `primedata identity rules get` prints";
                return Err(Failure::Runtime(problem.to_owned()));
            };
            let body = json!({ "rules": rules, "expectedVersion": version });
            in_force(&client.call(Method::PUT, "/identity/rules", Some(&body)).await?, output)
        }
        RulesCommand::Versions => {
            Ok(output.list(&client.get("/identity/rules/versions", &[]).await?["versions"], VERSIONS)?)
        }
        RulesCommand::Rollback { version } => {
            in_force(&client.post("/identity/rules/rollback", &json!({ "version": version })).await?, output)
        }
    }
}

fn in_force(answer: &Value, output: Output) -> Result<(), Failure> {
    Ok(output.one(answer, |answer| format!("Version {} is in force, for all of history.", text(answer, "/version")))?)
}

fn previewed(preview: &Value) -> String {
    let number = |name: &str| text(preview, &format!("/{name}"));
    let mut lines = vec![format!(
        "{} profiles now, {} then: {} split, {} are made of several, {} identifiers move.",
        number("profilesBefore"),
        number("profilesAfter"),
        number("split"),
        number("merged"),
        number("identifiersMoved"),
    )];
    for sample in preview["samples"].as_array().into_iter().flatten() {
        let word = if sample["splits"] == true { "splits" } else { "is made of several" };
        lines.push(format!("\n{} {word}:", text(sample, "/profileId")));
        lines.extend(sample["identifiers"].as_array().into_iter().flatten().map(|one| {
            let name = format!("{}:{}", text(one, "/identifier/type"), text(one, "/identifier/value"));
            format!("  {name}: {} -> {}", text(one, "/before"), text(one, "/after"))
        }));
    }
    lines.join("\n")
}

fn read(file: &Path) -> Result<Value, Failure> {
    let shown = file.display();
    let bytes = std::fs::read(file).map_err(|error| Failure::Runtime(format!("{shown} cannot be read: {error}")))?;
    serde_json::from_slice(&bytes).map_err(|error| Failure::Runtime(format!("{shown} is not JSON: {error}")))
}
