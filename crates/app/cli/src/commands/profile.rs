//! `primedata profile`.

use serde_json::{Value, json};

use super::operation::{self, identifier, identifiers};
use crate::args::ProfileCommand;
use crate::client::Client;
use crate::failure::Failure;
use crate::output::{Column, Output, text};

const FOUND: &[Column] = &[
    ("ID", |row| text(row, "/id")),
    ("CALLED", |row| text(row, "/label")),
    ("IDENTIFIERS", |row| named(&row["identifiers"])),
    ("EVENTS", |row| text(row, "/events")),
    ("LAST SEEN", |row| text(row, "/lastSeen")),
];
const IDENTIFIERS: &[Column] = &[
    ("IDENTIFIER", |row| name(&row["identifier"])),
    ("SINCE", |row| text(row, "/firstSeen")),
    ("SOURCE", |row| text(row, "/origin/sourceId")),
    ("MESSAGE ID", |row| text(row, "/origin/messageId")),
    ("EVENTS", |row| text(row, "/events")),
    ("REMOVED", |row| if row["isRemoved"] == true { "yes".into() } else { "-".into() }),
];
const TRAITS: &[Column] = &[
    ("TRAIT", |row| text(row, "/name")),
    ("VALUE", |row| row["value"].to_string()),
    ("SINCE", |row| text(row, "/updatedAt")),
    ("SOURCE", |row| text(row, "/sourceId")),
];
const EVENTS: &[Column] = &[
    ("TIME", |row| text(row, "/timestamp")),
    ("TYPE", |row| text(row, "/type")),
    ("NAME", |row| text(row, "/name")),
    ("OF", |row| name(&row["owner"])),
    ("MESSAGE ID", |row| text(row, "/messageId")),
];
const EDGES: &[Column] = &[
    ("FIRST", |row| text(row, "/first/timestamp")),
    ("TOGETHER ON AN EVENT", |row| named(&row["identifiers"])),
    ("DID NOT JOIN", |row| dropped(row)),
    ("DAYS", |row| text(row, "/days")),
    ("MESSAGE ID", |row| text(row, "/first/messageId")),
];
const STEPS: &[Column] = &[
    ("TIME", |row| text(row, "/timestamp")),
    ("JOINED", |row| named(&row["kept"])),
    ("LEADS TO", |row| name(&row["to"])),
    ("SOURCE", |row| text(row, "/sourceId")),
    ("MESSAGE ID", |row| text(row, "/messageId")),
];

fn name(identifier: &Value) -> String {
    match identifier.is_object() {
        true => format!("{}:{}", text(identifier, "/type"), text(identifier, "/value")),
        false => "-".to_owned(),
    }
}

fn named(identifiers: &Value) -> String {
    identifiers.as_array().into_iter().flatten().map(name).collect::<Vec<_>>().join(" ")
}

fn dropped(edge: &Value) -> String {
    let dropped = edge["dropped"].as_array().into_iter().flatten();
    let names = dropped.map(|one| format!("{} ({})", name(&one["identifier"]), text(one, "/reason")));
    let names = names.collect::<Vec<_>>().join(" ");
    if names.is_empty() { "-".to_owned() } else { names }
}

