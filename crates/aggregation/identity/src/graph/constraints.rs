//! What people decided beside the rules, in the form in which events are looked at.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::fragment::{Fragment, FragmentKey, SetKey};

use super::operation::{Operation, OperationNumber, OperationRecord};
use super::records::SetMember;

/// All operations that are in force.
#[derive(Clone, Debug, Default)]
pub(crate) struct Constraints {
    pub(crate) apart: BTreeMap<OperationNumber, Apart>,
    /// Sets that join nothing: of their events only the identifier of the highest priority counts. By first fragments.
    pub(crate) disregarded: HashMap<SetKey, BTreeSet<OperationNumber>>,
    /// Identifiers that were seen in too many sets.
    pub(crate) quarantined: HashSet<Fragment>,
    /// Identifiers that a person vouched for. By first fragments.
    pub(crate) released: HashMap<Fragment, OperationNumber>,
    pub(crate) lives: Lives,
}

/// Two sides that never meet in one profile. By first fragments.
#[derive(Clone, Debug)]
pub(crate) struct Apart {
    left: HashSet<Fragment>,
    right: HashSet<Fragment>,
}

impl Apart {
    /// `union` by first fragments.
    pub(crate) fn is_broken_by(&self, union: &[Fragment]) -> bool {
        let meets = |side: &HashSet<Fragment>| union.iter().any(|fragment| side.contains(fragment));
        meets(&self.left) && meets(&self.right)
    }
}

impl Constraints {
    pub(crate) fn apply(&mut self, record: &OperationRecord, key: &FragmentKey) {
        let in_force = record.undone.is_none();
        let number = record.number;
        match &record.operation {
            Operation::KeepApart { left, right } if in_force => {
                let apart = Apart { left: left.iter().copied().collect(), right: right.iter().copied().collect() };
                self.apart.insert(number, apart);
            }
            Operation::KeepApart { .. } => drop(self.apart.remove(&number)),
            Operation::Disregard { identifiers } => {
                let set = SetKey::of(identifiers.iter().copied());
                let by = self.disregarded.entry(set).or_default();
                match in_force {
                    true => by.insert(number),
                    false => by.remove(&number),
                };
                if by.is_empty() {
                    self.disregarded.remove(&set);
                }
            }
            Operation::Release { fragment } if in_force => {
                for life in self.lives.all(*fragment) {
                    self.quarantined.remove(&life);
                }
                self.released.insert(*fragment, number);
            }
            // Who takes back a release puts the identifier into quarantine again.
            Operation::Release { fragment } => drop(self.released.remove(fragment)),
            Operation::Remove { first, at_ms, .. } => self.lives.set(*first, number, *at_ms, in_force, key),
        }
    }

    pub(crate) fn is_released(&self, fragment: Fragment) -> bool {
        self.released.contains_key(&self.lives.first(fragment))
    }

    /// Whether a set joins nothing.
    pub(crate) fn disregards(&self, key: SetKey, set: &[SetMember]) -> bool {
        if self.disregarded.is_empty() {
            return false;
        }
        let key = match self.lives.is_trivial() {
            true => key,
            false => SetKey::of(set.iter().map(|member| self.lives.first(member.fragment))),
        };
        self.disregarded.contains_key(&key)
    }

    /// Whether an identifier may join profiles, as far as people and degree decide it.
    pub(crate) fn allows(&self, fragment: Fragment) -> bool {
        self.quarantined.is_empty() || !self.quarantined.contains(&fragment)
    }
}

/// The lives of identifiers that were removed from profiles: each removal ends one and begins another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lives {
    /// By the first fragment, in the order of times.
    removals: HashMap<Fragment, Vec<Removal>>,
    /// From the fragment of any later life to the first one.
    firsts: HashMap<Fragment, Fragment>,
    /// From the fragment of a life that was undone to the first one.
    undone: HashMap<Fragment, (Fragment, i64)>,
}

#[derive(Clone, Copy, Debug)]
struct Removal {
    number: OperationNumber,
    at_ms: i64,
    /// What the identifier is called from then on.
    life: Fragment,
}

impl Lives {
    fn set(&mut self, first: Fragment, number: OperationNumber, at_ms: i64, in_force: bool, key: &FragmentKey) {
        let life = key.later_life(first, number);
        self.firsts.insert(life, first);
        let removals = self.removals.entry(first).or_default();
        removals.retain(|removal| removal.number != number);
        if in_force {
            removals.push(Removal { number, at_ms, life });
            removals.sort_by_key(|removal| removal.at_ms);
            self.undone.remove(&life);
        } else {
            self.undone.insert(life, (first, at_ms));
        }
        if self.removals.get(&first).is_some_and(Vec::is_empty) {
            self.removals.remove(&first);
        }
    }

    /// Whether no identifier was ever removed.
    pub(crate) fn is_trivial(&self) -> bool {
        self.firsts.is_empty()
    }

    /// The first fragment of the same identifier.
    pub(crate) fn first(&self, fragment: Fragment) -> Fragment {
        if self.firsts.is_empty() { fragment } else { self.firsts.get(&fragment).copied().unwrap_or(fragment) }
    }

    /// All lives of an identifier that are in force.
    pub(crate) fn all(&self, first: Fragment) -> Vec<Fragment> {
        let later = self.removals.get(&first).map_or(&[][..], Vec::as_slice);
        std::iter::once(first).chain(later.iter().map(|removal| removal.life)).collect()
    }

    /// What an identifier is called at a time.
    #[inline]
    pub(crate) fn at(&self, first: Fragment, time_ms: i64) -> Fragment {
        if self.removals.is_empty() {
            return first;
        }
        let removals = self.removals.get(&first).map_or(&[][..], Vec::as_slice);
        let last = removals.iter().rev().find(|removal| removal.at_ms <= time_ms);
        last.map_or(first, |removal| removal.life)
    }

    pub(crate) fn now(&self, first: Fragment) -> Fragment {
        self.at(first, i64::MAX)
    }

    /// When the life of a fragment ended, by the operations in force.
    pub(crate) fn end(&self, fragment: Fragment) -> Option<i64> {
        if self.removals.is_empty() {
            return None;
        }
        if let Some(removals) = self.removals.get(&fragment) {
            return removals.first().map(|removal| removal.at_ms);
        }
        self.removals.values().find_map(|removals| {
            let began = removals.iter().position(|removal| removal.life == fragment)?;
            removals.get(began + 1).map(|next| next.at_ms)
        })
    }

    /// The fragment that a fragment is part of: itself, unless the removal that began it was undone.
    pub(crate) fn home(&self, fragment: Fragment) -> Fragment {
        match self.undone.get(&fragment) {
            Some((first, at_ms)) => self.at(*first, *at_ms),
            None => fragment,
        }
    }

    /// The lives that were undone and are now parts of this one.
    pub(crate) fn parts(&self, fragment: Fragment) -> Vec<Fragment> {
        if self.undone.is_empty() {
            return Vec::new();
        }
        let mut parts: Vec<_> = self.undone.keys().copied().filter(|part| self.home(*part) == fragment).collect();
        parts.sort_unstable();
        parts
    }
}
