//! The context of a message: its own over its batch's, with what the server knows.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::body::Envelope;
use crate::code::DiscardCode;
use crate::json::{self, Kind};
use crate::message::Rejection;
use crate::normalize::Arrival;

/// Fields that the specification defines as objects. PHP sends an empty one as `[]`.
const OBJECT_FIELDS: [&str; 10] =
    ["app", "campaign", "device", "library", "network", "os", "page", "referrer", "screen", "traits"];

/// A context in the making: members in order, each with its JSON text.
#[derive(Debug)]
pub(crate) struct Context<'a>(Vec<(Cow<'a, str>, Cow<'a, str>)>);

impl<'a> Context<'a> {
    /// Merges member by member: a member of the message's own context replaces the batch's whole. Deeper merging would
    /// mix two libraries into one that never was.
    pub(crate) fn merge(own: Option<&'a str>, envelope: &Envelope<'a>) -> Result<Self, Rejection> {
        let own = match own {
            None => Vec::new(),
            Some(raw) => object_members(raw).ok_or(DiscardCode::ContextNotObject)?,
        };
        let inherited = envelope.context.iter().filter(|(name, _)| own.iter().all(|(known, _)| known != name));
        let mut members: Vec<_> = inherited.cloned().map(|(name, value)| (name, Cow::Borrowed(value))).collect();
        members.extend(own.into_iter().map(|(name, value)| (name, Cow::Borrowed(value))));
        for (name, value) in &mut members {
            if OBJECT_FIELDS.contains(&name.as_ref()) && json::is_empty_array(value) {
                *value = Cow::Borrowed("{}");
            }
        }
        Ok(Self(members))
    }

    pub(crate) fn check(&self) -> Result<(), Rejection> {
        if let Some(device) = self.object("device")
            && let Some(id) = get(&device, "advertisingId")
            && json::kind(id) != Kind::String
        {
            return Err(DiscardCode::AdvertisingIdNotString.into());
        }
        match self.object("consent") {
            Some(consent) => check_consent(&consent),
            None => Ok(()),
        }
    }

    /// Fills in the sender's address: for client-side messages, and for others that say `"direct": true`. IPv4 only;
    /// an address that the sender wrote stays.
    pub(crate) fn fill_ip(&mut self, arrival: &Arrival<'_>) {
        let direct = arrival.endpoint.is_client_side() || self.get("direct") == Some("true");
        if !direct || self.get("ip").is_some_and(|ip| json::kind(ip) != Kind::Null) {
            return;
        }
        if let Some(IpAddr::V4(address)) = arrival.client.map(|address| address.to_canonical()) {
            self.0.retain(|(name, _)| name != "ip");
            self.0.push(("ip".into(), format!("\"{address}\"").into()));
        }
    }

    /// The channel a message came by, where the library tells for sure.
    pub(crate) fn channel(&self, arrival: &Arrival<'_>) -> Option<&'static str> {
        if !arrival.endpoint.is_client_side() {
            return Some("server");
        }
        let library = self.object("library")?;
        let name = get(&library, "name").and_then(json::string)?;
        const MOBILE: [&str; 6] = ["swift", "kotlin", "react-native", "ios", "android", "flutter"];
        match name.as_ref() {
            "analytics.js" => Some("browser"),
            name if MOBILE.iter().any(|platform| name.contains(platform)) => Some("mobile"),
            _ => None,
        }
    }

    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write_members(out, self.0.iter().map(|(name, value)| (name.as_ref(), value.as_ref())));
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_ref())
    }

    fn object(&self, name: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
        self.get(name).and_then(json::members)
    }
}

fn check_consent(consent: &[(Cow<'_, str>, &str)]) -> Result<(), Rejection> {
    let preferences = get(consent, "categoryPreferences").ok_or(DiscardCode::ConsentPreferencesMissing)?;
    let preferences = object_members(preferences).ok_or(DiscardCode::ConsentPreferencesNotObject)?;
    if let Some((category, _)) = preferences.iter().find(|(_, value)| json::kind(value) != Kind::Bool) {
        return Err(Rejection::new(DiscardCode::ConsentPreferencesNotBool, format!("category {category:?}")));
    }
    match get(consent, "version") {
        Some(version) if json::kind(version) != Kind::Number => Err(DiscardCode::ConsentVersionNotNumber.into()),
        _ => Ok(()),
    }
}

/// A member that is there and not null.
pub(crate) fn get<'v>(members: &[(Cow<'_, str>, &'v str)], name: &str) -> Option<&'v str> {
    members.iter().find(|(known, value)| known == name && json::kind(value) != Kind::Null).map(|(_, value)| *value)
}

/// The members of an object, of none for PHP's empty array; `None` for anything else.
pub(crate) fn object_members(raw: &str) -> Option<Vec<(Cow<'_, str>, &str)>> {
    match json::kind(raw) {
        Kind::Object => json::members(raw),
        Kind::Array if json::is_empty_array(raw) => Some(Vec::new()),
        _ => None,
    }
}

/// Writes an object of members whose values are JSON already.
pub(crate) fn write_members<'v>(out: &mut Vec<u8>, members: impl Iterator<Item = (&'v str, &'v str)>) {
    out.push(b'{');
    for (at, (name, value)) in members.enumerate() {
        if at > 0 {
            out.push(b',');
        }
        json::write_string(out, name);
        out.push(b':');
        out.extend_from_slice(value.as_bytes());
    }
    out.push(b'}');
}
