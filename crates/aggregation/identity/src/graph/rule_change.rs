//! Other rules for all of history: what they would do, and doing it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use serde::Serialize;

use crate::fragment::{Fragment, SetKey};
use crate::identifier::{Collection, OwnedIdentifier};
use crate::profile_id::ProfileId;
use crate::rules::{CompiledRules, RulesProblem};
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::changes::Change;
use super::constraints::Constraints;
use super::flat_matching::Matching;
use super::kinds::Kinds;
use super::load::encode_rules;
use super::records::{IdentifierRecord, SetMember, SetRecord, encode_set, keys};
use super::replay::{Replay, Replayed};

/// What other rules would do to a graph.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RulePreview {
    pub profiles_before: u64,
    pub profiles_after: u64,
    /// Profiles whose identifiers would be spread over several, or be in none.
    pub split: u64,
    /// Profiles that would be made of several.
    pub merged: u64,
    /// Identifiers that would be in another profile, or in none, or in one for the first time.
    pub identifiers_moved: u64,
    /// Some of the profiles that would split or merge: the first ones by id, at most [`RulePreview::SAMPLES_MAX`] of each.
    pub samples: Vec<ProfileSample>,
}

impl RulePreview {
    pub const SAMPLES_MAX: usize = 20;
}

/// A profile that would split or merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ProfileSample {
    pub profile: ProfileId,
    pub splits: bool,
    /// The identifiers concerned, each with its profile before and after.
    pub identifiers: Vec<(OwnedIdentifier, Option<ProfileId>, Option<ProfileId>)>,
}

/// A change of rules that was carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleChange {
    pub from_version: u32,
    pub to_version: u32,
    pub changes: Vec<Change>,
}

/// All sets that hang together by identifiers that may join, with what comes of them under other rules.
struct Component {
    replayed: Replayed,
    /// Sets of which other members are blocked than before.
    changed_sets: Vec<(SetKey, SetRecord)>,
}

impl<S: Store> IdentityGraph<S> {
    /// What these rules would do to all of history. Takes time and memory in proportion to the graph: part by part, each
    /// part being all identifiers that hang together.
    pub fn preview_rules(&self, rules: &CompiledRules) -> Result<RulePreview, StoreError> {
        let mut preview = Preview::default();
        self.each_component(rules, &mut |component| preview.add(self, &component))?;
        preview.finish(self)
    }

    /// Applies rules to all of history, as if they had been in force from the first event on, under the next version.
    /// Going back is to apply the former ones ([`Self::rules_of`]) again. What they say of lateness and of where
    /// identifiers are read applies to events from now on.
    pub fn apply_rules(&mut self, rules: &CompiledRules) -> Result<RuleChange, StoreError> {
        let rules = Arc::new(rules.with_version(self.state.meta.rules_version + 1));
        let mut components = Vec::new();
        self.each_component(&rules, &mut |component| {
            components.push(component);
            Ok(())
        })?;
        let quarantined = self.quarantined_by(&rules)?;
        let mut whole = Replayed::default();
        let state = &mut self.state;
        for component in components {
            for (key, set) in &component.changed_sets {
                state.stored.put(keys::set(*key), Some(encode_set(set)));
            }
            whole.holders.extend(component.replayed.holders);
            whole.groups.extend(component.replayed.groups);
            whole.decided.extend(component.replayed.decided);
        }
        whole.holders.sort_unstable();
        whole.groups.sort_by_key(|group| group.founder);
        for fragment in state.constraints.quarantined.symmetric_difference(&quarantined) {
            let value = quarantined.contains(fragment).then(Vec::new);
            state.stored.put(keys::quarantine(*fragment), value);
        }
        let from_version = state.meta.rules_version;
        state.constraints.quarantined = quarantined;
        state.seen.clear();
        // The latest events of identifiers that were blocked were not noted.
        state.loaded_until_ms = state.meta.newest_ms;
        let to_version = self.adopt(rules);
        let changes = self.commit(whole);
        Ok(RuleChange { from_version, to_version, changes })
    }

