//! One event: whose is it, and what does it change.

use std::rc::Rc;

use crate::extraction::{Extracted, IDENTIFIERS_MAX};
use crate::fragment::{Fragment, SetKey};
use crate::identifier::{Collection, Identifier};
use crate::profile_id::ProfileId;
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::changes::Change;
use super::flat_matching::Matching;
use super::records::{IdentifierRecord, SetMember, SetRecord, SightingRecord, encode_set, keys};
use super::replay::{Replay, candidates};
use super::seen::owner_tag;

/// An event as it comes to the graph.
#[derive(Clone, Copy, Debug)]
pub struct IdentifiedEvent<'a> {
    pub message_id: &'a str,
    pub source: &'a str,
    /// In milliseconds since 1970.
    pub timestamp_ms: i64,
    /// When it was accepted: a property of the event, the same whenever it is read.
    pub received_at_ms: i64,
    /// Each once, at most [`IDENTIFIERS_MAX`]; what is beyond is not looked at.
    pub identifiers: &'a [Identifier<'a>],
}

/// Where an event belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// As it is right after the event was taken.
    pub profile: ProfileId,
    /// The event's identifier of the highest priority. It is never dropped, so what the event says is collected under it,
    /// whatever becomes of profiles later.
    pub owner: Fragment,
}

/// What came of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resolved {
    /// None where no identifier of a user may join profiles.
    pub user: Option<Place>,
    /// The account of a group call, or that the event names. User and account of one event are linked.
    pub account: Option<Place>,
    /// Empty for most events.
    pub changes: Vec<Change>,
    /// Identifiers that were seen in too many sets with this event.
    pub quarantined: Vec<Fragment>,
    /// Identifiers that no event had before: nothing can be stored of them yet.
    pub first_seen: Vec<Fragment>,
}

impl Extracted<'_> {
    pub fn event<'a>(&'a self, source: &'a str) -> IdentifiedEvent<'a> {
        IdentifiedEvent {
            message_id: &self.message_id,
            source,
            timestamp_ms: self.timestamp_ms,
            received_at_ms: self.received_at_ms,
            identifiers: &self.identifiers,
        }
    }
}

/// The day of sets of one identifier.
pub(super) const ONLY_DAY: u32 = 0;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
const HOUR_MS: i64 = 60 * 60 * 1_000;

/// The day that a sighting is the first of. Days before 1970 share the first one and days far ahead the last.
pub(super) fn day(identifiers: usize, time_ms: i64) -> u32 {
    if identifiers == 1 { ONLY_DAY } else { time_ms.div_euclid(DAY_MS).clamp(0, i64::from(u32::MAX)) as u32 }
}

impl<S: Store> IdentityGraph<S> {
    /// Takes one event. Events may come in any order and more than once.
    ///
    /// After an error nothing is known of this event and the graph is not to be used further: open it again.
    pub fn resolve(&mut self, event: &IdentifiedEvent<'_>) -> Result<Resolved, StoreError> {
        let time_ms = self.time_ms(event);
        self.state.newest_ms = self.state.newest_ms.max(time_ms);
        let mut resolved = Resolved::default();
        let identifiers = &event.identifiers[..event.identifiers.len().min(IDENTIFIERS_MAX)];
        resolved.user = self.resolve_in(Collection::Users, identifiers, event, time_ms, &mut resolved)?;
        if identifiers.iter().any(|identifier| identifier.collection == Collection::Accounts) {
            resolved.account = self.resolve_in(Collection::Accounts, identifiers, event, time_ms, &mut resolved)?;
        }
        Ok(resolved)
    }

    /// The time that counts: the event's own, or that of its arrival where it claims to be from the future or is later
    /// than the rules allow.
    pub fn time_ms(&self, event: &IdentifiedEvent<'_>) -> i64 {
        if self.is_beyond_horizon(event) { event.received_at_ms } else { event.timestamp_ms.min(event.received_at_ms) }
    }

