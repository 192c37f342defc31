//! Decides again, in the order of time, exactly those events whose outcome may have changed.
//!
//! The graph as it is stored is one timeline: for every profile the joins that made it, so that a profile can be shown as
//! it was at any moment ([`Group::at`]). A replay is a second timeline that differs from it by some seeds: events that are
//! new, gone, or to be decided again under other constraints. It begins at the first seed and goes on in order.
//!
//! An identifier is *dirty* from the moment on at which its profile is not what the stored timeline says. Only then does
//! the replay hold its profile itself; of all others it looks at the stored timeline, at the moment in question. When an
//! identifier becomes dirty, all later events with it are put into the queue. So every event is decided again that has a
//! dirty identifier, and no other: an event without one has the same profiles before it as in the stored timeline, so its
//! outcome is the same.
//!
//! An event that comes in order finds nothing later to decide, and a replay of it is one decision.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use crate::fragment::{Fragment, SetKey};
use crate::store::{Store, StoreError};

use super::constraints::Constraints;
use super::flat_matching::{Candidate, Matching};
use super::group::{Group, Join, Member};
use super::moment::Moment;
use super::records::{SetMember, SightingRecord};
use super::state::State;

/// A replay under way.
pub(super) struct Replay<'g, S> {
    state: &'g State<S>,
    is_from_nothing: bool,
    matching: Matching<'g>,
    /// Whole profiles of the stored timeline, by founder.
    stored: HashMap<Fragment, Rc<Group>>,
    /// Dirty identifiers, and which of `groups` holds them.
    dirty: HashMap<Fragment, Option<usize>>,
    groups: Vec<Option<Rc<Group>>>,
    queue: BTreeMap<Moment, Pending>,
    decided: Vec<Decided>,
}

/// Something to be decided.
#[derive(Clone, Debug)]
enum Pending {
    Sighting(PendingSighting),
    /// The life of a member ends at another time than in the stored timeline.
    Retire(Fragment),
}

#[derive(Clone, Debug)]
struct PendingSighting {
    set: Rc<[SetMember]>,
    day: u32,
    record: SightingRecord,
    /// How it came out in the stored timeline.
    stored_kept: Option<u32>,
    /// It is not in the new timeline.
    is_gone: bool,
}

/// A sighting whose record changes.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    pub(super) set: SetKey,
    pub(super) day: u32,
    /// None where the sighting is gone.
    pub(super) record: Option<SightingRecord>,
}

/// How the new timeline ends.
#[derive(Debug, Default)]
pub(super) struct Replayed {
    /// All identifiers whose profile may be another, with the founder of their profile now.
    pub(super) holders: Vec<(Fragment, Option<Fragment>)>,
    /// The profiles that hold them.
    pub(super) groups: Vec<Rc<Group>>,
    pub(super) decided: Vec<Decided>,
}

impl<'g, S: Store> Replay<'g, S> {
    pub(super) fn new(state: &'g State<S>, constraints: &'g Constraints) -> Self {
        let caps = state.rules.rules().caps;
        let matching = Matching { kinds: &state.kinds, caps, constraints };
        Self { is_from_nothing: false, ..Self::from_nothing(state, matching) }
    }

    /// A replay beside which there is no stored timeline: it has to be given all events.
    pub(super) fn from_nothing(state: &'g State<S>, matching: Matching<'g>) -> Self {
        Self {
            state,
            is_from_nothing: true,
            matching,
            stored: HashMap::new(),
            dirty: HashMap::new(),
            groups: Vec::new(),
            queue: BTreeMap::new(),
            decided: Vec::new(),
        }
    }

    /// A sighting that the stored timeline does not have.
    pub(super) fn insert(&mut self, key: SetKey, set: Rc<[SetMember]>, day: u32, record: SightingRecord) {
        let moment = record.moment(key);
        let sighting = PendingSighting { set, day, record, stored_kept: None, is_gone: false };
        self.queue.insert(moment, Pending::Sighting(sighting));
    }

    /// A sighting of the stored timeline that is not in the new one.
    pub(super) fn remove(&mut self, key: SetKey, set: Rc<[SetMember]>, day: u32, record: SightingRecord) {
        let moment = record.moment(key);
        let sighting = PendingSighting { set, day, stored_kept: Some(record.kept), record, is_gone: true };
        self.queue.insert(moment, Pending::Sighting(sighting));
    }

    /// All sightings of a set are decided again.
    pub(super) fn touch_set(&mut self, key: SetKey) -> Result<(), StoreError> {
        self.enqueue_set(key, None)
    }

    /// All sightings with an identifier are decided again.
    pub(super) fn touch(&mut self, fragment: Fragment) -> Result<(), StoreError> {
        for set in self.state.sets_of(fragment)? {
            self.touch_set(set)?;
        }
        Ok(())
    }

    /// From a time on, a member's life ends or goes on as the constraints say.
    pub(super) fn retire(&mut self, fragment: Fragment, at_ms: i64) {
        let moment = Moment { time_ms: at_ms, message_id: "".into(), set: SetKey(fragment.as_u128()) };
        self.queue.insert(moment, Pending::Retire(fragment));
    }

