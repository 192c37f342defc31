//! The jobs of a queue that wait for their turn, in order.
//!
//! A job that was never attempted is 12 bytes here and nothing elsewhere but a bit and its offset in its lane. The first
//! one lies in the queue itself; so a queue of one job has all it needs in a single cache line, and taking a job from a
//! longer one touches one more.

use crate::pool::Pool;
use crate::slots::NONE;

const EACH: u8 = 5;

/// A cache line of jobs that follow each other.
#[repr(align(64))]
pub(crate) struct Chunk {
    jobs: [Packed; EACH as usize],
    next: u32,
}

const _: () = assert!(size_of::<Chunk>() == 64);

/// A job in a line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Waiting {
    /// Never attempted. `owed` is what its lane knows it by.
    Fresh { partition: u16, offset: u64, owed: u32 },
    /// One that has a slot.
    Slot(u32),
}

/// From the high bits: whether it is a slot 1, partition 16, offset 47; and then what the lane knows it by.
#[derive(Clone, Copy)]
struct Packed {
    high: u32,
    low: u32,
    owed: u32,
}

const SLOT: u64 = 1 << 63;
const OFFSET_BITS: u32 = 47;
const OFFSET_MAX: u64 = (1 << OFFSET_BITS) - 1;

impl Waiting {
    /// Whether there is room for the offset without a slot.
    pub(crate) fn fits(offset: u64) -> bool {
        offset <= OFFSET_MAX
    }

    fn pack(self) -> Packed {
        let (word, owed) = match self {
            Self::Fresh { partition, offset, owed } => {
                (u64::from(partition) << OFFSET_BITS | offset & OFFSET_MAX, owed)
            }
            Self::Slot(index) => (SLOT | u64::from(index), 0),
        };
        Packed { high: (word >> 32) as u32, low: word as u32, owed }
    }
}

impl Packed {
    const NOTHING: Self = Self { high: 0, low: 0, owed: 0 };

    fn unpack(self) -> Waiting {
        let word = u64::from(self.high) << 32 | u64::from(self.low);
        if word & SLOT != 0 {
            return Waiting::Slot(self.low);
        }
        Waiting::Fresh { partition: (word >> OFFSET_BITS) as u16, offset: word & OFFSET_MAX, owed: self.owed }
    }
}

pub(crate) struct Line {
    first: Packed,
    head: u32,
    tail: u32,
    len: u32,
    /// The second job in the chunk at the head, and the end of the one at the tail.
    from: u8,
    to: u8,
}

impl Line {
    pub(crate) const EMPTY: Self = Self { first: Packed::NOTHING, head: NONE, tail: NONE, len: 0, from: 0, to: 0 };

    pub(crate) fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub(crate) fn push_back(&mut self, chunks: &mut Pool<Chunk>, waiting: Waiting) {
        let packed = waiting.pack();
        self.len += 1;
        if self.len == 1 {
            self.first = packed;
        } else if self.tail != NONE && self.to < EACH {
            chunks[self.tail].jobs[usize::from(self.to)] = packed;
            self.to += 1;
        } else {
            let mut jobs = [Packed::NOTHING; EACH as usize];
            jobs[0] = packed;
            let place = chunks.put(Chunk { jobs, next: NONE });
            if self.tail == NONE {
                (self.head, self.from) = (place, 0);
            } else {
                chunks[self.tail].next = place;
            }
            (self.tail, self.to) = (place, 1);
        }
    }

    pub(crate) fn pop_front(&mut self, chunks: &mut Pool<Chunk>) -> Option<Waiting> {
        self.len = self.len.checked_sub(1)?;
        let first = self.first.unpack();
        if self.len > 0 {
            let head = &chunks[self.head];
            self.first = head.jobs[usize::from(self.from)];
            self.from += 1;
            let next = head.next;
            if self.len == 1 || self.from == EACH {
                chunks.free(self.head);
                (self.head, self.from) = (next, 0);
            }
            if self.len == 1 {
                (self.head, self.tail) = (NONE, NONE);
            }
        }
        Some(first)
    }

    /// The chunk that the next but one is in.
    pub(crate) fn begin(&self) -> u32 {
        self.head
    }

    /// The chunk that one more would be put into.
    pub(crate) fn end(&self) -> u32 {
        self.tail
    }

    /// Partition of the first, and what its lane knows it by, unless it has a slot.
    pub(crate) fn first_fresh(&self) -> Option<(u16, u32)> {
        match self.first.unpack() {
            Waiting::Fresh { partition, owed, .. } if self.len > 0 => Some((partition, owed)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::random::Random;

    #[test]
    fn jobs_leave_a_line_as_they_came_and_chunks_are_given_back() {
        let mut chunks = Pool::new();
        for seed in 0..50 {
            let mut random = Random::new(seed);
            let (mut line, mut plain) = (Line::EMPTY, VecDeque::new());
            for _ in 0..2_000 {
                if random.up_to(100) < 40 + seed {
                    let waiting = match random.up_to(3) {
                        0 => Waiting::Slot(random.next() as u32),
                        _ => Waiting::Fresh {
                            partition: random.next() as u16,
                            offset: random.next() & OFFSET_MAX,
                            owed: random.next() as u32,
                        },
                    };
                    line.push_back(&mut chunks, waiting);
                    plain.push_back(waiting);
                } else {
                    assert_eq!(line.pop_front(&mut chunks), plain.pop_front(), "seed {seed}");
                }
                assert_eq!(line.is_empty(), plain.is_empty());
                assert!(chunks.used() as usize <= plain.len() / usize::from(EACH) + 2, "seed {seed}");
            }
            while let Some(waiting) = plain.pop_front() {
                assert_eq!(line.pop_front(&mut chunks), Some(waiting));
            }
            assert_eq!((line.pop_front(&mut chunks), chunks.used()), (None, 0));
        }
    }
}
