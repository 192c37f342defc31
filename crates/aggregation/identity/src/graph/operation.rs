//! What people do to the graph, each with its cause.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::fragment::Fragment;

/// Operations are numbered from 1 in the order in which they were carried out.
pub type OperationNumber = u64;

/// Who did it, when and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cause {
    /// In milliseconds since 1970.
    pub at_ms: i64,
    /// A name for people: an account, a token, or the part of the program.
    pub by: String,
    #[serde(default)]
    pub reason: String,
}

/// An operation that was carried out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationRecord {
    pub number: OperationNumber,
    pub operation: Operation,
    pub cause: Cause,
    /// By whom it was undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub undone: Option<Cause>,
}

/// What was done. All but a removal concern identifiers in all their lives; they are named by their first fragments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// An identifier was removed from its profile. History, traits and merges stay. `first` is the identifier's first
    /// fragment, `life` the one that ended at `at_ms`, a time after all events that had been seen.
    Remove { first: Fragment, life: Fragment, at_ms: i64 },
    /// No identifier of the left side is in a profile with one of the right side, in all of history.
    KeepApart { left: Vec<Fragment>, right: Vec<Fragment> },
    /// Events with exactly this set of identifiers join nothing, in all of history.
    Disregard { identifiers: Vec<Fragment> },
    /// An identifier that was taken for a shared one is used again.
    Release { fragment: Fragment },
}

fn write_hex<S: Serializer>(number: u128, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{number:032x}"))
}

fn read_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u128, D::Error> {
    let text = String::deserialize(deserializer)?;
    u128::from_str_radix(&text, 16).map_err(serde::de::Error::custom)
}

impl Serialize for Fragment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        write_hex(self.as_u128(), serializer)
    }
}

impl<'de> Deserialize<'de> for Fragment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        read_hex(deserializer).map(Self::from_u128)
    }
}
