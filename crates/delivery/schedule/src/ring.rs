use std::collections::VecDeque;

use crate::near::near;
use crate::queues::{Kind, Queues};

/// Room that an empty ring keeps.
const KEPT: usize = 1_024;

/// Queues of one destination that take turns. Not linked through themselves: whose turn comes is known before any of them
/// is looked at.
pub(crate) struct Ring {
    kind: Kind,
    places: VecDeque<u32>,
}

impl Ring {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, places: VecDeque::new() }
    }

    pub(crate) fn front(&self) -> Option<u32> {
        self.places.front().copied()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Where the next one is, and where one more would go.
    pub(crate) fn bring_ends_near(&self) {
        self.places.front().into_iter().chain(self.places.back()).for_each(near);
    }

    /// The next ones, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        self.places.iter().copied()
    }

    /// Nothing changes for a queue that is in the ring already.
    pub(crate) fn push_back(&mut self, queues: &mut Queues, place: u32) {
        if queues[place].enter_ring(self.kind) {
            self.places.push_back(place);
        }
    }

    pub(crate) fn push_front(&mut self, queues: &mut Queues, place: u32) {
        if queues[place].enter_ring(self.kind) {
            self.places.push_front(place);
        }
    }

    pub(crate) fn pop_front(&mut self, queues: &mut Queues) -> Option<u32> {
        let place = self.places.pop_front()?;
        queues[place].leave_ring(self.kind);
        if self.places.capacity() > KEPT && self.places.len() * 4 < self.places.capacity() {
            self.places.shrink_to(self.places.len() * 2);
        }
        Some(place)
    }

    pub(crate) fn rotate(&mut self) {
        if let Some(place) = self.places.pop_front() {
            self.places.push_back(place);
        }
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.places.capacity() * size_of::<u32>()
    }
}