    fn is_beyond_horizon(&self, event: &IdentifiedEvent<'_>) -> bool {
        let late_ms = i64::from(self.state.rules.rules().lateness.late_hours) * HOUR_MS;
        event.received_at_ms.saturating_sub(event.timestamp_ms) > late_ms
    }

    fn resolve_in(
        &mut self,
        collection: Collection,
        identifiers: &[Identifier<'_>],
        event: &IdentifiedEvent<'_>,
        time_ms: i64,
        resolved: &mut Resolved,
    ) -> Result<Option<Place>, StoreError> {
        let mut fragments = [Fragment::from_u128(0); IDENTIFIERS_MAX];
        let mut count = 0;
        for identifier in identifiers.iter().filter(|identifier| identifier.collection == collection) {
            let first = self.state.key.fragment(identifier);
            fragments[count] = self.state.constraints.lives.at(first, time_ms);
            count += 1;
        }
        let fragments = &fragments[..count];
        if fragments.is_empty() {
            return Ok(None);
        }
        let set = SetKey::of(fragments.iter().copied());
        if let Some(tag) = self.state.seen.owner(set, count == 1, time_ms)
            && let Some(owner) = fragments.iter().copied().find(|fragment| owner_tag(*fragment) == tag)
            && let Some(founder) = self.state.founder(owner)
        {
            return Ok(Some(Place { profile: ProfileId::of_founder(founder), owner }));
        }
        let identifiers: Vec<_> = identifiers
            .iter()
            .filter(|identifier| identifier.collection == collection)
            .zip(fragments.iter().copied())
            .collect();
        self.sight(set, &identifiers, event, time_ms, resolved)
    }

    /// An event whose set was not seen on its day before, as far as memory tells.
    fn sight(
        &mut self,
        key: SetKey,
        identifiers: &[(&Identifier<'_>, Fragment)],
        event: &IdentifiedEvent<'_>,
        time_ms: i64,
        resolved: &mut Resolved,
    ) -> Result<Option<Place>, StoreError> {
        let records = self.records(identifiers)?;
        // A set with an identifier that was never seen was never seen.
        let is_new_to_all = records.iter().flatten().any(Option::is_none);
        let known = if is_new_to_all { None } else { self.state.known_set(key)? };
        let is_new = known.is_none();
        let set: Rc<[SetMember]> = known.unwrap_or_else(|| self.make_set(identifiers)).into();
        let day = day(set.len(), time_ms);
        let record =
            SightingRecord { time_ms, message_id: event.message_id.into(), source: event.source.into(), kept: 0 };
        let before = match is_new {
            true => None,
            false => self.state.stored.get(&keys::sighting(key, day))?,
        };
        let before = before.map(|bytes| SightingRecord::decode(&bytes)).transpose()?;
        let is_first = before.as_ref().is_none_or(|before| record.moment(key) < before.moment(key));
        if is_first {
            let quarantined =
                if is_new { self.add_set(key, &set, identifiers, records, resolved)? } else { Vec::new() };
            let mut replay = Replay::new(&self.state, &self.state.constraints);
            for fragment in &quarantined {
                replay.touch(*fragment)?;
            }
            if let Some(before) = &before {
                replay.remove(key, set.clone(), day, before.clone());
            }
            replay.insert(key, set.clone(), day, record);
            let replayed = replay.run()?;
            for fragment in &quarantined {
                for set in self.state.sets_of(*fragment)? {
                    self.state.seen.forget(set);
                }
            }
            resolved.changes.extend(self.commit(replayed));
            resolved.quarantined.extend(quarantined);
            self.note_time(&set, event, time_ms);
        }
        let matching = self.matching();
        let Some(owner) = candidates(key, &set, &matching).first().map(|owner| owner.fragment) else { return Ok(None) };
        let first_ms = if is_first { time_ms } else { before.map_or(time_ms, |before| before.time_ms) };
        self.state.seen.put(key, first_ms, owner);
        Ok(self.state.founder(owner).map(|founder| Place { profile: ProfileId::of_founder(founder), owner }))
    }

    pub(super) fn matching(&self) -> Matching<'_> {
        Matching { kinds: &self.state.kinds, caps: self.state.rules.rules().caps, constraints: &self.state.constraints }
    }

    fn make_set(&mut self, identifiers: &[(&Identifier<'_>, Fragment)]) -> SetRecord {
        let mut identifiers = identifiers.to_vec();
        identifiers.sort_by_key(|(identifier, _)| *identifier);
        let members = identifiers.into_iter().map(|(identifier, fragment)| SetMember {
            fragment,
            kind: self.state.kind(identifier.collection, &identifier.kind),
            is_blocked: self.state.rules.is_blocked(identifier),
        });
        members.collect()
    }

    /// What is stored of identifiers of which one may never have been seen; nothing where all were.
    fn records(
        &self,
        identifiers: &[(&Identifier<'_>, Fragment)],
    ) -> Result<Vec<Option<Option<IdentifierRecord>>>, StoreError> {
        let is_known = |fragment| self.state.index.get(fragment).is_some();
        if identifiers.iter().all(|(_, fragment)| is_known(*fragment)) {
            return Ok(vec![None; identifiers.len()]);
        }
        identifiers.iter().map(|(_, fragment)| self.state.identifier(*fragment).map(Some)).collect()
    }

    /// Stores a new set, and gives those of its members that were seen in too many by now. `records` are those of the
    /// identifiers, as far as they were read.
    fn add_set(
        &mut self,
        key: SetKey,
        set: &[SetMember],
        identifiers: &[(&Identifier<'_>, Fragment)],
        mut records: Vec<Option<Option<IdentifierRecord>>>,
        resolved: &mut Resolved,
    ) -> Result<Vec<Fragment>, StoreError> {
        let sets_max = u64::from(self.state.rules.rules().hairballs.sets);
        let mut quarantined = Vec::new();
        self.state.stored.put(keys::set(key), Some(encode_set(set)));
        for member in set {
            let fragment = member.fragment;
            let place = identifiers.iter().position(|(_, known)| *known == fragment);
            let place = place.expect("a set is made of the event's identifiers");
            let record = match records[place].take() {
                Some(record) => record,
                None => self.state.identifier(fragment)?,
            };
            let mut record = match record {
                Some(record) => record,
                None => {
                    if !member.is_blocked {
                        self.state.index.seen_until(fragment, 0);
                    }
                    resolved.first_seen.push(fragment);
                    IdentifierRecord { identifier: identifiers[place].0.clone().into_owned(), sets: 0 }
                }
            };
            record.sets += 1;
            self.state.stored.put(keys::identifier(fragment), Some(record.encode()));
            self.state.stored.put(keys::in_set(fragment, key), Some(Vec::new()));
            let constraints = &mut self.state.constraints;
            let is_hairball = record.sets > sets_max && !member.is_blocked;
            if is_hairball && !constraints.released.contains_key(&fragment) && constraints.quarantined.insert(fragment)
            {
                self.state.stored.put(keys::quarantine(fragment), Some(Vec::new()));
                quarantined.push(fragment);
            }
        }
        Ok(quarantined)
    }

    /// Remembers how far time has come, for the members of a set and for all.
    fn note_time(&mut self, set: &[SetMember], event: &IdentifiedEvent<'_>, time_ms: i64) {
        let last = u32::try_from(time_ms.div_euclid(1_000) + 1).unwrap_or(if time_ms < 0 { 0 } else { u32::MAX });
        for member in set.iter().filter(|member| !member.is_blocked) {
            self.state.index.seen_until(member.fragment, last);
        }
        let meta = &mut self.state.meta;
        let is_beyond = event.timestamp_ms != time_ms && event.timestamp_ms < event.received_at_ms;
        meta.beyond_horizon += u64::from(is_beyond);
        if is_beyond || time_ms > meta.newest_ms {
            meta.newest_ms = meta.newest_ms.max(time_ms);
            self.state.stored.put(keys::META.to_vec(), Some(self.state.meta.encode()));
        }
    }
}
