//! Ids as types, so that no function can take one for another.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(Arc::from(text))
            }
        }
    };
}

macro_rules! visible {
    ($name:ident) => {
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// A workspace: the tenant that owns sources, destinations, people and accounts.
    WorkspaceId
}
id! {
    /// A source: one site, app or server that sends messages.
    SourceId
}
id! {
    /// A destination: one connected instance of a tool that receives events.
    DestinationId
}
id! {
    /// The key by which an SDK names its source. It is a credential: it neither displays nor debugs.
    WriteKey
}
visible!(WorkspaceId);
visible!(SourceId);
visible!(DestinationId);

impl fmt::Debug for WriteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WriteKey(hidden)")
    }
}

impl WriteKey {
    /// Whether the text has the shape of a write key at all: 5 to 128 visible ASCII characters.
    ///
    /// An unknown key of this shape is answered with success, as Segment's edge does; anything else is refused.
    pub fn is_well_formed(text: &str) -> bool {
        (5..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_key_never_shows_itself() {
        assert_eq!(format!("{:?}", WriteKey::new("abcdefgh")), "WriteKey(hidden)");
    }

    #[test]
    fn short_keys_and_blanks_are_not_write_keys() {
        assert!(WriteKey::is_well_formed("abc123"));
        for bad in ["", "abc", "with space", "tab\there", &"x".repeat(129)] {
            assert!(!WriteKey::is_well_formed(bad), "{bad:?}");
        }
    }
}
