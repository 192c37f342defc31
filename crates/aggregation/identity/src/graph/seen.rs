//! Which sets of identifiers were seen when, so that most events need nothing else.

use crate::fragment::{Fragment, SetKey};

/// A table of sets with the time from which on their events tell nothing new. It only ever saves work: what is not in it
/// is looked for in the store, so it may forget.
#[derive(Clone)]
pub(crate) struct SeenSets {
    parts: Vec<Part>,
    sets_max: usize,
}

#[derive(Clone, Default)]
struct Part {
    entries: Vec<Entry>,
    used: usize,
}

#[derive(Clone, Copy)]
struct Entry {
    /// 64 bits of the set, never all zero. Among 100 million sets the chance that any two agree is one in 4,000.
    tag: [u32; 2],
    /// Seconds since 1970 of the first event with the set, on the last day with one; rounded down.
    first: u32,
    /// Part of the fragment of the identifier that owns events with the set.
    owner: u32,
}

const NONE: Entry = Entry { tag: [0; 2], first: 0, owner: 0 };
/// A time that no event is later than.
const FORGOTTEN: u32 = u32::MAX;
const PARTS: usize = 1 << 10;
const FULL: (usize, usize) = (7, 8);
const GROWTH: (usize, usize) = (5, 4);
const PART_MIN: usize = 8;
pub(crate) const DAY_S: u32 = 24 * 60 * 60;

/// The part of an owner's fragment that is kept.
#[inline]
pub(crate) fn owner_tag(fragment: Fragment) -> u32 {
    (fragment.as_u128() >> 96) as u32
}

#[inline]
fn tag(set: SetKey) -> [u32; 2] {
    let folded = ((set.0 >> 64) as u64 ^ (set.0 as u64).rotate_left(32)).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    [folded as u32, (folded >> 32) as u32]
}

#[inline]
fn part_of(tag: [u32; 2]) -> usize {
    (tag[0] >> 1) as usize & (PARTS - 1)
}

#[inline]
fn home(tag: [u32; 2], length: usize) -> usize {
    ((u64::from(tag[1]) * length as u64) >> 32) as usize
}

impl SeenSets {
    pub(crate) fn new(sets_max: usize) -> Self {
        Self { parts: vec![Part::default(); PARTS], sets_max }
    }

    pub(crate) fn bytes(&self) -> usize {
        self.parts.iter().map(|part| part.entries.capacity() * size_of::<Entry>() + size_of::<Part>()).sum()
    }

    /// The owner of an event with this set at this time, if the event tells nothing new for sure.
    #[inline]
    pub(crate) fn owner(&self, set: SetKey, is_single: bool, time_ms: i64) -> Option<u32> {
        let tag = tag(set);
        let part = &self.parts[part_of(tag)];
        let entry = &part.entries[part.find(tag).ok()?];
        let is_later = time_ms >= (i64::from(entry.first) + 1) * 1_000;
        let is_same_day = || time_ms.div_euclid(1_000 * i64::from(DAY_S)) == i64::from(entry.first / DAY_S);
        (is_later && (is_single || is_same_day())).then_some(entry.owner)
    }

    /// Remembers the first event of a day with the set. Times before 1970 or after 2106 are not remembered.
    pub(crate) fn put(&mut self, set: SetKey, first_ms: i64, owner: Fragment) {
        let Ok(first) = u32::try_from(first_ms.div_euclid(1_000)) else { return };
        let tag = tag(set);
        let part = &mut self.parts[part_of(tag)];
        let entry = Entry { tag, first, owner: owner_tag(owner) };
        match part.find(tag) {
            Ok(at) => {
                let known = part.entries[at].first;
                if known == FORGOTTEN || known / DAY_S <= first / DAY_S {
                    part.entries[at] = entry;
                }
            }
            Err(_) if part.is_full() && part.used * PARTS >= self.sets_max => part.replace(entry),
            Err(_) => {
                if part.is_full() {
                    part.grow();
                }
                let at = part.find(tag).expect_err("it was not there before");
                part.entries[at] = entry;
                part.used += 1;
            }
        }
    }

