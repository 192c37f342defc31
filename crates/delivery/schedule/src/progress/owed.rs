use std::collections::{BTreeSet, VecDeque};
use std::ops::Range;

use crate::near::near;

const EACH: u32 = 64;
/// Numbers of blocks come round after this many.
const KEYS: u32 = u32::MAX / EACH + 1;
/// Blocks that may be all but empty.
const BLOCKS_MIN: usize = 64;
/// Places in blocks to a job that is left in them, at most and after tidying.
const SPARSE: usize = 4;
const DENSE: usize = 2;

/// Offsets that are in memory and were not finished by a first attempt: a bit each, 64 to a block.
///
/// They come in ascending order, and each is given a number by which its bit is found at once, however far apart the offsets
/// are. 0.4 bytes a job where they follow each other, and 4.4 where they do not. Those that are left behind by
/// most of their neighbours move to a set, which is 18 bytes at most and takes a search.
#[derive(Default)]
#[repr(C)]
pub(super) struct Owed {
    /// Without gaps: the one of a number is found by counting.
    blocks: VecDeque<Block>,
    /// Number of the first block.
    key: u32,
    /// Places of the last block that were given away.
    filled: u32,
    /// Bits that are set.
    live: usize,
    /// The lowest offset that blocks know.
    from: u64,
    /// Below the first block. All lower than what is in blocks.
    late: BTreeSet<u64>,
}

struct Block {
    bits: u64,
    base: u64,
    /// Of each offset from the base. None while they follow each other.
    distances: Option<Box<[u32; EACH as usize]>>,
}

impl Owed {
    /// Higher than all before. Returns the number to remove it by.
    pub(super) fn push(&mut self, offset: u64) -> u32 {
        let place = self.filled;
        let fits = place < EACH && self.blocks.back_mut().is_some_and(|block| block.put(place, offset));
        if !fits {
            self.open(offset);
        }
        self.live += 1;
        self.filled += 1;
        let key = self.key.wrapping_add(self.blocks.len() as u32 - 1) % KEYS;
        key * EACH + (self.filled - 1)
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, number: u32, offset: u64) -> bool {
        if offset < self.from {
            return self.late.remove(&offset);
        }
        let place = self.place(number);
        let bit = 1 << (number % EACH);
        let Some(block) = self.blocks.get_mut(place) else { return false };
        if block.bits & bit == 0 {
            return false;
        }
        block.bits &= !bit;
        self.live -= 1;
        if place == 0 && block.bits == 0 || self.is_sparse() {
            self.tidy();
        }
        true
    }

    /// The block that the next one goes to.
    pub(super) fn bring_end_near(&self) {
        if let Some(block) = self.blocks.back() {
            near(block);
        }
    }

    /// Where in it.
    pub(super) fn bring_distance_near(&self) {
        if let Some(distances) = self.blocks.back().and_then(|block| block.distances.as_ref()) {
            near(&distances[self.filled as usize % EACH as usize]);
        }
    }

    pub(super) fn bring_near(&self, number: u32) {
        if let Some(block) = self.blocks.get(self.place(number)) {
            near(block);
        }
    }

    pub(super) fn first(&self) -> Option<u64> {
        let late = self.late.first().copied();
        late.or_else(|| self.blocks.iter().find_map(Block::first))
    }

    /// Runs of those below `below`, and the first of the others.
    pub(super) fn runs(&self, below: u64) -> (Vec<Range<u64>>, Option<u64>) {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for offset in self.late.iter().copied().chain(self.blocks.iter().flat_map(Block::offsets)) {
            if offset >= below {
                return (runs, Some(offset));
            }
            match runs.last_mut() {
                Some(run) if run.end == offset => run.end += 1,
                _ => runs.push(offset..offset + 1),
            }
        }
        (runs, None)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        let distances = self.blocks.iter().filter(|block| block.distances.is_some()).count();
        // A B-tree that is filled in order keeps its nodes half full.
        self.blocks.capacity() * size_of::<Block>() + distances * 4 * EACH as usize + self.late.len() * 18
    }

    /// Of its block.
    fn place(&self, number: u32) -> usize {
        ((number / EACH).wrapping_sub(self.key) % KEYS) as usize
    }

    fn open(&mut self, offset: u64) {
        if self.blocks.is_empty() {
            self.from = offset;
        }
        if self.blocks.len() == self.blocks.capacity() {
            // A quarter at a time: doubling would cost more than the blocks.
            self.blocks.reserve_exact(self.blocks.len() / 4 + 4);
        }
        self.blocks.push_back(Block { bits: 1, base: offset, distances: None });
        self.filled = 0;
    }

    fn is_sparse(&self) -> bool {
        self.blocks.len() > BLOCKS_MIN && self.blocks.len() * EACH as usize > SPARSE * self.live
    }