    pub(super) fn run(mut self) -> Result<Replayed, StoreError> {
        while let Some((moment, pending)) = self.queue.pop_first() {
            match pending {
                Pending::Sighting(sighting) => self.decide(&moment, sighting)?,
                Pending::Retire(fragment) => {
                    self.make_dirty(fragment, &moment)?;
                    if let Some(at) = self.dirty[&fragment] {
                        self.member(at, fragment).retired_ms = self.matching.constraints.lives.end(fragment);
                    }
                }
            }
        }
        Ok(self.finish())
    }

    fn decide(&mut self, moment: &Moment, sighting: PendingSighting) -> Result<(), StoreError> {
        let candidates =
            if sighting.is_gone { Vec::new() } else { candidates(moment.set, &sighting.set, &self.matching) };
        let owners = candidates.iter().map(|candidate| self.owner_at(candidate.fragment, moment));
        let owners = owners.collect::<Result<Vec<_>, _>>()?;
        let kept = self.matching.kept(&candidates, &owners, moment.time_ms);
        let kept_bits = bits(&sighting.set, &candidates[..kept]);
        let is_as_stored = !sighting.is_gone && sighting.stored_kept == Some(kept_bits);
        let is_clean = candidates[..kept].iter().all(|candidate| !self.dirty.contains_key(&candidate.fragment));
        // Of a new sighting that joins nothing only the record is new.
        let joins_nothing = sighting.stored_kept.is_none() && is_one_profile(&owners[..kept]);
        if !(is_clean && (is_as_stored || joins_nothing)) {
            let stored = sighting.stored_kept.unwrap_or_default();
            for (member, bit) in sighting.set.iter().zip(0..) {
                if (stored | kept_bits) >> bit & 1 == 1 {
                    self.make_dirty(member.fragment, moment)?;
                }
            }
            self.join(moment, &sighting.record.source, &candidates[..kept]);
        }
        if !is_as_stored {
            let record = SightingRecord { kept: kept_bits, ..sighting.record };
            let record = (!sighting.is_gone).then_some(record);
            self.decided.push(Decided { set: moment.set, day: sighting.day, record });
        }
        Ok(())
    }

    /// Makes one profile of dirty identifiers.
    fn join(&mut self, moment: &Moment, source: &str, kept: &[Candidate]) {
        if kept.is_empty() {
            return;
        }
        let mut holders: Vec<usize> = kept.iter().filter_map(|candidate| self.dirty[&candidate.fragment]).collect();
        holders.sort_unstable();
        holders.dedup();
        let created = |at: usize| &self.groups[at].as_ref().expect("members point at living groups").created;
        holders.sort_by(|one, other| created(*one).cmp(created(*other)));
        let fresh = kept.iter().filter(|candidate| self.dirty[&candidate.fragment].is_none());
        let fresh: Vec<_> = fresh.map(|candidate| (candidate.fragment, candidate.kind)).collect();
        let target = match holders.split_first() {
            Some((_, [])) if fresh.is_empty() => return,
            None => {
                self.groups.push(Some(Rc::new(Group::create(moment.clone(), source, &fresh))));
                self.groups.len() - 1
            }
            Some((&target, others)) => {
                let mut group = self.take(target);
                for other in others {
                    let other = self.take(*other);
                    for member in &other.members {
                        self.dirty.insert(member.fragment, Some(target));
                    }
                    group.absorb(other);
                }
                let kept = kept.iter().map(|candidate| candidate.fragment).collect();
                group.add(&fresh, Join { moment: moment.clone(), source: source.into(), kept });
                self.groups[target] = Some(Rc::new(group));
                target
            }
        };
        for (fragment, _) in fresh {
            self.dirty.insert(fragment, Some(target));
            // It may have been removed later than now.
            if let Some(end_ms) = self.matching.constraints.lives.end(fragment) {
                self.member(target, fragment).retired_ms = Some(end_ms);
            }
        }
    }

    fn member(&mut self, at: usize, fragment: Fragment) -> &mut Member {
        let group = Rc::make_mut(self.groups[at].as_mut().expect("members point at living groups"));
        group.members.iter_mut().find(|member| member.fragment == fragment).expect("a group holds its members")
    }

    fn take(&mut self, at: usize) -> Group {
        let group = self.groups[at].take().expect("members point at living groups");
        Rc::try_unwrap(group).unwrap_or_else(|shared| (*shared).clone())
    }

    /// The profile that holds an identifier right before a moment.
    fn owner_at(&mut self, fragment: Fragment, moment: &Moment) -> Result<Option<Rc<Group>>, StoreError> {
        match self.dirty.get(&fragment) {
            Some(at) => Ok(at.and_then(|at| self.groups[at].clone())),
            None => self.stored_at(fragment, moment),
        }
    }

