use std::fmt;

use crate::counts::Counts;
use crate::event::ProfileEvent;
use crate::stamp::Stamp;
use crate::traits::Traits;

/// One identifier in one of its lives, in 16 bytes: everything that is kept about people is kept by it. It stays the
/// identifier's for good, whichever profile the identifier is part of.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FragmentId([u8; 16]);

impl FragmentId {
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }
}

impl fmt::Debug for FragmentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// What is known through one identifier: the sum of a set of events.
///
/// Sets that share no event may be put together in any order and grouping; a profile is the sum of its identifiers'
/// fragments, so that merging and unmerging people moves nothing. Each event is owned by one identifier and counted once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The first event that named the identifier, whoever owns it.
    pub introduced: Option<Stamp>,
    /// The first and the last event that the identifier owns.
    pub first: Option<Stamp>,
    pub last: Option<Stamp>,
    pub counts: Counts,
    pub traits: Traits,
}

/// What an event is to an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The event is the identifier's own, and what it says about traits too.
    Owner,
    /// The event is the identifier's own, and its traits are about somebody else.
    Witness,
    /// The event names the identifier.
    Named,
}

impl Fragment {
    /// What one event adds.
    pub fn of(event: &ProfileEvent, part: Part) -> Self {
        let mut fragment = Self { introduced: Some(event.stamp.clone()), ..Self::default() };
        if part == Part::Named {
            return fragment;
        }
        fragment.first = Some(event.stamp.clone());
        fragment.last = Some(event.stamp.clone());
        fragment.counts.count(event.kind);
        if part == Part::Owner {
            fragment.traits = event.set_traits().collect();
        }
        fragment
    }

    /// Adds what another set of events says. The two share no owned event.
    pub fn merge(&mut self, other: Self) {
        self.introduced = earlier(self.introduced.take(), other.introduced);
        self.first = earlier(self.first.take(), other.first);
        self.last = self.last.take().max(other.last);
        self.counts.add(&other.counts);
        if self.traits.is_empty() {
            self.traits = other.traits;
        } else {
            self.traits.merge(other.traits);
        }
    }
}

/// The earlier of two; nothing is later than anything.
pub(crate) fn earlier(a: Option<Stamp>, b: Option<Stamp>) -> Option<Stamp> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
