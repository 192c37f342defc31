//! The resident part: for every known identifier the profile that holds it, in 20 bytes.

use crate::fragment::Fragment;

/// A table with a place for each identifier, in parts that grow one at a time, so that growing never needs the whole
/// table twice.
///
/// Of a fragment's 128 bits 96 are kept. At 30 million identifiers the chance that any two of them agree in these is
/// 30e6^2 / 2^97, one in 10^14.
#[derive(Clone)]
pub(crate) struct Index {
    parts: Vec<Part>,
    len: usize,
}

#[derive(Clone, Default)]
struct Part {
    entries: Vec<Entry>,
    used: usize,
}

/// Four-byte fields, so that no byte is lost to alignment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Entry {
    tag: [u32; 3],
    profile: u32,
    /// Seconds since 1970, rounded up: all stored events with the identifier happened before.
    last: u32,
}

const EMPTY: u32 = u32::MAX;
/// In the field of the profile: an identifier that was seen, but is in no profile.
const NOBODY: u32 = u32::MAX - 1;
/// A power of two. At 30 million identifiers a part has 30,000: growing one takes some tenths of a millisecond.
const PARTS: usize = 1 << 10;
/// Parts are filled to 7/8, then grow by a quarter: between 70 % and 88 % are in use, 79 % on average.
const FULL: (usize, usize) = (7, 8);
const GROWTH: (usize, usize) = (5, 4);
const PART_MIN: usize = 8;

/// What the index knows of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// The number of its profile.
    pub(crate) profile: Option<u32>,
    pub(crate) last: u32,
}

impl Entry {
    const NONE: Self = Self { tag: [0; 3], profile: EMPTY, last: 0 };
}

fn tag(fragment: Fragment) -> [u32; 3] {
    let number = fragment.as_u128();
    // The lowest bits hold the collection and are kept; the highest choose nothing else.
    [number as u32, (number >> 32) as u32, (number >> 64) as u32]
}

fn part_of(tag: [u32; 3]) -> usize {
    tag[2] as usize & (PARTS - 1)
}

#[inline]
fn home(tag: [u32; 3], length: usize) -> usize {
    let hash = u64::from(tag[1]) << 32 | u64::from(tag[0]);
    ((u128::from(hash) * length as u128) >> 64) as usize
}

impl Index {
    pub(crate) fn new() -> Self {
        Self { parts: vec![Part::default(); PARTS], len: 0 }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Bytes in memory.
    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.entries.capacity() * size_of::<Entry>() + size_of::<Part>()).sum()
    }

    #[inline]
    pub(crate) fn get(&self, fragment: Fragment) -> Option<Known> {
        let tag = tag(fragment);
        let part = &self.parts[part_of(tag)];
        let entry = part.entries.get(part.find(tag).ok()?)?;
        let profile = (entry.profile != NOBODY).then_some(entry.profile);
        Some(Known { profile, last: entry.last })
    }

    pub(crate) fn set_profile(&mut self, fragment: Fragment, profile: Option<u32>) {
        self.entry(fragment).profile = profile.unwrap_or(NOBODY);
    }

    pub(crate) fn seen_until(&mut self, fragment: Fragment, last: u32) {
        let entry = self.entry(fragment);
        entry.last = entry.last.max(last);
    }

    fn entry(&mut self, fragment: Fragment) -> &mut Entry {
        let tag = tag(fragment);
        let part = &mut self.parts[part_of(tag)];
        if part.used * FULL.1 >= part.entries.len() * FULL.0 {
            part.grow();
        }
        let at = match part.find(tag) {
            Ok(at) => at,
            Err(at) => {
                part.entries[at] = Entry { tag, profile: NOBODY, last: 0 };
                part.used += 1;
                self.len += 1;
                at
            }
        };
        &mut part.entries[at]
    }
}

impl Part {
    /// Where the entry is, or would be put; an error beyond the end where there is no room at all.
    #[inline]
    fn find(&self, tag: [u32; 3]) -> Result<usize, usize> {
        let length = self.entries.len();
        if length == 0 {
            return Err(0);
        }
        let mut at = home(tag, length);
        loop {
            let entry = &self.entries[at];
            if entry.profile == EMPTY {
                return Err(at);
            }
            if entry.tag == tag {
                return Ok(at);
            }
            at += 1;
            if at == length {
                at = 0;
            }
        }
    }

    fn grow(&mut self) {
        let length = (self.entries.len() * GROWTH.0 / GROWTH.1).max(PART_MIN);
        let mut grown = Vec::with_capacity(length);
        grown.resize(length, Entry::NONE);
        for entry in std::mem::replace(&mut self.entries, grown) {
            if entry.profile != EMPTY {
                let at = self.find(entry.tag).expect_err("every entry was there once");
                self.entries[at] = entry;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Only some bits differ, so that many meet in one part and near one home.
    fn fragment(number: u64) -> Fragment {
        Fragment::from_u128(u128::from(number % 40) << 60 | u128::from(number % 3) << 64 | 2)
    }

    #[test]
    fn the_table_holds_what_a_map_would_hold() {
        let mut random = 1u64;
        let mut below = |bound: u64| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (random >> 33) % bound
        };
        let (mut index, mut map) = (Index::new(), HashMap::<Fragment, Known>::new());
        for _ in 0..60_000 {
            let fragment = fragment(below(1_000));
            match below(4) {
                0 => {
                    let profile = (below(3) > 0).then_some(below(9) as u32);
                    index.set_profile(fragment, profile);
                    map.entry(fragment).or_insert(Known { profile: None, last: 0 }).profile = profile;
                }
                1 => {
                    let last = below(100) as u32;
                    index.seen_until(fragment, last);
                    let known = map.entry(fragment).or_insert(Known { profile: None, last: 0 });
                    known.last = known.last.max(last);
                }
                _ => assert_eq!(index.get(fragment), map.get(&fragment).copied()),
            }
            assert_eq!(index.len(), map.len());
        }
        assert!(map.len() > 50);
    }

    #[test]
    fn an_identifier_takes_less_than_thirty_bytes() {
        let mut index = Index::new();
        for number in 0..200_000u128 {
            let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835) ^ (number << 64);
            index.set_profile(Fragment::from_u128(hash), Some(1));
        }
        assert!(index.bytes() as f64 / 200_000.0 < 30.0, "{}", index.bytes());
    }
}
