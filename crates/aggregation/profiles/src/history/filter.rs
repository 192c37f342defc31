use std::collections::HashSet;
use std::ops::Bound;

use prime_event::Timestamp;

use super::entry::{EntryHead, name_hash};
use super::place::Place;
use crate::event::ProfileEvent;

/// Which events of a history are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HistoryFilter {
    /// Events at this time or later.
    pub start: Option<Timestamp>,
    /// Events at this time or earlier.
    pub end: Option<Timestamp>,
    /// Only events of these names; all where it is empty.
    pub include: Vec<Box<str>>,
    /// No events of these names.
    pub exclude: Vec<Box<str>>,
}

/// A filter made ready to look at many entries.
pub(crate) struct Wanted {
    include: HashSet<u32>,
    exclude: HashSet<u32>,
}

impl HistoryFilter {
    /// The places that can hold what is asked for.
    pub(crate) fn bounds(&self) -> (Bound<Place>, Bound<Place>) {
        let start = self.start.map_or(Bound::Unbounded, |start| Bound::Included(Place::at(start)));
        let end =
            self.end.map_or(Bound::Unbounded, |end| Bound::Included(Place { timestamp: end, fingerprint: u64::MAX }));
        (start, end)
    }

    pub(crate) fn wanted(&self) -> Wanted {
        let hashes = |names: &[Box<str>]| names.iter().map(|name| name_hash(Some(name))).collect();
        Wanted { include: hashes(&self.include), exclude: hashes(&self.exclude) }
    }

    /// Whether an event of this name is asked for.
    pub(crate) fn has_name(&self, name: Option<&str>) -> bool {
        let among = |names: &[Box<str>]| name.is_some_and(|name| names.iter().any(|known| **known == *name));
        (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }
}

impl Wanted {
    /// Whether an entry may be asked for, before it is decompressed: names are compared by their hash.
    pub(crate) fn may_have(&self, head: &EntryHead) -> bool {
        self.include.is_empty() || self.include.contains(&head.name)
    }

    /// Whether the name has to be looked at to be sure.
    pub(crate) fn is_in_doubt(&self, head: &EntryHead) -> bool {
        !self.include.is_empty() || self.exclude.contains(&head.name)
    }
}

/// The name by which an entry is filtered, from its payload.
pub(crate) fn name_of(kind: prime_event::MessageType, payload: &[u8]) -> Option<Box<str>> {
    ProfileEvent::name_in(kind, payload)
}