    /// Adds a rule for a type that was first seen in `context.externalIds`, with the default limit and its place in the
    /// alphabet. It decides as before, so nothing is decided again. Does nothing for a type that has a rule.
    pub fn learn_type(&mut self, collection: Collection, kind: &str) -> Result<(), Vec<RulesProblem>> {
        let rules = self.state.rules.rules();
        if rules.rule(collection, kind).is_none() {
            let rules = rules.with_new_type(collection, kind).compile()?;
            self.adopt(Arc::new(rules));
        }
        Ok(())
    }

    fn adopt(&mut self, rules: Arc<CompiledRules>) -> u32 {
        let state = &mut self.state;
        let version = rules.rules().version;
        state.stored.put(keys::rules(version), Some(encode_rules(rules.rules())));
        state.meta.rules_version = version;
        state.stored.put(keys::META.to_vec(), Some(state.meta.encode()));
        state.kinds.order(&rules);
        state.rules = rules;
        version
    }

    /// Identifiers that are in too many sets under these rules, and not released.
    fn quarantined_by(&self, rules: &CompiledRules) -> Result<HashSet<Fragment>, StoreError> {
        let sets_max = u64::from(rules.rules().hairballs.sets);
        let mut quarantined = HashSet::new();
        let mut outcome = Ok(());
        self.state.stored.scan(keys::IDENTIFIERS, &mut |key, value| {
            outcome = (|| {
                let record = IdentifierRecord::decode(value)?;
                if record.sets > sets_max && !rules.is_blocked(&record.identifier) {
                    let fragment = keys::fragment_of(key)?;
                    if !self.state.constraints.is_released(fragment) {
                        quarantined.insert(fragment);
                    }
                }
                Ok(())
            })();
            outcome.is_ok()
        })?;
        outcome.map(|()| quarantined)
    }

    /// Shows each part of the graph as the rules would make it.
    fn each_component(
        &self,
        rules: &CompiledRules,
        visit: &mut dyn FnMut(Component) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let quarantined = self.quarantined_by(rules)?;
        let constraints = Constraints { quarantined, ..self.state.constraints.clone() };
        let mut kinds = self.state.kinds.clone();
        kinds.order(rules);
        let mut done: HashSet<SetKey> = HashSet::new();
        // Those that join nothing hang on many parts and are told of with the first.
        let mut outsiders: HashSet<Fragment> = HashSet::new();
        let mut starts = Vec::new();
        self.state.stored.scan(keys::SETS, &mut |key, _| {
            starts.extend(keys::set_of(key).ok());
            true
        })?;
        for start in starts {
            if !done.insert(start) {
                continue;
            }
            let (mut sets, mut changed_sets) = (Vec::new(), Vec::new());
            let mut open = vec![start];
            let mut members: HashMap<Fragment, Standing> = HashMap::new();
            while let Some(key) = open.pop() {
                let stored = self.state.set(key)?;
                let mut set = stored.clone();
                for member in &mut set {
                    let standing = match members.get(&member.fragment) {
                        Some(standing) => *standing,
                        None => {
                            let is_blocked = self.is_blocked_by(rules, member.fragment)?;
                            let joins = !is_blocked && constraints.allows(member.fragment);
                            if joins {
                                let sets = self.state.sets_of(member.fragment)?;
                                open.extend(sets.into_iter().filter(|set| done.insert(*set)));
                            }
                            let standing = Standing { is_blocked, joins };
                            members.insert(member.fragment, standing);
                            standing
                        }
                    };
                    member.is_blocked = standing.is_blocked;
                }
                if set != stored {
                    changed_sets.push((key, set.clone()));
                }
                sets.push((key, set));
            }
            let mut replayed = self.rebuild(rules, &kinds, &constraints, &sets)?;
            let held: HashSet<Fragment> = replayed.holders.iter().map(|(fragment, _)| *fragment).collect();
            let others = members.iter().filter(|(member, _)| !held.contains(member));
            let others = others.filter(|(member, standing)| standing.joins || outsiders.insert(**member));
            replayed.holders.extend(others.map(|(member, _)| (*member, None)));
            replayed.holders.sort_unstable();
            visit(Component { replayed, changed_sets })?;
        }
        Ok(())
    }

