use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::stamp::Stamp;

/// Most traits that one fragment keeps. Those that changed last stay, so what is kept does not depend on the order of
/// arrival. Three times what a single call may carry, and ten times what is seen in practice.
pub const TRAITS_MAX: usize = 1_000;

/// The value of each trait with the event that set it. The newest event wins, by its [`Stamp`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traits(BTreeMap<Box<str>, Trait>);

/// One value of one trait.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trait {
    pub stamp: Stamp,
    /// JSON as it was written; `null` too.
    pub value: Box<str>,
}

impl Traits {
    pub fn get(&self, name: &str) -> Option<&Trait> {
        self.0.get(name)
    }

    /// In order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Trait)> {
        self.0.iter().map(|(name, value)| (&**name, value))
    }

    /// Those whose name comes after `name`, in order.
    pub fn after<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a Trait)> {
        let bounds = (std::ops::Bound::Excluded(name), std::ops::Bound::Unbounded);
        self.0.range::<str, _>(bounds).map(|(name, value)| (&**name, value))
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Takes a value where it is newer than the one that is there. Order, repetition and grouping make no difference.
    pub fn set(&mut self, name: Box<str>, value: Trait) {
        self.join(name, value);
        self.bound();
    }

    /// As if every value of the other had been set.
    pub fn merge(&mut self, other: Self) {
        for (name, value) in other.0 {
            self.join(name, value);
        }
        self.bound();
    }

    fn join(&mut self, name: Box<str>, value: Trait) {
        match self.0.entry(name) {
            Entry::Vacant(free) => drop(free.insert(value)),
            Entry::Occupied(mut known) if *known.get() < value => drop(known.insert(value)),
            Entry::Occupied(_) => {}
        }
    }

    /// The newest of all names stay. A name that was left out comes back only with a newer value, so it does not matter
    /// when it was.
    fn bound(&mut self) {
        if self.0.len() <= TRAITS_MAX {
            return;
        }
        let mut newest: Vec<_> = self.0.iter().map(|(name, value)| (value.clone(), name.clone())).collect();
        newest.sort_unstable_by(|a, b| b.cmp(a));
        for (_, name) in newest.drain(TRAITS_MAX..) {
            self.0.remove(&name);
        }
    }
}

impl FromIterator<(Box<str>, Trait)> for Traits {
    fn from_iter<I: IntoIterator<Item = (Box<str>, Trait)>>(values: I) -> Self {
        let mut traits = Self::default();
        for (name, value) in values {
            traits.join(name, value);
        }
        traits.bound();
        traits
    }
}

#[cfg(test)]
mod tests {
    use prime_event::{SourceId, Timestamp};

    use super::*;

    fn set(millis: i64, id: &str, value: &str) -> Trait {
        Trait { stamp: Stamp::new(Timestamp::from_millis(millis), id, SourceId::new("s")), value: value.into() }
    }

    #[test]
    fn the_newest_value_wins_whatever_came_first() {
        let (old, new, same_time) = (set(1, "z", "1"), set(2, "a", "2"), set(2, "b", "null"));
        for order in [[&old, &new, &same_time], [&same_time, &old, &new], [&new, &same_time, &old]] {
            let traits: Traits = order.iter().map(|value| ("plan".into(), (*value).clone())).collect();
            assert_eq!(traits.get("plan"), Some(&same_time));
        }
    }

    #[test]
    fn which_traits_are_kept_beyond_the_bound_does_not_depend_on_the_order() {
        let values: Vec<(Box<str>, Trait)> = (0..TRAITS_MAX as i64 + 40)
            .map(|n| (format!("t{n}").into(), set(n * 7 % 1_009, &n.to_string(), "1")))
            .collect();
        let forwards: Traits = values.iter().cloned().collect();
        let mut backwards = Traits::default();
        for (name, value) in values.iter().rev().cloned() {
            backwards.set(name, value);
        }
        let (mut halves, rest): (Traits, Traits) =
            (values[..500].iter().cloned().collect(), values[500..].iter().cloned().collect());
        halves.merge(rest);
        assert_eq!(forwards.len(), TRAITS_MAX);
        assert_eq!(forwards, backwards);
        assert_eq!(forwards, halves);
    }
}
