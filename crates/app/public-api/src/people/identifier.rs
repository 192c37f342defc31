use prime_identity::Identifier;
use prime_profiles::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A name of a person or an account.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(as = Identifier)]
pub(crate) struct IdentifierBody {
    /// `users` or `accounts`.
    pub(crate) collection: String,
    /// `user_id`, `email`, `anonymous_id`, `ios.id` and so on.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// An identifier as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct IdentifierInput {
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    pub(crate) collection: prime_identity::Collection,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) value: String,
}

/// The event that something comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Origin {
    pub(crate) message_id: String,
    pub(crate) source_id: String,
    pub(crate) timestamp: String,
}

impl IdentifierInput {
    pub(crate) fn identifier(&self) -> Identifier<'_> {
        Identifier { collection: self.collection, kind: self.kind.as_str().into(), value: self.value.as_str().into() }
    }
}

impl From<&Identifier<'_>> for IdentifierBody {
    fn from(identifier: &Identifier<'_>) -> Self {
        Self {
            collection: identifier.collection.as_str().to_owned(),
            kind: identifier.kind.to_string(),
            value: identifier.value.to_string(),
        }
    }
}

impl From<&prime_profiles::Identifier> for IdentifierBody {
    fn from(identifier: &prime_profiles::Identifier) -> Self {
        Self {
            collection: identifier.collection.as_str().to_owned(),
            kind: identifier.kind.to_string(),
            value: identifier.value.to_string(),
        }
    }
}

impl From<&Stamp> for Origin {
    fn from(stamp: &Stamp) -> Self {
        Self {
            message_id: stamp.message_id.to_string(),
            source_id: stamp.source.to_string(),
            timestamp: stamp.timestamp.to_string(),
        }
    }
}

impl IdentifierBody {
    /// Those that tell a person most come first.
    pub(crate) fn rank(&self) -> usize {
        rank(&self.kind)
    }
}

/// The order in which types are shown.
pub(crate) fn rank(kind: &str) -> usize {
    const TELLING: [&str; 6] = ["user_id", "email", "group_id", "username", "phone", "phone_number"];
    TELLING.iter().position(|known| *known == kind).unwrap_or(TELLING.len())
}
