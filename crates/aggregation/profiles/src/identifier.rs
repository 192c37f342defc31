use std::fmt;
use std::sync::Arc;

/// Whom an identifier names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Collection {
    /// People.
    Users,
    /// Companies and other groups of people.
    Accounts,
}

/// One name of a person or an account: `email` is `jane@example.com`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier {
    pub collection: Collection,
    /// `user_id`, `email`, `anonymous_id`, `ios.id` and so on.
    pub kind: Arc<str>,
    pub value: Arc<str>,
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

    pub fn other(self) -> Self {
        match self {
            Self::Users => Self::Accounts,
            Self::Accounts => Self::Users,
        }
    }

    pub(crate) fn as_byte(self) -> u8 {
        match self {
            Self::Users => 0,
            Self::Accounts => 1,
        }
    }

    pub(crate) fn from_byte(byte: u8) -> Option<Self> {
        [Self::Users, Self::Accounts].into_iter().find(|collection| collection.as_byte() == byte)
    }
}

impl Identifier {
    pub fn new(collection: Collection, kind: impl AsRef<str>, value: impl AsRef<str>) -> Self {
        Self { collection, kind: kind.as_ref().into(), value: value.as_ref().into() }
    }
}

/// Shows the kind and not the value, which is a customer's person.
impl fmt::Debug for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}:…", self.collection.as_str(), self.kind)
    }
}
