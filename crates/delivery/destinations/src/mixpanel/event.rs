//! Calls that become events of Mixpanel.

use prime_destination::{BuildError, Event};
use prime_event::Timestamp;
use serde_json::{Map, Value, json};

use super::settings::MixpanelSettings;

type Object = Map<String, Value>;

/// A property of Mixpanel's own, and where its value stands in a message.
const FROM_CONTEXT: [(&str, &str); 25] = [
    ("ip", "/context/ip"),
    ("$current_url", "/context/page/url"),
    ("$referrer", "/context/page/referrer"),
    ("utm_source", "/context/campaign/source"),
    ("utm_medium", "/context/campaign/medium"),
    ("utm_campaign", "/context/campaign/name"),
    ("utm_term", "/context/campaign/term"),
    ("utm_content", "/context/campaign/content"),
    ("$os", "/context/os/name"),
    ("$os_version", "/context/os/version"),
    ("$app_name", "/context/app/name"),
    ("$app_version_string", "/context/app/version"),
    ("$app_build_number", "/context/app/build"),
    ("$app_namespace", "/context/app/namespace"),
    ("$manufacturer", "/context/device/manufacturer"),
    ("$model", "/context/device/model"),
    ("$carrier", "/context/network/carrier"),
    ("$wifi", "/context/network/wifi"),
    ("$bluetooth_enabled", "/context/network/bluetooth"),
    ("$screen_width", "/context/screen/width"),
    ("$screen_height", "/context/screen/height"),
    ("$screen_dpi", "/context/screen/density"),
    ("mp_lib", "/context/library/name"),
    ("$lib_version", "/context/library/version"),
    ("timezone", "/context/timezone"),
];

pub(super) fn track(settings: &MixpanelSettings, message: &Object, event: &Event) -> Result<Object, BuildError> {
    match text(message, "event") {
        Some(name) => Ok(named(settings, message, event, name)),
        None => {
            Err(BuildError::Payload { sentence: "Mixpanel needs a name for each event; this one has none.".to_owned() })
        }
    }
}

/// A page or a screen that was looked at.
pub(super) fn view(settings: &MixpanelSettings, message: &Object, event: &Event, what: &str) -> Object {
    match text(message, "name") {
        Some(name) => named(settings, message, event, &format!("Viewed {name} {what}")),
        None => named(settings, message, event, &format!("Loaded a {what}")),
    }
}

/// Two ids that are one person.
pub(super) fn alias(settings: &MixpanelSettings, message: &Object, event: &Event) -> Result<Object, BuildError> {
    let (Some(previous), Some(id)) = (text(message, "previousId"), text(message, "userId")) else {
        let sentence = "Mixpanel needs both ids of an alias, previousId and userId; one is missing.";
        return Err(BuildError::Payload { sentence: sentence.to_owned() });
    };
    let mut properties = Object::new();
    properties.insert("distinct_id".into(), previous.into());
    properties.insert("alias".into(), id.into());
    properties.insert("token".into(), settings.token.as_str().into());
    sign(message, event, &mut properties);
    Ok(object(json!({ "event": "$create_alias", "properties": properties })))
}

fn named(settings: &MixpanelSettings, message: &Object, event: &Event, name: &str) -> Object {
    let mut properties = Object::new();
    let whole = message.get("context").map(|context| json!({ "context": context })).unwrap_or_default();
    for (property, path) in FROM_CONTEXT {
        if let Some(value) = whole.pointer(path).filter(|value| !value.is_null()) {
            properties.insert(property.into(), value.clone());
        }
    }
    if let (Some(key), Some(id)) = (&settings.group_key, whole.pointer("/context/groupId")) {
        properties.insert(key.clone(), id.clone());
    }
    // What the sender wrote counts before what its SDK added.
    if let Some(Value::Object(own)) = message.get("properties") {
        properties.extend(own.clone());
    }
    // Mixpanel joins the two ids into one person where a project does so.
    if let Some(id) = text(message, "userId") {
        properties.insert("$user_id".into(), id.into());
    }
    if let Some(id) = text(message, "anonymousId") {
        properties.insert("$device_id".into(), id.into());
    }
    properties.insert("distinct_id".into(), distinct_id(message).unwrap_or_default().into());
    sign(message, event, &mut properties);
    object(json!({ "event": name, "properties": properties }))
}

/// What `/import` asks of every event.
fn sign(message: &Object, event: &Event, properties: &mut Object) {
    let time = text(message, "timestamp").and_then(Timestamp::parse).unwrap_or(event.received_at);
    properties.insert("time".into(), time.as_millis().into());
    properties.insert("$insert_id".into(), event.idempotency_key.to_string().into());
}

/// Who it was: the known id, else the device's.
pub(super) fn distinct_id(message: &Object) -> Option<&str> {
    text(message, "userId").or_else(|| text(message, "anonymousId"))
}

/// A text that is there and not empty.
pub(super) fn text<'a>(message: &'a Object, name: &str) -> Option<&'a str> {
    message.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}
