//! What senders get wrong, each with the code that the contract gives it.

use prime_event::DiscardCode::{self, *};
use prime_event::{MessageType, limits};
use serde_json::{Map, Value, json};

use crate::chance::Chance;

/// One mistake in one message.
#[derive(Clone, Copy)]
enum Fault {
    NoIds,
    NumericUserId,
    EventMissing,
    EventNumeric,
    PropertiesText,
    TraitsText,
    NameEmpty,
    GroupIdMissing,
    ContextText,
    IntegrationsText,
    MessageIdLong,
    ConsentWithoutPreferences,
    TypeUnknown,
    TooLarge,
    NotObject,
}

/// Spoils a message in one of the ways that its type allows, and says with which code it will be refused.
///
/// Some mistakes are answered for the whole request when the message is alone in it, and are made in batches only.
pub(crate) fn spoil(
    mut message: Map<String, Value>,
    kind: MessageType,
    in_batch: bool,
    chance: &mut Chance,
) -> (Value, DiscardCode) {
    let code = match chance.pick(&faults_of(kind, in_batch)) {
        Fault::NoIds => {
            message.shift_remove("userId");
            message.shift_remove("anonymousId");
            NoUserAnonId
        }
        Fault::NumericUserId => put(&mut message, "userId", json!(48_151_623), IdNotString),
        Fault::EventMissing => {
            message.shift_remove("event");
            EventNotDefined
        }
        Fault::EventNumeric => put(&mut message, "event", json!(42), EventNotString),
        Fault::PropertiesText => put(&mut message, "properties", json!("price=12"), PropertiesNotObject),
        Fault::TraitsText => put(&mut message, "traits", json!("plan=pro"), TraitsNotObject),
        Fault::NameEmpty => put(&mut message, "name", json!(""), NameNotString),
        Fault::GroupIdMissing => {
            message.shift_remove("groupId");
            IdRequired
        }
        Fault::ContextText => put(&mut message, "context", json!("browser"), ContextNotObject),
        Fault::IntegrationsText => put(&mut message, "integrations", json!("all"), IntegrationsNotObject),
        Fault::MessageIdLong => {
            let long = "m".repeat(limits::MESSAGE_ID_CHARS_MAX + 1);
            put(&mut message, "messageId", json!(long), MessageIdInvalid)
        }
        Fault::ConsentWithoutPreferences => {
            put(&mut message, "context", json!({ "consent": { "version": 2 } }), ConsentPreferencesMissing)
        }
        Fault::TypeUnknown => put(&mut message, "type", json!("purchase"), TypeUnknown),
        Fault::TooLarge => put(&mut message, "note", json!("x".repeat(limits::MESSAGE_BYTES_MAX)), MessageTooLarge),
        Fault::NotObject => return (json!("a line of a log file"), MessageNotObject),
    };
    (Value::Object(message), code)
}

fn put(message: &mut Map<String, Value>, key: &str, value: Value, code: DiscardCode) -> DiscardCode {
    message.insert(key.to_owned(), value);
    code
}

fn faults_of(kind: MessageType, in_batch: bool) -> Vec<Fault> {
    use Fault::*;
    let mut faults = vec![NumericUserId, ContextText, IntegrationsText, MessageIdLong, ConsentWithoutPreferences];
    if in_batch {
        faults.extend([TypeUnknown, TooLarge, NotObject]);
    }
    match kind {
        MessageType::Track => faults.extend([NoIds, EventMissing, EventNumeric, PropertiesText]),
        MessageType::Identify => faults.extend([NoIds, TraitsText]),
        MessageType::Page | MessageType::Screen => faults.extend([NoIds, NameEmpty, PropertiesText]),
        MessageType::Group => faults.extend([NoIds, GroupIdMissing, TraitsText]),
        // Without ids an alias lacks what it needs in two ways at once, and either code would do.
        MessageType::Alias => {}
    }
    faults
}

/// Damage that real devices do to a batch and that the server repairs: all of its messages are taken.
pub(crate) fn join_with_damage(items: &[&str], chance: &mut Chance) -> String {
    match chance.between(1, 3) {
        1 => format!(",{}", items.join(",")),
        2 => items.join(",,"),
        _ => items.join("\0,"),
    }
}