    fn is_blocked_by(&self, rules: &CompiledRules, fragment: Fragment) -> Result<bool, StoreError> {
        let record = self.state.identifier(fragment)?.ok_or(StoreError::Record("an identifier is missing"))?;
        Ok(rules.is_blocked(&record.identifier))
    }

    /// Takes all sightings of some sets from the first on, as if nothing was known.
    fn rebuild(
        &self,
        rules: &CompiledRules,
        kinds: &Kinds,
        constraints: &Constraints,
        sets: &[(SetKey, SetRecord)],
    ) -> Result<Replayed, StoreError> {
        let matching = Matching { kinds, caps: rules.rules().caps, constraints };
        let mut replay = Replay::from_nothing(&self.state, matching);
        for (key, set) in sets {
            let set: Rc<[SetMember]> = set.as_slice().into();
            for (day, record) in self.state.sightings(*key)? {
                replay.insert(*key, set.clone(), day, record);
            }
        }
        replay.run()
    }
}

/// What the rules make of an identifier.
#[derive(Clone, Copy)]
struct Standing {
    is_blocked: bool,
    joins: bool,
}

/// A preview under way.
#[derive(Default)]
struct Preview {
    founders_before: BTreeSet<Fragment>,
    profiles_after: u64,
    identifiers_moved: u64,
    /// For each profile before: those after, and the other way round. Only of profiles that differ.
    splits: BTreeMap<Fragment, BTreeSet<Option<Fragment>>>,
    merges: BTreeMap<Fragment, BTreeSet<Option<Fragment>>>,
    moved: Vec<(Fragment, Option<Fragment>, Option<Fragment>)>,
}

impl Preview {
    fn add<S: Store>(&mut self, graph: &IdentityGraph<S>, component: &Component) -> Result<(), StoreError> {
        self.profiles_after += component.replayed.groups.len() as u64;
        for (fragment, after) in &component.replayed.holders {
            let before = graph.state.founder(*fragment);
            self.founders_before.extend(before);
            self.identifiers_moved += u64::from(before != *after);
            if let Some(before) = before {
                self.splits.entry(before).or_default().insert(*after);
            }
            if let Some(after) = after {
                self.merges.entry(*after).or_default().insert(before);
            }
            self.moved.push((*fragment, before, *after));
        }
        Ok(())
    }

    fn finish<S: Store>(self, graph: &IdentityGraph<S>) -> Result<RulePreview, StoreError> {
        let several = |of: &BTreeMap<Fragment, BTreeSet<Option<Fragment>>>| {
            of.iter().filter(|(_, with)| with.len() > 1).map(|(founder, _)| *founder).collect::<Vec<_>>()
        };
        let merged_of = |with: &BTreeSet<Option<Fragment>>| with.iter().flatten().count() > 1;
        let split = several(&self.splits);
        let merged: Vec<_> =
            self.merges.iter().filter(|(_, with)| merged_of(with)).map(|(founder, _)| *founder).collect();
        let mut samples = Vec::new();
        for (founders, splits) in [(&split, true), (&merged, false)] {
            for founder in founders.iter().take(RulePreview::SAMPLES_MAX) {
                let concerned =
                    self.moved.iter().filter(
                        |(_, before, after)| {
                            if splits { *before == Some(*founder) } else { *after == Some(*founder) }
                        },
                    );
                let mut identifiers = Vec::new();
                for (fragment, before, after) in concerned {
                    let identifier = graph.identifier(*fragment)?;
                    let identifier = identifier.ok_or(StoreError::Record("an identifier is missing"))?;
                    identifiers.push((identifier, before.map(ProfileId::of_founder), after.map(ProfileId::of_founder)));
                }
                identifiers.sort();
                samples.push(ProfileSample { profile: ProfileId::of_founder(*founder), splits, identifiers });
            }
        }
        Ok(RulePreview {
            profiles_before: self.founders_before.len() as u64,
            profiles_after: self.profiles_after,
            split: split.len() as u64,
            merged: merged.len() as u64,
            identifiers_moved: self.identifiers_moved,
            samples,
        })
    }
}
