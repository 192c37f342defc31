//! Undoing a removal: what was seen of the identifier since is again its own.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::fragment::{Fragment, SetKey};
use crate::profile_id::ProfileId;
use crate::store::{Store, StoreError};

use super::super::IdentityGraph;
use super::super::changes::Change;
use super::super::constraints::Constraints;
use super::super::moment::Moment;
use super::super::operation::OperationRecord;
use super::super::records::{IdentifierRecord, SetMember, SightingRecord, encode_set, keys};
use super::{Does, Plan, Writes};

/// A sighting that gets another set.
struct Renamed {
    from: SetKey,
    from_set: Rc<[SetMember]>,
    to: SetKey,
    to_set: Rc<[SetMember]>,
    day: u32,
    record: SightingRecord,
}

impl<S: Store> IdentityGraph<S> {
    pub(super) fn plan_undo_removal(
        &self,
        undone: OperationRecord,
        first: Fragment,
        life: Fragment,
        at_ms: i64,
    ) -> Result<Plan, StoreError> {
        let later = self.state.key.later_life(first, undone.number);
        // The life before may itself have been undone meanwhile.
        let life = self.state.constraints.lives.home(life);
        let mut writes = Vec::new();
        let mut renamed = Vec::new();
        for from in self.state.sets_of(later)? {
            let from_set: Rc<[SetMember]> = self.state.set(from)?.into();
            let rename = |member: &SetMember| match member.fragment == later {
                true => SetMember { fragment: life, ..*member },
                false => *member,
            };
            let to_set: Rc<[SetMember]> = from_set.iter().map(rename).collect();
            let to = SetKey::of(to_set.iter().map(|member| member.fragment));
            self.rename_set(from, &from_set, to, &to_set, later, life, &mut writes)?;
            for (day, record) in self.state.sightings(from)? {
                let (from_set, to_set) = (from_set.clone(), to_set.clone());
                renamed.push(Renamed { from, from_set, to, to_set, day, record });
            }
        }
        let days = self.first_of_days(&renamed)?;
        let requarantined = self.requarantined(&mut writes)?;
        let adjust = |constraints: &mut Constraints| {
            for (fragment, is_quarantined) in &requarantined {
                match is_quarantined {
                    true => constraints.quarantined.insert(*fragment),
                    false => constraints.quarantined.remove(fragment),
                };
            }
        };
        let mut plan = self.plan_with(Does::Undo(undone), adjust, |replay| {
            for fragment in requarantined.keys() {
                replay.touch(*fragment)?;
            }
            replay.retire(life, at_ms);
            for sighting in &renamed {
                replay.remove(sighting.from, sighting.from_set.clone(), sighting.day, sighting.record.clone());
            }
            for ((to, day), (replaced, set, record)) in days {
                if let Some(replaced) = replaced {
                    replay.remove(to, set.clone(), day, replaced);
                }
                replay.insert(to, set, day, record);
            }
            Ok(())
        })?;
        let held = plan.replayed.holders.iter().find(|(fragment, _)| *fragment == life);
        let founder = held.map_or_else(|| self.state.founder(life), |(_, founder)| *founder);
        let profile = founder.map(ProfileId::of_founder);
        plan.changes.extend(profile.map(|profile| Change::Restored { fragment: life, profile }));
        plan.forget = renamed.iter().flat_map(|sighting| [sighting.from, sighting.to]).collect();
        for fragment in requarantined.into_keys() {
            plan.forget.extend(self.state.sets_of(fragment)?);
        }
        plan.writes = writes;
        Ok(plan)
    }

