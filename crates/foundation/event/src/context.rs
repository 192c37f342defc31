//! The context of a message: its own over its batch's, with what the server knows.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::body::Envelope;
use crate::code::DiscardCode;
use crate::json::{self, Kind, Value};
use crate::message::Rejection;
use crate::normalize::Arrival;

/// Fields that the specification defines as objects. PHP sends an empty one as `[]`.
const OBJECT_FIELDS: [&str; 10] =
    ["app", "campaign", "device", "library", "network", "os", "page", "referrer", "screen", "traits"];

/// A context in the making: members in order.
#[derive(Debug)]
pub(crate) struct Context<'b, 'a> {
    members: json::Members<'b, 'a>,
    /// The address that we fill in, in place of whatever the sender wrote.
    ip: Option<String>,
}

impl<'b, 'a> Context<'b, 'a> {
    /// Merges member by member: a member of the message's own context replaces the batch's whole. Deeper merging would
    /// mix two libraries into one that never was.
    pub(crate) fn merge(own: Option<Value<'b, 'a>>, envelope: &Envelope<'b, 'a>) -> Result<Self, Rejection> {
        let own = own.map_or(Some(Vec::new()), Value::members_or_empty).ok_or(DiscardCode::ContextNotObject)?;
        Ok(Self { members: over_inherited(own, envelope.context), ip: None })
    }

    pub(crate) fn check(&self) -> Result<(), Rejection> {
        if let Some(id) = self.get("device").and_then(|device| device.get("advertisingId"))
            && id.kind() != Kind::String
        {
            return Err(DiscardCode::AdvertisingIdNotString.into());
        }
        match self.get("consent") {
            Some(consent) if consent.kind() == Kind::Object => check_consent(consent),
            _ => Ok(()),
        }
    }

    /// Fills in the sender's address: for client-side messages, and for others that say `"direct": true`. IPv4 only;
    /// an address that the sender wrote stays.
    pub(crate) fn fill_ip(&mut self, arrival: &Arrival<'_>) {
        let direct = arrival.endpoint.is_client_side() || self.get("direct").is_some_and(|value| value.raw() == "true");
        if !direct || self.get("ip").is_some() {
            return;
        }
        if let Some(IpAddr::V4(address)) = arrival.client.map(|address| address.to_canonical()) {
            self.members.retain(|(name, _)| name != "ip");
            self.ip = Some(address.to_string());
        }
    }

    /// The channel a message came by, where the library tells for sure.
    pub(crate) fn channel(&self, arrival: &Arrival<'_>) -> Option<&'static str> {
        if !arrival.endpoint.is_client_side() {
            return Some("server");
        }
        let name = self.get("library")?.get("name").and_then(Value::string)?;
        const MOBILE: [&str; 6] = ["swift", "kotlin", "react-native", "ios", "android", "flutter"];
        match name.as_ref() {
            "analytics.js" => Some("browser"),
            name if MOBILE.iter().any(|platform| name.contains(platform)) => Some("mobile"),
            _ => None,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (name, value)) in self.members.iter().enumerate() {
            let is_empty_object = OBJECT_FIELDS.contains(&name.as_ref()) && value.is_empty_array();
            write_member(out, at == 0, name, if is_empty_object { "{}" } else { value.raw() });
        }
        if let Some(ip) = &self.ip {
            write_member(out, self.members.is_empty(), "ip", &format!("\"{ip}\""));
        }
        out.push(b'}');
    }

    /// A member that is there and not null.
    fn get(&self, name: &str) -> Option<Value<'b, 'a>> {
        let (_, value) = self.members.iter().find(|(known, _)| known == name)?;
        (!value.is_null()).then_some(*value)
    }
}

fn check_consent(consent: Value<'_, '_>) -> Result<(), Rejection> {
    let preferences = consent.get("categoryPreferences").ok_or(DiscardCode::ConsentPreferencesMissing)?;
    let preferences = preferences.members_or_empty().ok_or(DiscardCode::ConsentPreferencesNotObject)?;
    if let Some((category, _)) = preferences.iter().find(|(_, value)| value.kind() != Kind::Bool) {
        return Err(Rejection::new(DiscardCode::ConsentPreferencesNotBool, format!("category {category:?}")));
    }
    match consent.get("version") {
        Some(version) if version.kind() != Kind::Number => Err(DiscardCode::ConsentVersionNotNumber.into()),
        _ => Ok(()),
    }
}

/// What a batch says for all its messages, and after it the message's own members, which win.
pub(crate) fn over_inherited<'b, 'a>(
    own: json::Members<'b, 'a>,
    inherited: Option<Value<'b, 'a>>,
) -> json::Members<'b, 'a> {
    let Some(inherited) = inherited.and_then(Value::members) else { return own };
    let left_open = |name: &Cow<'_, str>| own.iter().all(|(known, _)| known != name);
    let mut members: Vec<_> = inherited.into_iter().filter(|(name, _)| left_open(name)).collect();
    members.extend(own);
    members
}

/// Writes an object as it stands but for repeated names.
pub(crate) fn write_members(out: &mut Vec<u8>, members: &json::Members<'_, '_>) {
    out.push(b'{');
    for (at, (name, value)) in members.iter().enumerate() {
        write_member(out, at == 0, name, value.raw());
    }
    out.push(b'}');
}

fn write_member(out: &mut Vec<u8>, is_first: bool, name: &str, raw: &str) {
    if !is_first {
        out.push(b',');
    }
    json::write_string(out, name);
    out.push(b':');
    out.extend_from_slice(raw.as_bytes());
}
