//! From an event's payload to the identifiers on it.

mod keys;

use std::borrow::Cow;

use prime_event::{Kind, MessageType, Tape, Timestamp, Value, limits};

use crate::identifier::{Collection, Identifier};
use crate::rules::{CompiledRules, DeviceField, Reading, TypeRule, is_type_name};
use keys::Spellings;

/// An event as identity sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Extracted<'a> {
    pub message_id: Cow<'a, str>,
    pub kind: MessageType,
    /// When it happened, in milliseconds since 1970.
    pub timestamp_ms: i64,
    /// When it arrived.
    pub received_at_ms: i64,
    /// All identifiers of users and accounts, each once, blocked ones too; at most [`IDENTIFIERS_MAX`].
    pub identifiers: Vec<Identifier<'a>>,
}

/// More identifiers of one event are left out, those found last. The documented types are eleven.
pub const IDENTIFIERS_MAX: usize = 32;

/// Longer values are left out: nobody is called by more than 500 characters, the longest that a group may be.
pub const VALUE_CHARS_MAX: usize = 500;

/// Reads events' identifiers by the rules. Made once for a version of the rules.
#[derive(Clone, Debug)]
pub struct Extractor {
    types: Vec<(TypeRule, Spellings)>,
}

/// The members of a payload that identifiers stand in.
#[derive(Default)]
struct Places<'t, 'a> {
    kind: Option<Value<'t, 'a>>,
    message_id: Option<Value<'t, 'a>>,
    timestamp: Option<Value<'t, 'a>>,
    received_at: Option<Value<'t, 'a>>,
    user_id: Option<Value<'t, 'a>>,
    anonymous_id: Option<Value<'t, 'a>>,
    group_id: Option<Value<'t, 'a>>,
    traits: Option<Value<'t, 'a>>,
    properties: Option<Value<'t, 'a>>,
    context: Context<'t, 'a>,
}

#[derive(Default)]
struct Context<'t, 'a> {
    traits: Option<Value<'t, 'a>>,
    device: Option<Value<'t, 'a>>,
    integrations: Option<Value<'t, 'a>>,
    external_ids: Option<Value<'t, 'a>>,
    group_id: Option<Value<'t, 'a>>,
}

impl Extractor {
    pub fn new(rules: &CompiledRules) -> Self {
        let types = rules.rules().types.iter().map(|rule| (rule.clone(), Spellings::of(rule)));
        Self { types: types.collect() }
    }

    /// The identifiers on a normalised event. None for what is no normalised event, which nobody writes.
    ///
    /// `alias` calls join nobody: of them only the `userId` counts, or else the `anonymousId`.
    pub fn extract<'a>(&'a self, payload: &'a str) -> Option<Extracted<'a>> {
        let tape = Tape::read(payload, limits::NESTING_MAX).ok()?;
        let places = Places::find(tape.value(payload, 0));
        let kind = MessageType::parse(&places.kind?.string()?)?;
        let received_at_ms = time(places.received_at)?;
        let mut found = Found::default();
        for (rule, spellings) in &self.types {
            places.read(rule, spellings, kind, &mut found);
        }
        self.read_external_ids(&places, &mut found);
        if kind == MessageType::Alias {
            found.0.retain(|identifier| identifier.collection == Collection::Users);
            found.0.sort_by_key(|identifier| match identifier.kind.as_ref() {
                "user_id" => 0,
                "anonymous_id" => 1,
                _ => 2,
            });
            found.0.truncate(1);
        }
        Some(Extracted {
            message_id: places.message_id?.string()?,
            kind,
            timestamp_ms: time(places.timestamp).unwrap_or(received_at_ms),
            received_at_ms,
            identifiers: found.0,
        })
    }

    /// `context.externalIds`: entries with all four of their fields, of a type with a good name.
    fn read_external_ids<'a>(&'a self, places: &Places<'_, 'a>, found: &mut Found<'a>) {
        let Some(items) = places.context.external_ids.and_then(Value::items) else { return };
        for item in items.take(IDENTIFIERS_MAX) {
            let field = |name| item.get(name).and_then(Value::string);
            let (Some(id), Some(kind), Some(collection)) = (item.get("id"), field("type"), field("collection")) else {
                continue;
            };
            let Some(collection) = Collection::parse(&collection) else { continue };
            if field("encoding").as_deref() != Some("none") {
                continue;
            }
            let kind = if kind.bytes().any(|byte| byte.is_ascii_uppercase()) {
                Cow::Owned(kind.to_ascii_lowercase())
            } else {
                kind
            };
            if !is_type_name(&kind) {
                continue;
            }
            let known = self.types.iter().find(|(rule, _)| rule.collection == collection && rule.kind == kind);
            let lower_case = known.is_some_and(|(rule, _)| rule.lower_case);
            found.add(collection, kind, Some(id), lower_case);
        }
    }
}