    /// Identifiers that are in too many sets now, or no longer; their records are written too.
    fn requarantined(&self, writes: &mut Writes) -> Result<BTreeMap<Fragment, bool>, StoreError> {
        let sets_max = u64::from(self.state.rules.rules().hairballs.sets);
        let constraints = &self.state.constraints;
        let mut counted = BTreeMap::new();
        for (key, value) in writes.iter().filter(|(key, _)| key.starts_with(keys::IDENTIFIERS)) {
            if let Some(value) = value {
                // The last one written counts.
                counted.insert(keys::fragment_of(key)?, IdentifierRecord::decode(value)?);
            }
        }
        let mut changed = BTreeMap::new();
        for (fragment, record) in counted {
            let is_over = record.sets > sets_max && !self.state.rules.is_blocked(&record.identifier);
            let is_quarantined = is_over && !constraints.is_released(fragment);
            if is_quarantined != constraints.quarantined.contains(&fragment) {
                writes.push((keys::quarantine(fragment), is_quarantined.then(Vec::new)));
                changed.insert(fragment, is_quarantined);
            }
        }
        Ok(changed)
    }

    /// For each set and day the sighting that is the first one now, with the one it replaces; none where the first one is
    /// there already.
    #[expect(clippy::type_complexity, reason = "it is taken apart by its one caller")]
    fn first_of_days(
        &self,
        renamed: &[Renamed],
    ) -> Result<BTreeMap<(SetKey, u32), (Option<SightingRecord>, Rc<[SetMember]>, SightingRecord)>, StoreError> {
        let mut firsts: BTreeMap<(SetKey, u32), (Rc<[SetMember]>, SightingRecord)> = BTreeMap::new();
        let moment = |record: &SightingRecord, set: SetKey| -> Moment { record.moment(set) };
        for sighting in renamed {
            let place = (sighting.to, sighting.day);
            let is_first = firsts
                .get(&place)
                .is_none_or(|(_, known)| moment(&sighting.record, sighting.to) < moment(known, sighting.to));
            if is_first {
                firsts.insert(place, (sighting.to_set.clone(), sighting.record.clone()));
            }
        }
        let mut days = BTreeMap::new();
        for ((to, day), (set, record)) in firsts {
            let stored = self.state.stored.get(&keys::sighting(to, day))?;
            let stored = stored.map(|bytes| SightingRecord::decode(&bytes)).transpose()?;
            if stored.as_ref().is_none_or(|stored| moment(&record, to) < moment(stored, to)) {
                days.insert((to, day), (stored, set, record));
            }
        }
        Ok(days)
    }

    #[expect(clippy::too_many_arguments, reason = "two names of one set, and where to write")]
    fn rename_set(
        &self,
        from: SetKey,
        from_set: &[SetMember],
        to: SetKey,
        to_set: &[SetMember],
        later: Fragment,
        life: Fragment,
        writes: &mut Writes,
    ) -> Result<(), StoreError> {
        writes.push((keys::set(from), None));
        writes.extend(from_set.iter().map(|member| (keys::in_set(member.fragment, from), None)));
        let is_known = self.state.known_set(to)?.is_some();
        if !is_known {
            writes.push((keys::set(to), Some(encode_set(to_set))));
            writes.extend(to_set.iter().map(|member| (keys::in_set(member.fragment, to), Some(Vec::new()))));
        }
        for member in from_set {
            // The set counts once less under its old name, and once more under a new one.
            let (counted, change) = match (member.fragment == later, is_known) {
                (true, false) => (life, 1),
                (true, true) => continue,
                (false, true) => (member.fragment, -1),
                (false, false) => continue,
            };
            let key = keys::identifier(counted);
            let written = writes.iter().rev().find(|(written, _)| *written == key).and_then(|(_, value)| value.clone());
            let bytes = match written {
                Some(bytes) => Some(bytes),
                None => self.state.stored.get(&key)?,
            };
            let bytes = bytes.ok_or(StoreError::Record("an identifier is missing"))?;
            let mut record = IdentifierRecord::decode(&bytes)?;
            record.sets = record.sets.saturating_add_signed(change);
            writes.push((key, Some(record.encode())));
        }
        Ok(())
    }
}
