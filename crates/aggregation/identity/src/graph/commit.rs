//! From the end of a replay to the graph and its store.

use std::collections::{BTreeMap, BTreeSet};

use crate::fragment::Fragment;
use crate::profile_id::ProfileId;
use crate::store::Store;

use super::IdentityGraph;
use super::changes::Change;
use super::records::{encode_group, keys};
use super::replay::Replayed;
use super::state::State;

impl<S: Store> IdentityGraph<S> {
    /// Makes the new timeline the stored one.
    pub(super) fn commit(&mut self, replayed: Replayed) -> Vec<Change> {
        let changes = changes(&self.state, &replayed);
        let state = &mut self.state;
        // What is gone first: a day's first sighting may have been replaced by an earlier one under the same key.
        for decided in replayed.decided.iter().filter(|decided| decided.record.is_none()) {
            state.stored.put(keys::sighting(decided.set, decided.day), None);
            state.seen.forget(decided.set);
        }
        for decided in &replayed.decided {
            if let Some(record) = &decided.record {
                state.stored.put(keys::sighting(decided.set, decided.day), Some(record.encode()));
            }
        }
        let mut numbers: BTreeMap<Fragment, u32> = BTreeMap::new();
        for (fragment, _) in &replayed.holders {
            if let Some(number) = state.index.get(*fragment).and_then(|known| known.profile) {
                numbers.insert(state.founders[number as usize], number);
            }
        }
        let founders: BTreeSet<Fragment> = replayed.groups.iter().map(|group| group.founder).collect();
        for (founder, number) in &numbers {
            if !founders.contains(founder) {
                state.stored.put(keys::profile(*founder), None);
                state.free.push(*number);
            }
        }
        for group in &replayed.groups {
            state.stored.put(keys::profile(group.founder), Some(encode_group(group)));
            numbers.entry(group.founder).or_insert_with(|| match state.free.pop() {
                Some(number) => {
                    state.founders[number as usize] = group.founder;
                    number
                }
                None => {
                    state.founders.push(group.founder);
                    (state.founders.len() - 1) as u32
                }
            });
        }
        for (fragment, founder) in &replayed.holders {
            state.index.set_profile(*fragment, founder.map(|founder| numbers[&founder]));
        }
        self.revision += 1;
        changes
    }
}

/// What is different at the end of a replay.
pub(super) fn changes<S: Store>(state: &State<S>, replayed: &Replayed) -> Vec<Change> {
    let id = ProfileId::of_founder;
    let stored: Vec<_> = replayed.holders.iter().map(|(fragment, _)| state.founder(*fragment)).collect();
    let before: BTreeSet<Fragment> = stored.iter().flatten().copied().collect();
    let after: BTreeSet<Fragment> = replayed.groups.iter().map(|group| group.founder).collect();
    let holder = |founder: &Fragment| {
        let at = replayed.holders.binary_search_by_key(founder, |(fragment, _)| *fragment).ok()?;
        replayed.holders[at].1
    };
    let mut changes: Vec<_> = after.difference(&before).map(|new| Change::Created { profile: id(*new) }).collect();
    let mut moves: BTreeSet<(Fragment, Fragment)> = BTreeSet::new();
    for ((fragment, now), before) in replayed.holders.iter().zip(&stored) {
        let fragment = *fragment;
        match (*before, *now) {
            (Some(from), Some(to)) if from != to => {
                moves.insert((from, to));
                changes.push(Change::Moved { fragment, from: id(from), to: id(to) });
            }
            (None, Some(to)) => changes.push(Change::Mapped { fragment, profile: id(to) }),
            (Some(from), None) => changes.push(Change::Unmapped { fragment, profile: id(from) }),
            _ => {}
        }
    }
    for gone in before.difference(&after) {
        changes.push(match holder(gone) {
            Some(into) => Change::Merged { from: id(*gone), into: id(into) },
            None => Change::Ended { profile: id(*gone) },
        });
    }
    let is_new_part = |(from, to): &&(Fragment, Fragment)| !before.contains(to) && holder(from) != Some(*to);
    changes.extend(moves.iter().filter(is_new_part).map(|(from, to)| Change::Split { from: id(*from), new: id(*to) }));
    changes
}
