//! The virtual queues that hold jobs. One without jobs does not exist: a million customers who are quiet cost nothing.

use crate::job::QueueName;
use crate::key_table::KeyTable;
use crate::line::Line;
use crate::list::List;
use crate::pool::Pool;
use crate::random::mix;

/// A cache line: whoever looks at a queue waits for memory once.
#[repr(align(64))]
pub(crate) struct Queue {
    order: u64,
    pub(crate) destination: u32,
    pub(crate) group: u32,
    pub(crate) fresh: Line,
    /// Due for another attempt.
    pub(crate) ready: List,
    /// All in memory, those in flight included.
    pub(crate) jobs: u32,
    /// Jobs that may be taken before others have their turn.
    pub(crate) deficit: u16,
    pub(crate) weight: u8,
    flags: u8,
}

const _: () = assert!(size_of::<Queue>() == 64);

/// Which of a queue's jobs.
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
            fresh: Line::EMPTY,
            ready: List::EMPTY,
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

    /// Whether it was not in it before.
    pub(crate) fn enter_ring(&mut self, kind: Kind) -> bool {
        let bit = 1 << kind as u8;
        let entered = self.flags & bit == 0;
        self.flags |= bit;
        entered
    }

    pub(crate) fn leave_ring(&mut self, kind: Kind) {
        self.flags &= !(1 << kind as u8);
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
    fn hash(self) -> u32 {
        let own = u64::from(self.destination) << 32 | u64::from(self.group);
        mix(own.wrapping_mul(0xd1b5_4a32_d192_ed03) ^ self.order) as u32
    }
}

pub(crate) struct Queues {
    queues: Pool<Queue>,
    places: KeyTable,
}

impl Queues {
    pub(crate) fn new() -> Self {
        Self { queues: Pool::new(), places: KeyTable::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn find_or_make(&mut self, destination: u32, name: QueueName) -> u32 {
        let key = key(destination, name);
        let queues = &self.queues;
        let found = self.places.find(key.hash(), |place| queues[place].key() == key);
        let place = found.unwrap_or_else(|| self.make(key));
        self.queues[place].weight = name.weight.max(1);
        place
    }

    pub(crate) fn hash(destination: u32, name: QueueName) -> u32 {
        key(destination, name).hash()
    }

    /// Where [`Queues::guess`] looks.
    pub(crate) fn bring_near(&self, hash: u32) {
        self.places.bring_near(hash);
    }

    /// Most likely what [`Queues::find_or_make`] would find, without looking at the queue.
    pub(crate) fn guess(&self, hash: u32) -> Option<u32> {
        self.places.guess(hash)
    }

    fn make(&mut self, key: Key) -> u32 {
        let place = self.queues.put(Queue::new(key));
        self.places.insert(key.hash(), place);
        place
    }

    pub(crate) fn remove(&mut self, place: u32) {
        self.places.remove(self.queues[place].key().hash(), place);
        self.queues.free(place);
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        self.queues.memory_bytes() + self.places.memory_bytes()
    }
}

fn key(destination: u32, name: QueueName) -> Key {
    Key { destination, group: name.group, order: name.order.map_or(0, |order| order | 1) }
}

impl std::ops::Index<u32> for Queues {
    type Output = Queue;

    fn index(&self, place: u32) -> &Queue {
        &self.queues[place]
    }
}

impl std::ops::IndexMut<u32> for Queues {
    fn index_mut(&mut self, place: u32) -> &mut Queue {
        &mut self.queues[place]
    }
}