pub(crate) async fn run(client: &Client, command: ProfileCommand, output: Output) -> Result<(), Failure> {
    match command {
        ProfileCommand::Search { query, collection, limit } => {
            let (query, limit) = (query.join(" "), limit.to_string());
            let mut parameters = vec![("query", query.as_str()), ("limit", limit.as_str())];
            parameters.extend(collection.as_deref().map(|collection| ("collection", collection)));
            let answer = client.get("/profiles", &parameters).await?;
            output.list(&answer["profiles"], FOUND)?;
            if !output.is_json() && !query.is_empty() && answer["isComplete"] == false {
                output.line("There may be more; say more about whom you look for.")?;
            }
            Ok(())
        }
        ProfileCommand::Get { profile } => show(&client.get(&path(&profile, ""), &[]).await?["profile"], output),
        ProfileCommand::Events { profile, kind, name, limit, oldest_first } => {
            let limit = limit.to_string();
            let sort = if oldest_first { "asc" } else { "desc" };
            let mut query = vec![("limit", limit.as_str()), ("sort", sort)];
            query.extend(kind.as_deref().map(|kind| ("type", kind)));
            query.extend(name.as_deref().map(|name| ("name", name)));
            let answer = client.get(&path(&profile, "/events"), &query).await?;
            Ok(output.list(&answer["events"], EVENTS)?)
        }
        ProfileCommand::Graph { profile } => {
            let answer = client.get(&path(&profile, "/graph"), &[]).await?;
            if output.is_json() {
                return Ok(output.json(&answer["graph"])?);
            }
            Ok(output.list(&answer["graph"]["edges"], EDGES)?)
        }
        ProfileCommand::Explain { from, to } => explain(client, &from, &to, output).await,
        ProfileCommand::Remove { profile, identifier: removed, carry_out } => {
            let id = id_of(client, &profile).await?;
            let act = json!({ "kind": "remove", "profileId": id, "identifier": identifier(&removed)? });
            operation::run(client, act, &carry_out, output).await
        }
        ProfileCommand::Unmerge { profile, identifiers: leaving, carry_out } => {
            let id = id_of(client, &profile).await?;
            let act = json!({ "kind": "split", "profileId": id, "identifiers": identifiers(&leaving)? });
            operation::run(client, act, &carry_out, output).await
        }
        ProfileCommand::Apart { left, right, carry_out } => {
            let act = json!({ "kind": "apart", "left": identifiers(&left)?, "right": identifiers(&right)? });
            operation::run(client, act, &carry_out, output).await
        }
        ProfileCommand::Disregard { identifiers: set, carry_out } => {
            let act = json!({ "kind": "disregard", "identifiers": identifiers(&set)? });
            operation::run(client, act, &carry_out, output).await
        }
        ProfileCommand::Operations => operation::list(client, output).await,
        ProfileCommand::Undo { number, carry_out } => {
            operation::run(client, json!({ "kind": "undo", "number": number }), &carry_out, output).await
        }
    }
}

fn show(profile: &Value, output: Output) -> Result<(), Failure> {
    if output.is_json() {
        return Ok(output.json(profile)?);
    }
    let counts = format!(
        "{} events, first {}, last {}",
        text(profile, "/events"),
        text(profile, "/firstSeen"),
        text(profile, "/lastSeen")
    );
    output.line(&format!("{}  {}\n{counts}\n", text(profile, "/id"), text(profile, "/label")))?;
    output.list(&profile["identifiers"], IDENTIFIERS)?;
    output.line("")?;
    output.list(&profile["traits"], TRAITS)?;
    let links: Vec<String> =
        profile["links"].as_array().into_iter().flatten().map(|link| text(link, "/profile/label")).collect();
    if !links.is_empty() {
        output.line(&format!("\nTogether with {} ({} in all).", links.join(", "), text(profile, "/linksTotal")))?;
    }
    Ok(())
}

async fn explain(client: &Client, from: &str, to: &str, output: Output) -> Result<(), Failure> {
    let answer = client.get(&path(from, "/explanation"), &[("from", from), ("to", to)]).await?;
    if output.is_json() {
        return Ok(output.json(&answer["explanation"])?);
    }
    Ok(output.list(&answer["explanation"]["steps"], STEPS)?)
}

async fn id_of(client: &Client, profile: &str) -> Result<String, Failure> {
    Ok(text(&client.get(&path(profile, ""), &[]).await?, "/profile/id"))
}

fn path(profile: &str, resource: &str) -> String {
    format!("/profiles/{}{resource}", encoded(profile))
}

/// A part of an address: everything but plain letters is percent-encoded.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':' | b'@');
    let one = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_one_part_of_an_address() {
        assert_eq!(path("phone:+49/1 ?#ü", "/graph"), "/profiles/phone:%2B49%2F1%20%3F%23%C3%BC/graph");
    }
}