    fn stored_at(&mut self, fragment: Fragment, moment: &Moment) -> Result<Option<Rc<Group>>, StoreError> {
        if self.is_from_nothing {
            return Ok(None);
        }
        let Some(founder) = self.state.founder(fragment) else { return Ok(None) };
        let whole = match self.stored.get(&founder) {
            Some(whole) => whole.clone(),
            None => {
                let whole = Rc::new(self.state.group(founder)?);
                self.stored.insert(founder, whole.clone());
                whole
            }
        };
        if whole.is_whole_at(moment) {
            return Ok(Some(whole));
        }
        Ok(whole.at(fragment, moment).map(Rc::new))
    }

    /// From a moment on the replay holds the identifier's profile, with all that belong to it then.
    fn make_dirty(&mut self, fragment: Fragment, moment: &Moment) -> Result<(), StoreError> {
        if self.dirty.contains_key(&fragment) {
            return Ok(());
        }
        match self.stored_at(fragment, moment)? {
            None => {
                self.dirty.insert(fragment, None);
                self.enqueue(fragment, moment)
            }
            Some(group) => {
                let at = self.groups.len();
                let members: Vec<_> = group.members.iter().map(|member| member.fragment).collect();
                self.groups.push(Some(group));
                self.dirty.extend(members.iter().map(|member| (*member, Some(at))));
                members.into_iter().try_for_each(|member| self.enqueue(member, moment))
            }
        }
    }

    /// All later sightings with an identifier.
    fn enqueue(&mut self, fragment: Fragment, moment: &Moment) -> Result<(), StoreError> {
        if self.is_from_nothing || self.state.has_nothing_after(fragment, moment.time_ms) {
            return Ok(());
        }
        for set in self.state.sets_of(fragment)? {
            self.enqueue_set(set, Some(moment))?;
        }
        Ok(())
    }

    fn enqueue_set(&mut self, key: SetKey, after: Option<&Moment>) -> Result<(), StoreError> {
        let sightings = self.state.sightings(key)?;
        let mut later =
            sightings.into_iter().filter(|(_, record)| after.is_none_or(|after| record.moment(key) > *after));
        let Some(first) = later.next() else { return Ok(()) };
        let set: Rc<[SetMember]> = self.state.set(key)?.into();
        for (day, record) in std::iter::once(first).chain(later) {
            let set = set.clone();
            let pending = PendingSighting { set, day, stored_kept: Some(record.kept), record, is_gone: false };
            let moment = pending.record.moment(key);
            self.queue.entry(moment).or_insert(Pending::Sighting(pending));
        }
        Ok(())
    }

    fn finish(mut self) -> Replayed {
        let mut groups = Vec::new();
        for group in self.groups.iter_mut().flatten() {
            Rc::make_mut(group).settle();
            groups.push(group.clone());
        }
        groups.sort_by_key(|group| group.founder);
        let founder = |at: &usize| self.groups[*at].as_ref().expect("members point at living groups").founder;
        let mut holders: Vec<_> =
            self.dirty.iter().map(|(fragment, at)| (*fragment, at.as_ref().map(founder))).collect();
        holders.sort_unstable();
        debug_assert!(
            self.is_from_nothing || self.holds_whole_profiles(),
            "whoever is dirty makes all who join it dirty"
        );
        Replayed { holders, groups, decided: self.decided }
    }

    /// Whether all members of each stored profile with a dirty member are dirty.
    fn holds_whole_profiles(&self) -> bool {
        let founders: HashSet<_> = self.dirty.keys().filter_map(|fragment| self.state.founder(*fragment)).collect();
        founders.into_iter().all(|founder| {
            let group = self.state.group(founder).ok();
            group.is_none_or(|group| group.members.iter().all(|member| self.dirty.contains_key(&member.fragment)))
        })
    }
}

/// Identifiers of a set that may join profiles, the highest priority first.
pub(super) fn candidates(key: SetKey, set: &[SetMember], matching: &Matching<'_>) -> Vec<Candidate> {
    let allowed = set.iter().filter(|member| !member.is_blocked && matching.constraints.allows(member.fragment));
    let mut candidates: Vec<_> =
        allowed.map(|member| Candidate { fragment: member.fragment, kind: member.kind }).collect();
    // Stable: those of one type stay in the order of their values.
    candidates.sort_by_key(|candidate| matching.kinds.get(candidate.kind).place);
    if matching.constraints.disregards(key, set) {
        candidates.truncate(1);
    }
    candidates
}

fn bits(set: &[SetMember], kept: &[Candidate]) -> u32 {
    let is_kept = |member: &SetMember| kept.iter().any(|kept| kept.fragment == member.fragment);
    set.iter().zip(0..).map(|(member, bit)| u32::from(is_kept(member)) << bit).sum()
}

fn is_one_profile(owners: &[Option<Rc<Group>>]) -> bool {
    let Some((Some(first), rest)) = owners.split_first() else { return owners.is_empty() };
    rest.iter().all(|owner| owner.as_ref().is_some_and(|owner| owner.founder == first.founder))
}
