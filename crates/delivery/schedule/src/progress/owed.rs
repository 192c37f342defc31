use std::collections::VecDeque;
use std::ops::Range;

/// Blocks from the guessed place to the first other one that is looked at: four cache lines.
const STEP: usize = 16;

/// Offsets that are in memory and were not finished by a first attempt: a bit each, 64 to a block.
///
/// They come in ascending order, and go in about the same one. Dense, that is 2 bits a job; 16 to 20 bytes at worst.
#[derive(Default)]
pub(super) struct Owed {
    /// Sorted by `offset >> 6`.
    blocks: VecDeque<(u64, u64)>,
    empty: usize,
}

impl Owed {
    /// Higher than all before.
    pub(super) fn push(&mut self, offset: u64) {
        match self.blocks.back_mut() {
            Some((key, bits)) if *key == offset >> 6 => {
                self.empty -= usize::from(*bits == 0);
                *bits |= 1 << (offset & 63);
            }
            _ => {
                if self.blocks.len() == self.blocks.capacity() {
                    // A quarter at a time: doubling would cost more than the blocks.
                    self.blocks.reserve_exact(self.blocks.len() / 4 + 4);
                }
                self.blocks.push_back((offset >> 6, 1 << (offset & 63)));
            }
        }
    }

    /// Whether it was there.
    pub(super) fn remove(&mut self, offset: u64) -> bool {
        let Some(place) = self.find(offset >> 6) else { return false };
        let Some((_, bits)) = self.blocks.get_mut(place) else { return false };
        let bit = 1 << (offset & 63);
        if *bits & bit == 0 {
            return false;
        }
        *bits &= !bit;
        if *bits == 0 {
            self.empty += 1;
            self.tidy(place);
        }
        true
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.blocks.iter().find(|(_, bits)| *bits != 0).map(|&block| lowest(block))
    }

    /// Runs of those below `below`, and the first of the others.
    pub(super) fn runs(&self, below: u64) -> (Vec<Range<u64>>, Option<u64>) {
        let mut runs: Vec<Range<u64>> = Vec::new();
        for &(key, mut bits) in &self.blocks {
            while bits != 0 {
                let offset = lowest((key, bits));
                bits &= bits - 1;
                if offset >= below {
                    return (runs, Some(offset));
                }
                match runs.last_mut() {
                    Some(run) if run.end == offset => run.end += 1,
                    _ => runs.push(offset..offset + 1),
                }
            }
        }
        (runs, None)
    }

    pub(super) fn memory_bytes(&self) -> usize {
        self.blocks.capacity() * size_of::<(u64, u64)>()
    }

    /// Looks where the key would be if blocks were spread evenly, and then around: two or three places of memory where a
    /// binary search among thousands of blocks touches a dozen.
    fn find(&self, key: u64) -> Option<usize> {
        let (first, last) = (self.blocks.front()?.0, self.blocks.back()?.0);
        if key < first || key > last {
            return None;
        }
        let ends = (last - first).max(1) as f64;
        let guess = ((key - first) as f64 / ends * (self.blocks.len() - 1) as f64) as usize;
        let guess = guess.min(self.blocks.len() - 1);
        let (mut low, mut high, mut step) = (guess, guess, STEP);
        while low > 0 && self.blocks[low].0 > key {
            high = low;
            low = low.saturating_sub(step);
            step *= 2;
        }
        while high < self.blocks.len() && self.blocks[high].0 <= key {
            low = high;
            high += step;
            step *= 2;
        }
        let mut high = high.min(self.blocks.len());
        while high - low > 1 {
            let middle = low + (high - low) / 2;
            if self.blocks[middle].0 <= key {
                low = middle;
            } else {
                high = middle;
            }
        }
        (self.blocks[low].0 == key).then_some(low)
    }

    /// Blocks in front go at once, those between when they are the most: no removal costs more than a few steps on average.
    fn tidy(&mut self, place: usize) {
        if place == 0 {
            while self.blocks.front().is_some_and(|block| block.1 == 0) {
                self.blocks.pop_front();
                self.empty -= 1;
            }
        }
        if self.empty > 64 && self.empty * 2 > self.blocks.len() {
            self.blocks.retain(|block| block.1 != 0);
            self.empty = 0;
        }
        // A backlog that is gone gives its memory back.
        if self.blocks.capacity() > 4_096 && self.blocks.len() * 4 < self.blocks.capacity() {
            self.blocks.shrink_to(self.blocks.len() * 2);
        }
    }
}

fn lowest((key, bits): (u64, u64)) -> u64 {
    key << 6 | u64::from(bits.trailing_zeros())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::random::Random;

    #[test]
    fn it_knows_what_a_sorted_set_knows() {
        for seed in 0..50 {
            let mut random = Random::new(seed);
            let (mut owed, mut set) = (Owed::default(), BTreeSet::new());
            let mut next = random.up_to(1_000);
            let spread = random.up_to(9) * random.up_to(40);
            for _ in 0..3_000 {
                if random.up_to(9) < 5 {
                    next += 1 + random.up_to(spread);
                    owed.push(next);
                    set.insert(next);
                } else {
                    let offset = if random.up_to(1) == 0 { set.first().copied() } else { None };
                    let offset = offset.unwrap_or_else(|| random.up_to(next));
                    assert_eq!(owed.remove(offset), set.remove(&offset), "seed {seed}");
                }
                assert_eq!(owed.first(), set.first().copied(), "seed {seed}");
            }
            let below = random.up_to(next);
            let (runs, rest) = owed.runs(below);
            assert!(runs.windows(2).all(|pair| pair[0].end < pair[1].start));
            let listed: Vec<_> = runs.into_iter().flatten().collect();
            assert_eq!(listed, set.range(..below).copied().collect::<Vec<_>>());
            assert_eq!(rest, set.range(below..).next().copied());
        }
    }
}