impl<'t, 'a> Places<'t, 'a> {
    fn find(event: Value<'t, 'a>) -> Self {
        let mut places = Self::default();
        for (name, value) in event.each_member() {
            let slot = match name.unescaped().as_ref() {
                "type" => &mut places.kind,
                "messageId" => &mut places.message_id,
                "timestamp" => &mut places.timestamp,
                "receivedAt" => &mut places.received_at,
                "userId" => &mut places.user_id,
                "anonymousId" => &mut places.anonymous_id,
                "groupId" => &mut places.group_id,
                "traits" => &mut places.traits,
                "properties" => &mut places.properties,
                "context" => {
                    places.context = Context::find(value);
                    continue;
                }
                _ => continue,
            };
            *slot = Some(value);
        }
        places
    }

    fn read(&self, rule: &'a TypeRule, spellings: &Spellings, kind: MessageType, found: &mut Found<'a>) {
        let mut add = |value: Option<Value<'t, 'a>>| {
            found.add_known(rule, value);
        };
        match &rule.read {
            Reading::UserId => add(self.user_id),
            Reading::AnonymousId => add(self.anonymous_id),
            Reading::GroupId if kind == MessageType::Group => add(self.group_id),
            Reading::GroupId => add(self.context.group_id),
            Reading::Traits { properties, .. } => {
                let mut holders = [self.traits, self.context.traits, self.properties.filter(|_| *properties)];
                holders.iter_mut().flatten().for_each(|holder| add(spellings.in_object(*holder)));
            }
            Reading::Key(_) => {
                let mut holders = [self.traits, self.context.traits, self.properties];
                holders.iter_mut().flatten().for_each(|holder| add(spellings.in_object(*holder)));
            }
            Reading::Device { platform, field } => add(self.context.device(platform, *field)),
            Reading::GoogleAnalytics => {
                let google = self.context.integrations.and_then(|all| all.get("Google Analytics"));
                add(google.and_then(|google| google.get("clientId")));
            }
            Reading::ExternalIds => {}
        }
    }
}

impl<'t, 'a> Context<'t, 'a> {
    fn find(context: Value<'t, 'a>) -> Self {
        let mut places = Self::default();
        for (name, value) in context.each_member() {
            let slot = match name.unescaped().as_ref() {
                "traits" => &mut places.traits,
                "device" => &mut places.device,
                "integrations" => &mut places.integrations,
                "externalIds" => &mut places.external_ids,
                "groupId" => &mut places.group_id,
                _ => continue,
            };
            *slot = Some(value);
        }
        places
    }

    fn device(&self, platform: &str, field: DeviceField) -> Option<Value<'t, 'a>> {
        let device = self.device?;
        if device.get("type")?.string()? != platform {
            return None;
        }
        match field {
            DeviceField::Id => device.get("id"),
            DeviceField::Token => device.get("token"),
            DeviceField::AdvertisingId => {
                let tracks = device.get("adTrackingEnabled").is_some_and(|enabled| enabled.raw() == "true");
                device.get("advertisingId").filter(|_| tracks)
            }
        }
    }
}

#[derive(Default)]
struct Found<'a>(Vec<Identifier<'a>>);

impl<'a> Found<'a> {
    fn add_known(&mut self, rule: &'a TypeRule, value: Option<Value<'_, 'a>>) {
        if value.is_some() {
            self.add(rule.collection, Cow::Borrowed(&rule.kind), value, rule.lower_case);
        }
    }

    /// Adds a text that is not empty, or a number as it is written.
    fn add(&mut self, collection: Collection, kind: Cow<'a, str>, value: Option<Value<'_, 'a>>, lower_case: bool) {
        let Some(value) = value else { return };
        let text = match value.kind() {
            Kind::String => value.string().unwrap_or_default(),
            Kind::Number => Cow::Borrowed(value.raw()),
            _ => return,
        };
        let too_long = text.len() > VALUE_CHARS_MAX && text.chars().count() > VALUE_CHARS_MAX;
        if text.is_empty() || too_long || self.0.len() == IDENTIFIERS_MAX {
            return;
        }
        let value =
            if lower_case && text.chars().any(char::is_uppercase) { Cow::Owned(text.to_lowercase()) } else { text };
        let identifier = Identifier { collection, kind, value };
        if !self.0.contains(&identifier) {
            self.0.push(identifier);
        }
    }
}

fn time(value: Option<Value<'_, '_>>) -> Option<i64> {
    Timestamp::parse(&value?.string()?).map(Timestamp::as_millis)
}

#[cfg(test)]
mod tests;
