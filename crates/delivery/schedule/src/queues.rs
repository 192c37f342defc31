//! The virtual queues that hold jobs. One without jobs does not exist: a million customers who are quiet cost nothing.

use crate::job::QueueName;
use crate::key_table::KeyTable;
use crate::list::List;
use crate::random::mix;
use crate::slots::NONE;

/// 48 bytes.
pub(crate) struct Queue {
    order: u64,
    pub(crate) destination: u32,
    pub(crate) group: u32,
    pub(crate) fresh: List,
    /// Due for another attempt.
    pub(crate) ready: List,
    /// In the ring of each [`Kind`].
    pub(crate) next: [u32; 2],
    /// All in memory, those in flight included.
    pub(crate) jobs: u32,
    /// Jobs that may be taken before others have their turn.
    pub(crate) deficit: u16,
    pub(crate) weight: u8,
    flags: u8,
}

const _: () = assert!(size_of::<Queue>() == 48);

/// Which of a queue's lists.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Fresh = 0,
    Retry = 1,
}

const BLOCKED: u8 = 4;

impl Queue {
    fn new(key: Key) -> Self {
        Self {
            order: key.order,
            destination: key.destination,
            group: key.group,
            fresh: List::EMPTY,
            ready: List::EMPTY,
            next: [NONE; 2],
            jobs: 0,
            deficit: 0,
            weight: 1,
            flags: 0,
        }
    }

    pub(crate) fn is_ordered(&self) -> bool {
        self.order != 0
    }

    /// A job of an ordered queue was attempted and is not finished.
    pub(crate) fn is_blocked(&self) -> bool {
        self.flags & BLOCKED != 0
    }

    pub(crate) fn set_blocked(&mut self, blocked: bool) {
        self.flags = if blocked { self.flags | BLOCKED } else { self.flags & !BLOCKED };
    }

    pub(crate) fn is_in_ring(&self, kind: Kind) -> bool {
        self.flags & 1 << kind as u8 != 0
    }

    fn set_in_ring(&mut self, kind: Kind, is: bool) {
        let bit = 1 << kind as u8;
        self.flags = if is { self.flags | bit } else { self.flags & !bit };
    }

    fn key(&self) -> Key {
        Key { destination: self.destination, group: self.group, order: self.order }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Key {
    destination: u32,
    group: u32,
    /// 0: none.
    order: u64,
}

impl Key {
    /// Ordering keys arrive as hashes, and the other members are ours: nobody outside can choose what meets in one place.
    fn hash(self) -> u64 {
        mix(u64::from(self.destination) << 32 | u64::from(self.group)) ^ self.order
    }
}

pub(crate) struct Queues {
    queues: Vec<Queue>,
    free: Vec<u32>,
    places: KeyTable,
}

impl Queues {
    pub(crate) fn new() -> Self {
        Self { queues: Vec::new(), free: Vec::new(), places: KeyTable::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn find_or_make(&mut self, destination: u32, name: QueueName) -> u32 {
        let order = name.order.map_or(0, |order| order | 1);
        let key = Key { destination, group: name.group, order };
        let queues = &self.queues;
        let found = self.places.find(key.hash(), |place| queues[place as usize].key() == key);
        let place = found.unwrap_or_else(|| self.make(key));
        self.queues[place as usize].weight = name.weight.max(1);
        place
    }

    fn make(&mut self, key: Key) -> u32 {
        let queue = Queue::new(key);
        let place = if let Some(place) = self.free.pop() {
            self.queues[place as usize] = queue;
            place
        } else {
            self.queues.push(queue);
            (self.queues.len() - 1) as u32
        };
        let queues = &self.queues;
        self.places.insert(key.hash(), place, |place| queues[place as usize].key().hash());
        place
    }

    pub(crate) fn remove(&mut self, place: u32) {
        let key = self.queues[place as usize].key();
        let queues = &self.queues;
        self.places.remove(key.hash(), place, |place| queues[place as usize].key().hash());
        self.free.push(place);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.queues.capacity() * size_of::<Queue>() + self.free.capacity() * 4 + self.places.memory_bytes()
    }
}

impl std::ops::Index<u32> for Queues {
    type Output = Queue;

    fn index(&self, place: u32) -> &Queue {
        &self.queues[place as usize]
    }
}

impl std::ops::IndexMut<u32> for Queues {
    fn index_mut(&mut self, place: u32) -> &mut Queue {
        &mut self.queues[place as usize]
    }
}

/// Queues of one destination that take turns, linked through themselves.
#[derive(Clone, Copy)]
pub(crate) struct Ring {
    kind: Kind,
    head: u32,
    tail: u32,
}

impl Ring {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, head: NONE, tail: NONE }
    }

    pub(crate) fn front(&self) -> Option<u32> {
        (self.head != NONE).then_some(self.head)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.head == NONE
    }

    /// Nothing changes for a queue that is in the ring already.
    pub(crate) fn push_back(&mut self, queues: &mut Queues, place: u32) {
        let queue = &mut queues[place];
        if queue.is_in_ring(self.kind) {
            return;
        }
        queue.set_in_ring(self.kind, true);
        queue.next[self.kind as usize] = NONE;
        if self.tail == NONE {
            self.head = place;
        } else {
            queues[self.tail].next[self.kind as usize] = place;
        }
        self.tail = place;
    }

    pub(crate) fn push_front(&mut self, queues: &mut Queues, place: u32) {
        let queue = &mut queues[place];
        if queue.is_in_ring(self.kind) {
            return;
        }
        queue.set_in_ring(self.kind, true);
        queue.next[self.kind as usize] = self.head;
        if self.tail == NONE {
            self.tail = place;
        }
        self.head = place;
    }

    pub(crate) fn pop_front(&mut self, queues: &mut Queues) -> Option<u32> {
        let place = self.front()?;
        let queue = &mut queues[place];
        queue.set_in_ring(self.kind, false);
        self.head = queue.next[self.kind as usize];
        if self.head == NONE {
            self.tail = NONE;
        }
        Some(place)
    }

    pub(crate) fn rotate(&mut self, queues: &mut Queues) {
        if let Some(place) = self.pop_front(queues) {
            self.push_back(queues, place);
        }
    }
}
