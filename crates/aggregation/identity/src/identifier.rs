//! What names a person or a company on an event.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

/// Whom an identifier names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Collection {
    #[default]
    Users,
    Accounts,
}

impl Collection {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Users => "users",
            Self::Accounts => "accounts",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Users, Self::Accounts].into_iter().find(|collection| collection.as_str() == text)
    }
}

impl fmt::Display for Collection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A value of a type, as `email:jane@example.com`. The type is in lower case; values are compared byte by byte.
///
/// Those whose type's rule says so were put into lower case when they were read from an event (see
/// [`crate::TypeRule::lower_case`]); all others stand as they were sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Identifier<'a> {
    pub collection: Collection,
    #[serde(rename = "type")]
    pub kind: Cow<'a, str>,
    #[serde(rename = "id")]
    pub value: Cow<'a, str>,
}

/// An identifier that borrows from nothing.
pub type OwnedIdentifier = Identifier<'static>;

impl<'a> Identifier<'a> {
    pub fn user(kind: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        Self { collection: Collection::Users, kind: kind.into(), value: value.into() }
    }

    pub fn account(kind: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        Self { collection: Collection::Accounts, kind: kind.into(), value: value.into() }
    }

    pub fn into_owned(self) -> OwnedIdentifier {
        Identifier {
            collection: self.collection,
            kind: Cow::Owned(self.kind.into_owned()),
            value: Cow::Owned(self.value.into_owned()),
        }
    }
}

impl fmt::Display for Identifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.kind, self.value)
    }
}
