//! What the outputs hold of a stretch that is processed again after a crash.

use std::collections::HashSet;

use prime_event::Origin;

use crate::outputs::Ends;

/// What outputs hold already. A log with transactions never holds a part of a stretch: there it stays empty.
#[derive(Clone, Debug, Default)]
pub(crate) struct Held {
    pub(crate) ends: Ends,
    /// The origins of the events from the position on, as they were found at the start.
    pub(crate) events: HashSet<Origin>,
}

/// What is known of a message before anybody judges it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    Nothing,
    /// It is in `events`.
    Event,
    /// `events` goes on beyond it without it: it was kept out.
    NoEvent,
}

impl Held {
    pub(crate) fn about(&self, origin: Origin) -> Known {
        if self.ends.events < Some(origin) {
            Known::Nothing
        } else if self.events.contains(&origin) {
            Known::Event
        } else {
            Known::NoEvent
        }
    }

    /// Once the position has come to `next`: nothing before it is looked at again.
    pub(crate) fn forget_below(&mut self, next: u64) {
        self.events.retain(|origin| origin.offset >= next);
    }
}
