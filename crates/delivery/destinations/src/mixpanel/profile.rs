//! Calls that become updates of Mixpanel's profiles.

use prime_destination::{BuildError, code};
use serde_json::{Map, Value, json};

use super::event::{distinct_id, text};
use super::settings::MixpanelSettings;

type Object = Map<String, Value>;

/// Traits that Mixpanel knows under names of its own.
const KNOWN_TRAITS: [(&str, &str); 8] = [
    ("email", "$email"),
    ("name", "$name"),
    ("firstName", "$first_name"),
    ("lastName", "$last_name"),
    ("phone", "$phone"),
    ("avatar", "$avatar"),
    ("createdAt", "$created"),
    ("username", "$username"),
];

pub(super) fn person(settings: &MixpanelSettings, message: &Object) -> Result<Object, BuildError> {
    let Some(id) = distinct_id(message) else {
        let sentence = "Mixpanel keeps a profile under an id; this event has neither userId nor anonymousId.";
        return Err(BuildError::Payload { sentence: sentence.to_owned() });
    };
    let traits = traits(message)?.into_iter().map(|(name, value)| {
        let known = KNOWN_TRAITS.iter().find(|(known, _)| *known == name);
        (known.map_or(name, |(_, mixpanel)| (*mixpanel).to_owned()), value)
    });
    // Without it Mixpanel would take this server's address for the person's.
    let ip = message.get("context").and_then(|context| context.get("ip")).and_then(Value::as_str).unwrap_or("0");
    let mut update = Object::new();
    update.insert("$token".into(), settings.token.as_str().into());
    update.insert("$distinct_id".into(), id.into());
    update.insert("$ip".into(), ip.into());
    update.insert("$set".into(), traits.collect());
    Ok(update)
}

pub(super) fn group(settings: &MixpanelSettings, message: &Object) -> Result<Object, BuildError> {
    let Some(key) = &settings.group_key else {
        let sentence = "Group calls are left out, as the settings name no group key.";
        return Err(BuildError::NotWanted { code: code::NO_MATCHING_MAPPING, sentence: sentence.to_owned() });
    };
    let Some(id) = text(message, "groupId") else {
        return Err(BuildError::Payload {
            sentence: "Mixpanel needs the id of a group; this event has none.".to_owned(),
        });
    };
    let mut update = Object::new();
    update.insert("$token".into(), settings.token.as_str().into());
    update.insert("$group_key".into(), key.as_str().into());
    update.insert("$group_id".into(), id.into());
    update.insert("$set".into(), json!(traits(message)?));
    Ok(update)
}

fn traits(message: &Object) -> Result<Object, BuildError> {
    match message.get("traits") {
        Some(Value::Object(traits)) if !traits.is_empty() => Ok(traits.clone()),
        _ => {
            let sentence = "The event has no traits, so there is nothing to set in a profile.".to_owned();
            Err(BuildError::NotWanted { code: code::FILTERED_AT_MAPPING, sentence })
        }
    }
}
