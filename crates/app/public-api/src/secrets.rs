//! Which settings of a destination are secrets, and how they are shown.

use prime_control::{Destination, Settings};
use prime_destination::{MASK, names_a_secret};
use serde_json::{Map, Value};

use crate::url_credentials;

/// The settings as they may be shown: each secret as the mask, one that is not set as it is. Secrets are also the credentials in URLs.
pub(crate) fn masked(destination: &Destination) -> Settings {
    let declared: Vec<_> = declared(&destination.metadata_id).collect();
    let shown = destination.settings.iter().map(|(name, value)| {
        let value = match value {
            value if declared.contains(&name.as_str()) => hidden(value),
            Value::Object(pairs) => Value::Object(masked_pairs(pairs)),
            Value::String(text) => Value::String(url_credentials::masked(text)),
            value => value.clone(),
        };
        (name.clone(), value)
    });
    shown.collect()
}

/// The settings that were sent, each secret that came as the mask put back to its stored value.
pub(crate) fn unmasked(stored: &Destination, sent: Settings) -> Settings {
    put_back(&stored.settings, sent)
}

/// The names of the settings whose values stay out of the ledger.
pub(crate) fn kept_from_ledger(metadata_id: &str, settings: &Settings) -> Vec<String> {
    let tells = |value: &Value| match value {
        Value::Object(pairs) => pairs.keys().any(|name| names_a_secret(name)),
        Value::String(text) => url_credentials::has_credential(text),
        _ => false,
    };
    let telling = settings.iter().filter(|(_, value)| tells(value));
    declared(metadata_id).map(str::to_owned).chain(telling.map(|(name, _)| name.clone())).collect()
}

fn declared(metadata_id: &str) -> impl Iterator<Item = &'static str> + use<> {
    prime_destinations::find(metadata_id).into_iter().flat_map(|kind| kind.metadata().secret_settings())
}

fn masked_pairs(pairs: &Map<String, Value>) -> Map<String, Value> {
    let shown = |(name, value): (&String, &Value)| {
        (name.clone(), if names_a_secret(name) { hidden(value) } else { value.clone() })
    };
    pairs.iter().map(shown).collect()
}

fn hidden(value: &Value) -> Value {
    let unset = value.is_null() || value.as_str() == Some("");
    if unset { value.clone() } else { Value::from(MASK) }
}

/// Replaces the mask by what is stored under the same name, in objects too; a mask of nothing goes.
fn put_back(stored: &Map<String, Value>, sent: Map<String, Value>) -> Map<String, Value> {
    let restored = sent.into_iter().filter_map(|(name, value)| {
        let kept = stored.get(&name);
        let value = match value {
            value if value == MASK => kept?.clone(),
            Value::Object(pairs) => {
                let empty = Map::new();
                Value::Object(put_back(kept.and_then(Value::as_object).unwrap_or(&empty), pairs))
            }
            Value::String(text) => {
                Value::String(url_credentials::unmasked(kept.and_then(Value::as_str).unwrap_or_default(), &text))
            }
            value => value,
        };
        Some((name, value))
    });
    restored.collect()
}

#[cfg(test)]
mod tests {
    use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
    use serde_json::json;

    use super::*;

    fn webhook(settings: &Value) -> Destination {
        Destination {
            id: DestinationId::new("d"),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            name: "Hook".into(),
            enabled: true,
            metadata_id: "webhook".into(),
            settings: settings.as_object().cloned().unwrap(),
            delivery: Default::default(),
            created_at: Timestamp::from_millis(0),
        }
    }

    #[test]
    fn secrets_and_telling_headers_are_masked_and_nothing_else() {
        let shown = masked(&webhook(&json!({
            "url": "https://a.test", "sharedSecret": "s",
            "headers": {"Authorization": "Bearer s", "X-Api-Key": "s", "X-Env": "prod", "X-Monkey": "bars"},
        })));
        let expected = json!({
            "url": "https://a.test", "sharedSecret": MASK,
            "headers": {"Authorization": MASK, "X-Api-Key": MASK, "X-Env": "prod", "X-Monkey": "bars"},
        });
        assert_eq!(Value::Object(shown), expected);
    }

    #[test]
    fn settings_that_come_back_as_they_were_shown_are_unchanged() {
        let stored = webhook(&json!({
            "url": "https://me:s@a.test", "sharedSecret": "s", "headers": {"Authorization": "Bearer s", "X-Env": "prod"},
            "moreUrls": "https://s@b.test\nhttps://c.test",
        }));
        assert!(!Value::Object(masked(&stored)).to_string().contains("s@"));
        assert_eq!(unmasked(&stored, masked(&stored)), stored.settings);
    }

    #[test]
    fn a_mask_of_what_was_never_set_is_no_value() {
        let stored = webhook(&json!({"url": "https://a.test"}));
        let sent = json!({"url": "https://b.test", "sharedSecret": MASK, "headers": {"Authorization": MASK}});
        let settings = unmasked(&stored, sent.as_object().cloned().unwrap());
        assert_eq!(Value::Object(settings), json!({"url": "https://b.test", "headers": {}}));
    }

    #[test]
    fn the_ledger_is_kept_from_headers_and_urls_that_hold_credentials() {
        let kept = |settings: Value| kept_from_ledger("webhook", settings.as_object().unwrap());
        assert_eq!(kept(json!({"headers": {"X-Env": "prod"}})), ["sharedSecret"]);
        assert_eq!(kept(json!({"headers": {"authorization": "s"}})), ["sharedSecret", "headers"]);
        assert_eq!(kept(json!({"url": "https://s@a.test", "data": "$.context"})), ["sharedSecret", "url"]);
    }
}
