//! When jobs fall due: a hierarchical timing wheel (Varghese and Lauck 1987).
//!
//! Eight levels of 64 slots, one millisecond wide at the lowest, cover all times. A job lies at the level of the highest
//! digit, to the base of 64, in which its due time differs from the present; so everything at a level falls due before
//! anything at the next, and a level never wraps round. When the present reaches a slot, its jobs move down. A job that is due
//! in four hours moves at most three times.

use crate::slots::{NONE, Slots};

const LEVELS: usize = 8;
const DIGIT_BITS: u32 = 6;
const DIGITS: usize = 1 << DIGIT_BITS;

pub(crate) struct Wheel {
    heads: [[u32; DIGITS]; LEVELS],
    /// A bit for each slot that holds something.
    occupied: [u64; LEVELS],
    present_ms: u64,
}

impl Wheel {
    pub(crate) fn new() -> Self {
        Self { heads: [[NONE; DIGITS]; LEVELS], occupied: [0; LEVELS], present_ms: 0 }
    }

    /// Its due time has to lie after the present, which is what `advance` was last told.
    pub(crate) fn insert(&mut self, slots: &mut Slots, index: u32) {
        let due = slots[index].due_ms();
        debug_assert!(due > self.present_ms, "due in the past");
        let (level, digit) = place(self.present_ms, due);
        slots[index].next = std::mem::replace(&mut self.heads[level][digit], index);
        self.occupied[level] |= 1 << digit;
    }

    /// Lets time pass. `due` is told every job whose time has come, the earliest first.
    pub(crate) fn advance(&mut self, slots: &mut Slots, now_ms: u64, mut due: impl FnMut(u32)) {
        while let Some((level, digit, at_ms)) = self.earliest()
            && at_ms <= now_ms
        {
            self.present_ms = at_ms;
            self.occupied[level] &= !(1 << digit);
            let mut index = std::mem::replace(&mut self.heads[level][digit], NONE);
            while index != NONE {
                let next = slots[index].next;
                if slots[index].due_ms() <= at_ms {
                    due(index);
                } else {
                    self.insert(slots, index);
                }
                index = next;
            }
        }
        self.present_ms = self.present_ms.max(now_ms);
    }

    /// No job is due before this. It may be earlier than the first one is due, by what a slot of its level is wide.
    pub(crate) fn next_ms(&self) -> Option<u64> {
        self.earliest().map(|(_, _, at_ms)| at_ms)
    }

    pub(crate) fn present_ms(&self) -> u64 {
        self.present_ms
    }

    fn earliest(&self) -> Option<(usize, usize, u64)> {
        let level = self.occupied.iter().position(|&occupied| occupied != 0)?;
        let digit = self.occupied[level].trailing_zeros() as usize;
        let shift = DIGIT_BITS * level as u32;
        let above = u64::MAX.checked_shl(shift + DIGIT_BITS).unwrap_or_default();
        Some((level, digit, self.present_ms & above | (digit as u64) << shift))
    }
}

fn place(present_ms: u64, due_ms: u64) -> (usize, usize) {
    let differs = (present_ms ^ due_ms) | 1;
    let level = (63 - differs.leading_zeros()) / DIGIT_BITS;
    ((level as usize), (due_ms >> (level * DIGIT_BITS)) as usize % DIGITS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Random;
    use crate::slots::Slot;

    #[test]
    fn the_wheel_releases_what_a_sorted_list_would() {
        for seed in 0..200 {
            let mut random = Random::new(seed);
            let (mut slots, mut wheel) = (Slots::new(), Wheel::new());
            let mut sorted: Vec<(u64, u64)> = Vec::new();
            let mut now = random.up_to(1 << 41);
            wheel.advance(&mut slots, now, |_| unreachable!());
            for step in 0..300 {
                for job in 0..random.up_to(5) {
                    // Near and far alike: up to 2^32 ms, 50 days.
                    let bits = random.up_to(32);
                    let due = now + 1 + random.up_to(1 << bits);
                    let mut slot = Slot::fresh(0, step * 10 + job, 0, 0);
                    slot.set_due_ms(due);
                    let index = slots.put(slot);
                    wheel.insert(&mut slots, index);
                    sorted.push((due, step * 10 + job));
                }
                let bits = random.up_to(26);
                now += random.up_to(1 << bits);
                sorted.sort_unstable();
                if let Some(&(first, _)) = sorted.first() {
                    assert!(wheel.next_ms().unwrap() <= first, "seed {seed}: wakes too late");
                }
                let mut fired = Vec::new();
                let mut due = Vec::new();
                wheel.advance(&mut slots, now, |index| fired.push(index));
                for index in fired {
                    due.push((slots[index].due_ms(), slots[index].offset));
                    slots.free(index);
                }
                assert!(due.is_sorted_by_key(|&(due, _)| due), "seed {seed}: not in order of time");
                due.sort_unstable();
                let expected: Vec<_> = sorted.extract_if(.., |&mut (due, _)| due <= now).collect();
                assert_eq!(due, expected, "seed {seed}");
            }
            assert_eq!(wheel.next_ms().is_some(), !sorted.is_empty());
        }
    }
}