    pub(crate) fn forget(&mut self, set: SetKey) {
        let tag = tag(set);
        let part = &mut self.parts[part_of(tag)];
        if let Ok(at) = part.find(tag) {
            // The entry stays, so that others are still found behind it.
            part.entries[at].first = FORGOTTEN;
        }
    }

    pub(crate) fn clear(&mut self) {
        self.parts = vec![Part::default(); PARTS];
    }
}

impl Part {
    #[inline]
    fn find(&self, tag: [u32; 2]) -> Result<usize, usize> {
        let length = self.entries.len();
        if length == 0 {
            return Err(0);
        }
        let mut at = home(tag, length);
        loop {
            let entry = &self.entries[at];
            if entry.tag == tag {
                return Ok(at);
            }
            if entry.tag == NONE.tag {
                return Err(at);
            }
            at += 1;
            if at == length {
                at = 0;
            }
        }
    }

    fn is_full(&self) -> bool {
        self.used * FULL.1 >= self.entries.len() * FULL.0
    }

    /// Puts an entry over another that stands at its home, so that others are still found behind it.
    fn replace(&mut self, entry: Entry) {
        let length = self.entries.len();
        if let Some(other) = self.entries.get_mut(home(entry.tag, length)).filter(|other| other.tag != NONE.tag) {
            *other = entry;
        }
    }

    fn grow(&mut self) {
        let length = (self.entries.len() * GROWTH.0 / GROWTH.1).max(PART_MIN);
        let mut grown = Vec::with_capacity(length);
        grown.resize(length, NONE);
        for entry in std::mem::replace(&mut self.entries, grown) {
            if entry.tag != NONE.tag {
                let at = self.find(entry.tag).expect_err("every entry was there once");
                self.entries[at] = entry;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY_MS: i64 = 1_000 * DAY_S as i64;

    fn set(number: u128) -> SetKey {
        SetKey(number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835))
    }

    fn fragment(number: u128) -> Fragment {
        Fragment::from_u128(number << 96)
    }

    #[test]
    fn an_event_is_known_when_its_set_was_seen_before_on_the_same_day() {
        let mut seen = SeenSets::new(1 << 20);
        let first = 100 * DAY_MS + 5_300;
        seen.put(set(1), first, fragment(7));
        let known = |seen: &SeenSets, is_single, time| seen.owner(set(1), is_single, time).is_some();
        assert!(known(&seen, false, first + 1_000));
        assert!(!known(&seen, false, first - 1), "it may have been the first");
        assert!(!known(&seen, false, first + DAY_MS), "another day");
        assert!(known(&seen, true, first + DAY_MS), "a single identifier has one day only");
        assert_eq!(seen.owner(set(2), true, first + 2_000), None);
        seen.put(set(1), first - 3 * DAY_MS, fragment(7));
        assert!(known(&seen, false, first + 1_000), "the last day is remembered");
        seen.forget(set(1));
        assert!(!known(&seen, true, first + DAY_MS));
        seen.put(set(1), first, fragment(7));
        assert!(known(&seen, false, first + 1_000));
    }

    #[test]
    fn the_last_second_of_a_day_is_not_taken_for_the_next_day() {
        let mut seen = SeenSets::new(1 << 20);
        seen.put(set(1), DAY_MS - 500, fragment(1));
        assert_eq!(seen.owner(set(1), false, DAY_MS), None);
    }

    #[test]
    fn a_full_table_forgets_and_never_invents() {
        let mut seen = SeenSets::new(20_000);
        for number in 1..100_000 {
            seen.put(set(number), number as i64 * 1_000, fragment(number));
        }
        let bytes = seen.bytes();
        let found = (1..200_000).filter(|number| {
            let owner = seen.owner(set(*number), true, i64::from(u32::MAX) * 1_000);
            assert!(owner.is_none_or(|owner| u128::from(owner) == *number && *number < 100_000));
            owner.is_some()
        });
        assert!((10_000..60_000).contains(&found.count()));
        assert!(bytes < 60_000 * size_of::<Entry>(), "{bytes}");
    }
}
