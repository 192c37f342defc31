//! Settings of somebody else's client.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Settings that are passed through to a client, secrets among them. Shows and writes them masked.
#[derive(Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct ClientSettings(pub BTreeMap<String, String>);

impl ClientSettings {
    fn masked(&self) -> BTreeMap<&str, &str> {
        self.0.iter().map(|(name, value)| (name.as_str(), if is_secret(name) { MASK } else { value })).collect()
    }
}

impl fmt::Debug for ClientSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.masked().fmt(f)
    }
}

impl Serialize for ClientSettings {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.masked().serialize(serializer)
    }
}

pub(super) const MASK: &str = "********";

/// Whether a setting of this name is shown to nobody.
pub(super) fn is_secret(name: &str) -> bool {
    ["password", "secret", "key", "sasl.oauthbearer.config"].iter().any(|part| name.contains(part))
}
