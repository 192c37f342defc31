//! Flat matching as it is written down: all events in order, one after the other, profiles as plain sets.

use std::collections::{BTreeMap, BTreeSet};

use prime_identity::{Collection, CompiledRules, OwnedIdentifier};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Event {
    pub(crate) timestamp_ms: i64,
    pub(crate) message_id: String,
    pub(crate) received_at_ms: i64,
    pub(crate) identifiers: Vec<OwnedIdentifier>,
}

/// What people decided.
#[derive(Clone, Debug, Default)]
pub(crate) struct Decisions {
    /// Identifiers removed at a time, in order.
    pub(crate) removals: Vec<(i64, OwnedIdentifier)>,
    pub(crate) apart: Vec<(Vec<OwnedIdentifier>, Vec<OwnedIdentifier>)>,
    pub(crate) disregarded: Vec<BTreeSet<OwnedIdentifier>>,
    pub(crate) released: Vec<OwnedIdentifier>,
}

/// An identifier in one of its lives.
pub(crate) type Id = (OwnedIdentifier, usize);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NaiveProfile {
    pub(crate) founder: Id,
    pub(crate) created_ms: i64,
    pub(crate) first_message_id: String,
    /// With the time of the mapping, the event that made it, and whether it was removed.
    pub(crate) members: BTreeMap<Id, (i64, String, bool)>,
    /// Founders of profiles that were merged into this one.
    pub(crate) merged: BTreeSet<Id>,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

pub(crate) struct Naive<'r> {
    pub(crate) rules: &'r CompiledRules,
    pub(crate) decisions: Decisions,
    /// Whether a set of identifiers counts once a day only.
    pub(crate) once_a_day: bool,
}