    /// Empty blocks in front go at once. When most of the others is empty, what is left in those in front becomes late: a
    /// block is given up once, so no removal costs more than a few steps on average.
    fn tidy(&mut self) {
        let sparse = self.is_sparse();
        while let Some(block) = self.blocks.front() {
            let places = self.blocks.len() * EACH as usize;
            if block.bits != 0 && !(sparse && places > DENSE * self.live) {
                break;
            }
            self.live -= block.bits.count_ones() as usize;
            self.late.extend(block.offsets());
            self.blocks.pop_front();
            self.key = (self.key + 1) % KEYS;
        }
        // What comes next is higher than all before, wherever it begins.
        self.from = self.blocks.front().map_or(u64::MAX, |block| block.base);
        // A backlog that is gone gives its memory back.
        if self.blocks.capacity() > 4 * BLOCKS_MIN && self.blocks.len() * 4 < self.blocks.capacity() {
            self.blocks.shrink_to(self.blocks.len() * 2);
        }
    }
}

impl Block {
    /// Whether there was room: not for what is too far from the base.
    fn put(&mut self, place: u32, offset: u64) -> bool {
        let Some(distance) = offset.checked_sub(self.base).and_then(|distance| u32::try_from(distance).ok()) else {
            return false;
        };
        if self.distances.is_none() && distance != place {
            // The places behind are set before they are looked at.
            self.distances = Some(Box::new(std::array::from_fn(|place| place as u32)));
        }
        if let Some(distances) = &mut self.distances {
            distances[place as usize] = distance;
        }
        self.bits |= 1 << place;
        true
    }

    fn first(&self) -> Option<u64> {
        self.offsets().next()
    }

    fn offsets(&self) -> impl Iterator<Item = u64> {
        let mut bits = self.bits;
        std::iter::from_fn(move || {
            let place = (bits != 0).then(|| bits.trailing_zeros())?;
            bits &= bits - 1;
            let distance = self.distances.as_ref().map_or(place, |distances| distances[place as usize]);
            Some(self.base + u64::from(distance))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::random::Random;

    /// Pushes and removes by chance, `early` percent of the removals from the lower end, and compares with a map.
    fn compare(seed: u64, steps: u64, spread: u64, kept: u64, early: u64) -> Owed {
        let mut random = Random::new(seed);
        let (mut owed, mut map) = (Owed::default(), BTreeMap::new());
        // Where numbers come round is met in the middle.
        owed.key = KEYS - 10;
        let mut next = random.up_to(1_000);
        for _ in 0..steps {
            if (map.len() as u64) < kept || random.up_to(9) < 5 {
                next += 1 + random.up_to(spread);
                map.insert(next, owed.push(next));
            } else {
                let from = if random.up_to(99) < early { 0 } else { random.up_to(next) };
                let offset = map.range(from..).next().map(|(&offset, _)| offset);
                let offset = offset.unwrap_or_else(|| *map.keys().next().unwrap());
                assert!(owed.remove(map.remove(&offset).unwrap(), offset), "seed {seed}");
            }
            assert_eq!(owed.first(), map.keys().next().copied(), "seed {seed}");
        }
        let below = random.up_to(next);
        let (runs, rest) = owed.runs(below);
        assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
        let listed: Vec<_> = runs.into_iter().flatten().collect();
        assert_eq!(listed, map.range(..below).map(|(&offset, _)| offset).collect::<Vec<_>>());
        assert_eq!(rest, map.range(below..).next().map(|(&offset, _)| offset));
        owed
    }

    #[test]
    fn it_knows_what_a_sorted_map_knows() {
        for seed in 0..60 {
            let spread = [0, 1, 300, 3_000_000_000][seed as usize % 4];
            compare(seed, 3_000, spread, 1 + seed, 90);
        }
    }

    #[test]
    fn those_that_are_left_behind_cost_nothing_for_those_that_pass() {
        let mut owed = Owed::default();
        let mut stuck = Vec::new();
        for offset in 0..1_000_000 {
            let number = owed.push(offset * 3);
            if offset % 1_000 == 7 {
                stuck.push((number, offset * 3));
            } else {
                assert!(owed.remove(number, offset * 3));
            }
        }
        assert_eq!(stuck.len(), 1_000);
        assert!(owed.memory_bytes() < 64 * 1_000, "{}", owed.memory_bytes());
        assert_eq!(owed.first(), Some(21));
        let listed: Vec<_> = owed.runs(u64::MAX).0.into_iter().map(|run| run.start).collect();
        assert_eq!(listed, stuck.iter().map(|&(_, offset)| offset).collect::<Vec<_>>());
        for (number, offset) in stuck {
            assert!(owed.remove(number, offset));
            assert!(!owed.remove(number, offset), "only once");
        }
        assert_eq!(owed.first(), None);
    }

    #[test]
    fn a_backlog_that_is_gone_gives_its_memory_back() {
        let owed = compare(1, 60_000, 40, 20_000, 50);
        assert!(owed.memory_bytes() < 20_000 * 40);
        let mut owed = Owed::default();
        let numbers: Vec<_> = (0..200_000).map(|offset| owed.push(offset * 10)).collect();
        assert!(owed.memory_bytes() < 200_000 * 6, "{}", owed.memory_bytes());
        for (offset, number) in (0..).zip(numbers) {
            assert!(owed.remove(number, offset * 10));
        }
        assert!(owed.memory_bytes() < 20_000, "{}", owed.memory_bytes());
    }
}
