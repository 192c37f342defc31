//! `primedata destination`.

use serde_json::{Map, Value, json};

use crate::args::{DeliveryRules, DestinationCommand, DestinationCreate, DestinationUpdate, EventsPerSecond};
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
        DestinationCommand::Create(args) => {
            let created = client.post("/destinations", &creation(&args)?).await?;
            output.one(&created["destination"], |it| format!("Created destination {}.", text(it, "/id")))?;
        }
        DestinationCommand::Update(args) => {
            let path = format!("/destinations/{}", args.id);
            let stored = client.get(&path, &[]).await?;
            let changed = client.patch(&path, &change(&stored["destination"], &args)?).await?;
            output.one(&changed["destination"], |it| format!("Changed destination {}.", text(it, "/id")))?;
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

fn creation(args: &DestinationCreate) -> Result<Value, Failure> {
    let settings: Map<String, Value> = args.settings.iter().map(|pair| setting(pair)).collect::<Result<_, _>>()?;
    let mut body = json!({ "sourceId": args.source, "metadataId": args.kind, "enabled": true, "settings": settings });
    if let Some(name) = &args.name {
        body["name"] = name.as_str().into();
    }
    if let Some(delivery) = rules(json!({}), &args.rules) {
        body["delivery"] = delivery;
    }
    Ok(body)
}

/// Settings and rules replace all earlier ones at the server, so those that are stored go along, but for what is given.
fn change(stored: &Value, args: &DestinationUpdate) -> Result<Value, Failure> {
    let mut body = json!({});
    if let Some(name) = &args.name {
        body["name"] = name.as_str().into();
    }
    if !args.settings.is_empty() || !args.unset.is_empty() {
        let mut settings = stored["settings"].as_object().cloned().unwrap_or_default();
        for name in &args.unset {
            let nothing = || Failure::Runtime(format!("--unset {name}: the destination has no such setting"));
            settings.remove(name).ok_or_else(nothing)?;
        }
        for pair in &args.settings {
            let (name, value) = setting(pair)?;
            settings.insert(name, value);
        }
        body["settings"] = settings.into();
    }
    if let Some(delivery) = rules(stored["delivery"].clone(), &args.rules) {
        body["delivery"] = delivery;
    }
    Ok(body)
}

/// The rules of delivery with what is given in place of what was; none where nothing is given.
fn rules(mut rules: Value, given: &DeliveryRules) -> Option<Value> {
    if let Some(in_order) = given.in_order {
        rules["inOrder"] = in_order.into();
    }
    if let Some(EventsPerSecond(max)) = given.events_per_second {
        rules["eventsPerSecondMax"] = max.into();
    }
    (given.in_order.is_some() || given.events_per_second.is_some()).then_some(rules)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn update(settings: &[&str], unset: &[&str], rules: DeliveryRules) -> DestinationUpdate {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        DestinationUpdate { id: "d".into(), name: None, settings: texts(settings), unset: texts(unset), rules }
    }

    const NONE: DeliveryRules = DeliveryRules { in_order: None, events_per_second: None };

    fn stored() -> Value {
        json!({
            "settings": {"url": "https://example.com/hook", "sharedSecret": "********"},
            "delivery": {"inOrder": true, "eventsPerSecondMax": 50},
        })
    }

    #[test]
    fn a_rule_that_is_not_given_stays_as_it_is() {
        let change = |rules| change(&stored(), &update(&[], &[], rules)).unwrap();
        assert_eq!(
            change(DeliveryRules { in_order: Some(false), ..NONE }),
            json!({"delivery": {"inOrder": false, "eventsPerSecondMax": 50}})
        );
        assert_eq!(
            change(DeliveryRules { events_per_second: Some(EventsPerSecond(None)), ..NONE }),
            json!({"delivery": {"inOrder": true, "eventsPerSecondMax": null}})
        );
        assert_eq!(change(NONE), json!({}));
    }

    #[test]
    fn a_setting_that_is_not_given_stays_as_it_is() {
        let changed = change(&stored(), &update(&["url=https://example.com/moved"], &[], NONE)).unwrap();
        let settings = json!({"url": "https://example.com/moved", "sharedSecret": "********"});
        assert_eq!(changed, json!({"settings": settings}));
        let changed = change(&stored(), &update(&[], &["sharedSecret"], NONE)).unwrap();
        assert_eq!(changed, json!({"settings": {"url": "https://example.com/hook"}}));
        assert!(change(&stored(), &update(&[], &["sharedSecrets"], NONE)).is_err());
    }
}
