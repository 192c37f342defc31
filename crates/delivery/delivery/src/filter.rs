//! Whether an event is for a destination at all.

use prime_event::EventHead;
use serde_json::Value;

/// Why an event is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Filtered {
    ByIntegrationsObject,
    SentClientSide,
}

impl Filtered {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::ByIntegrationsObject => "FILTERED_BY_INTEGRATIONS_OBJECT",
            Self::SentClientSide => "MESSAGE_SENT_CLIENT_SIDE",
        }
    }

    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::ByIntegrationsObject => {
                "The message's `integrations` object switches this destination off; send it with true there to deliver it."
            }
            Self::SentClientSide => {
                "The SDK sent the message to this tool itself, in the page or the app, so it is not sent again."
            }
        }
    }
}

/// Decides by the message itself. `name` is the destination's name in the catalog; upper and lower case differ.
///
/// A value for the destination wins over `All`, which is true unless it is exactly false. An object stands for true.
pub(crate) fn filter(head: &EventHead, name: &str) -> Option<Filtered> {
    let wanted = match head.integrations.get(name) {
        Some(Value::Bool(wanted)) => *wanted,
        Some(Value::Object(_)) => true,
        _ => head.integrations.get("All") != Some(&Value::Bool(false)),
    };
    if !wanted {
        return Some(Filtered::ByIntegrationsObject);
    }
    let bundled = head.metadata.get("bundled").and_then(Value::as_array);
    bundled.is_some_and(|names| names.iter().any(|each| each == name)).then_some(Filtered::SentClientSide)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decide(payload: &str) -> Option<Filtered> {
        filter(&EventHead::read(payload.as_bytes()).unwrap_or_default(), "Webhook")
    }

    #[test]
    fn the_integrations_object_decides_who_receives() {
        for payload in [
            r#"{}"#,
            r#"{"integrations":{}}"#,
            r#"{"integrations":[]}"#,
            r#"{"integrations":{"All":true}}"#,
            r#"{"integrations":{"All":false,"Webhook":true}}"#,
            r#"{"integrations":{"All":false,"Webhook":{"option":1}}}"#,
            r#"{"integrations":{"webhook":false}}"#,
            r#"{"integrations":{"Other":false}}"#,
            r#"{"integrations":{"All":"false","Webhook":null}}"#,
        ] {
            assert_eq!(decide(payload), None, "{payload}");
        }
        for payload in [
            r#"{"integrations":{"All":false}}"#,
            r#"{"integrations":{"All":false,"webhook":true}}"#,
            r#"{"integrations":{"Webhook":false}}"#,
            r#"{"integrations":{"All":true,"Webhook":false}}"#,
            r#"{"integrations":{"All":false,"Webhook":null}}"#,
        ] {
            assert_eq!(decide(payload), Some(Filtered::ByIntegrationsObject), "{payload}");
        }
    }

    #[test]
    fn what_the_device_sent_itself_is_not_sent_again() {
        assert_eq!(decide(r#"{"_metadata":{"bundled":["Webhook"]}}"#), Some(Filtered::SentClientSide));
        let unwanted = r#"{"_metadata":{"bundled":["Webhook"]},"integrations":{"Webhook":false}}"#;
        assert_eq!(decide(unwanted), Some(Filtered::ByIntegrationsObject), "what the message says comes first");
        assert_eq!(decide(r#"{"_metadata":{"bundled":["Other"],"unbundled":["Webhook"]}}"#), None);
    }
}