impl Naive<'_> {
    pub(crate) fn profiles(&self, events: &[Event]) -> Vec<NaiveProfile> {
        let mut sightings: BTreeMap<(i64, String, Vec<Id>), ()> = BTreeMap::new();
        for event in events {
            for collection in [Collection::Users, Collection::Accounts] {
                let time = self.time(event);
                let ids: BTreeSet<Id> = event
                    .identifiers
                    .iter()
                    .filter(|identifier| identifier.collection == collection)
                    .map(|identifier| (identifier.clone(), self.life(identifier, time)))
                    .collect();
                if !ids.is_empty() {
                    sightings.insert((time, event.message_id.clone(), ids.into_iter().collect()), ());
                }
            }
        }
        let hairballs = self.hairballs(&sightings);
        let mut seen: BTreeSet<(Vec<Id>, i64)> = BTreeSet::new();
        let mut profiles: Vec<NaiveProfile> = Vec::new();
        let mut removals = self.decisions.removals.iter().peekable();
        for ((time, message_id, ids), ()) in sightings {
            while removals.peek().is_some_and(|(at, _)| *at <= time) {
                self.remove(removals.next().unwrap(), &mut profiles);
            }
            let day = if ids.len() == 1 { 0 } else { time.div_euclid(DAY_MS) };
            if self.once_a_day && !seen.insert((ids.clone(), day)) {
                continue;
            }
            self.take(time, &message_id, &ids, &hairballs, &mut profiles);
        }
        removals.for_each(|removal| self.remove(removal, &mut profiles));
        profiles.sort();
        profiles
    }

    fn time(&self, event: &Event) -> i64 {
        let late_ms = i64::from(self.rules.rules().lateness.late_hours) * 60 * 60 * 1_000;
        let is_late = event.received_at_ms - event.timestamp_ms > late_ms;
        if is_late || event.timestamp_ms > event.received_at_ms { event.received_at_ms } else { event.timestamp_ms }
    }

    fn life(&self, identifier: &OwnedIdentifier, time: i64) -> usize {
        self.decisions.removals.iter().filter(|(at, removed)| removed == identifier && *at <= time).count()
    }

    fn remove(&self, (at, identifier): &(i64, OwnedIdentifier), profiles: &mut [NaiveProfile]) {
        let life = self.life(identifier, at - 1);
        for profile in profiles {
            if let Some((_, _, removed)) = profile.members.get_mut(&(identifier.clone(), life)) {
                *removed = true;
            }
        }
    }

    fn hairballs(&self, sightings: &BTreeMap<(i64, String, Vec<Id>), ()>) -> BTreeSet<Id> {
        let sets: BTreeSet<&Vec<Id>> = sightings.keys().map(|(_, _, ids)| ids).collect();
        let mut degrees: BTreeMap<&Id, usize> = BTreeMap::new();
        for id in sets.into_iter().flatten() {
            *degrees.entry(id).or_default() += 1;
        }
        let over = degrees.into_iter().filter(|(_, degree)| *degree > self.rules.rules().hairballs.sets as usize);
        let over = over.map(|(id, _)| id.clone());
        over.filter(|(identifier, _)| !self.decisions.released.contains(identifier)).collect()
    }

    fn take(
        &self,
        time: i64,
        message_id: &str,
        ids: &[Id],
        hairballs: &BTreeSet<Id>,
        profiles: &mut Vec<NaiveProfile>,
    ) {
        // 1. promotable identifiers, the highest priority first
        let mut ids_left: Vec<Id> =
            ids.iter().filter(|id| !self.rules.is_blocked(&id.0) && !hairballs.contains(id)).cloned().collect();
        ids_left.sort_by_key(|(identifier, life)| {
            let rule = self.rules.rules().rule(identifier.collection, &identifier.kind).expect("tests use known types");
            (rule.priority, identifier.kind.clone(), identifier.value.clone(), *life)
        });
        let plain: BTreeSet<OwnedIdentifier> = ids.iter().map(|(identifier, _)| identifier.clone()).collect();
        if self.decisions.disregarded.contains(&plain) {
            ids_left.truncate(1);
        }
        while !ids_left.is_empty() {
            // 2. profiles that hold any of them
            let found: Vec<usize> = (0..profiles.len())
                .filter(|at| ids_left.iter().any(|id| profiles[*at].members.contains_key(id)))
                .collect();
            // 4. the union of all that they hold
            let mut union: BTreeMap<Id, (i64, String, bool)> = BTreeMap::new();
            for at in &found {
                union.extend(profiles[*at].members.clone());
            }
            for id in &ids_left {
                union.entry(id.clone()).or_insert((time, message_id.to_owned(), false));
            }
            let changes = found.len() != 1 || profiles[found[0]].members != union;
            let merges = found.iter().map(|at| profiles[*at].merged.len() + 1).sum::<usize>().saturating_sub(1);
            let fits =
                self.fits(&union, time) && (found.len() < 2 || merges <= self.rules.rules().caps.merges as usize);
            if changes && !fits && ids_left.len() > 1 {
                // 5. merge protection
                ids_left.pop();
                continue;
            }
            if !changes {
                return;
            }
            let mut joined: Vec<NaiveProfile> = found.iter().rev().map(|at| profiles.remove(*at)).collect();
            joined.sort_by_key(|profile| (profile.created_ms, profile.first_message_id.clone()));
            let mut profile = match joined.first() {
                // 3. a new profile
                None => NaiveProfile {
                    founder: ids_left[0].clone(),
                    created_ms: time,
                    first_message_id: message_id.to_owned(),
                    members: BTreeMap::new(),
                    merged: BTreeSet::new(),
                },
                Some(oldest) => oldest.clone(),
            };
            for other in joined.iter().skip(1) {
                profile.merged.insert(other.founder.clone());
                profile.merged.extend(other.merged.clone());
            }
            profile.members = union;
            profiles.push(profile);
            return;
        }
    }

    fn fits(&self, union: &BTreeMap<Id, (i64, String, bool)>, time: i64) -> bool {
        let active: Vec<_> = union.iter().filter(|(_, (_, _, removed))| !removed).collect();
        let rules = self.rules.rules();
        let within_limits = rules.types.iter().all(|rule| {
            let values = active.iter().filter(|((identifier, _), (since, _, _))| {
                let is_type = identifier.kind == rule.kind && identifier.collection == rule.collection;
                is_type && rule.limit.window.millis().is_none_or(|length| time - length < *since)
            });
            values.count() <= rule.limit.values as usize
        });
        let holds = |side: &[OwnedIdentifier]| active.iter().any(|((identifier, _), _)| side.contains(identifier));
        let apart = self.decisions.apart.iter().all(|(left, right)| !(holds(left) && holds(right)));
        within_limits && apart && active.len() <= rules.caps.mappings as usize
    }
}
