//! What people may do to the graph: planned first, so that it can be looked at, then carried out.

mod undo_removal;

use std::collections::BTreeSet;

use thiserror::Error;

use crate::fragment::{Fragment, SetKey};
use crate::identifier::{Collection, Identifier};
use crate::profile_id::ProfileId;
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::changes::Change;
use super::commit::changes;
use super::constraints::Constraints;
use super::load::{all, decode_operation};
use super::operation::{Cause, Operation, OperationNumber, OperationRecord};
use super::records::{IdentifierRecord, keys};
use super::replay::{Replay, Replayed};

/// An operation and what it would do. Nothing has happened yet.
#[derive(Debug)]
pub struct Plan {
    revision: u64,
    does: Does,
    constraints: Constraints,
    replayed: Replayed,
    changes: Vec<Change>,
    /// Records beside those of the replay.
    writes: Writes,
    /// Sets whose events may belong to another identifier now.
    forget: Vec<SetKey>,
}

type Writes = Vec<(Vec<u8>, Option<Vec<u8>>)>;

#[derive(Debug)]
enum Does {
    Carry(Operation),
    Undo(OperationRecord),
}

/// Why an operation cannot be planned.
#[derive(Debug, Error)]
pub enum PlanError {
    #[error("there is no such profile")]
    NoProfile,
    #[error("{0} was never seen")]
    NoIdentifier(String),
    #[error("both sides have to hold at least one identifier, and none the same")]
    Sides,
    #[error("no events have exactly these identifiers")]
    NoSet,
    #[error("{0} is not in quarantine")]
    NotInQuarantine(String),
    #[error("there is no operation {0} in force")]
    NoOperation(OperationNumber),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an identifier cannot be removed from a profile.
#[derive(Debug, Error)]
pub enum RemoveError {
    #[error("no profile has the identifier that it was looked up by")]
    NoProfile,
    #[error("the profile has no such identifier")]
    NoIdentifier,
    #[error("the identifier that a profile is looked up by cannot be removed from it")]
    LookupId,
    #[error("the last user_id of a profile cannot be removed")]
    LastUserId,
    #[error("a group_id cannot be removed")]
    GroupId,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why a plan was not carried out.
#[derive(Debug, Error)]
#[error("the graph has changed since this was planned; plan it again")]
pub struct CarryOutError;

impl Plan {
    /// What will be different.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// Profiles that are another after it than before, those that end and begin included.
    pub fn profiles(&self) -> BTreeSet<ProfileId> {
        let touched = self.changes.iter().flat_map(|change| match *change {
            Change::Created { profile } | Change::Ended { profile } => [profile, profile],
            Change::Mapped { profile, .. } | Change::Unmapped { profile, .. } => [profile, profile],
            Change::Removed { profile, .. } | Change::Restored { profile, .. } => [profile, profile],
            Change::Moved { from, to, .. } => [from, to],
            Change::Merged { from, into } => [from, into],
            Change::Split { from, new } => [from, new],
        });
        touched.collect()
    }
}

impl<S: Store> IdentityGraph<S> {
    /// Removes an identifier from the profile that another one finds. History, traits and merges stay; lookups by it find
    /// nothing until it is seen on an event again. No event that was resolved was accepted after `now_ms`.
    pub fn plan_removal(
        &self,
        lookup: &Identifier<'_>,
        removed: &Identifier<'_>,
        now_ms: i64,
    ) -> Result<Plan, RemoveError> {
        let profile = self.profile_of(lookup).ok_or(RemoveError::NoProfile)?;
        if removed == lookup {
            return Err(RemoveError::LookupId);
        }
        if removed.collection == Collection::Accounts && removed.kind == "group_id" {
            return Err(RemoveError::GroupId);
        }
        let first = self.state.key.fragment(removed);
        let life = self.state.constraints.lives.now(first);
        if self.holder(life) != Some(profile) {
            return Err(RemoveError::NoIdentifier);
        }
        if removed.collection == Collection::Users && removed.kind == "user_id" {
            let group = self.state.group(profile.founder())?;
            let kind = self.state.kinds.number(Collection::Users, "user_id");
            let active = group.members.iter().filter(|member| Some(member.kind) == kind && member.retired_ms.is_none());
            if active.count() <= 1 {
                return Err(RemoveError::LastUserId);
            }
        }
        // After everything that was seen, so that no event has to be taken again.
        let at_ms = now_ms.max(self.state.newest_ms).max(self.state.meta.newest_ms).saturating_add(1);
        let operation = Operation::Remove { first, life, at_ms };
        let mut plan = self.plan(Does::Carry(operation), |replay| {
            replay.retire(life, at_ms);
            Ok(())
        })?;
        plan.changes.push(Change::Removed { fragment: life, profile });
        Ok(plan)
    }

    /// Keeps identifiers apart: none of the left side is in one profile with one of the right, in all of history. Undoes
    /// the merges that brought them together.
    pub fn plan_apart(&self, left: &[Identifier<'_>], right: &[Identifier<'_>]) -> Result<Plan, PlanError> {
        let sides = [left, right].map(|side| side.iter().map(|identifier| self.known(identifier)).collect());
        let [left, right]: [Result<Vec<Fragment>, PlanError>; 2] = sides;
        self.plan_sides(left?, right?)
    }

    /// Splits a profile: some of its identifiers on one side, the rest on the other.
    pub fn plan_split(&self, profile: ProfileId, side: &[Identifier<'_>]) -> Result<Plan, PlanError> {
        let profile = self.canonical(profile).ok_or(PlanError::NoProfile)?;
        let group = self.state.group(profile.founder())?;
        let side = side.iter().map(|identifier| self.known(identifier)).collect::<Result<Vec<_>, _>>()?;
        let active = group.members.iter().filter(|member| member.retired_ms.is_none());
        let active = active.map(|member| self.state.constraints.lives.first(member.fragment));
        let (left, right): (Vec<_>, Vec<_>) = active.partition(|member| side.contains(member));
        if left.len() != side.len() {
            return Err(PlanError::Sides);
        }
        self.plan_sides(left, right)
    }

    fn plan_sides(&self, mut left: Vec<Fragment>, mut right: Vec<Fragment>) -> Result<Plan, PlanError> {
        [&mut left, &mut right].into_iter().for_each(|side| {
            side.sort_unstable();
            side.dedup();
        });
        if left.is_empty() || right.is_empty() || left.iter().any(|fragment| right.contains(fragment)) {
            return Err(PlanError::Sides);
        }
        let touched = self.profiles_around(left.iter().chain(&right))?;
        self.plan(Does::Carry(Operation::KeepApart { left, right }), |replay| {
            touched.iter().try_for_each(|fragment| replay.touch(*fragment))
        })
        .map_err(PlanError::Store)
    }

    /// Events with exactly this set of identifiers join nothing, in all of history; each belongs to its identifier of the
    /// highest priority.
    pub fn plan_disregard(&self, identifiers: &[Identifier<'_>]) -> Result<Plan, PlanError> {
        let firsts = identifiers.iter().map(|identifier| self.known(identifier)).collect::<Result<Vec<_>, _>>()?;
        let sets = self.sets_in_all_lives(&firsts)?;
        if sets.is_empty() {
            return Err(PlanError::NoSet);
        }
        self.plan(Does::Carry(Operation::Disregard { identifiers: firsts }), |replay| {
            sets.into_iter().try_for_each(|set| replay.touch_set(set))
        })
        .map_err(PlanError::Store)
    }

    /// Takes an identifier out of quarantine, for good.
    pub fn plan_release(&self, identifier: &Identifier<'_>) -> Result<Plan, PlanError> {
        let first = self.known(identifier)?;
        let lives = self.state.constraints.lives.all(first);
        let held: Vec<_> = lives.into_iter().filter(|life| self.state.constraints.quarantined.contains(life)).collect();
        if held.is_empty() {
            return Err(PlanError::NotInQuarantine(identifier.to_string()));
        }
        self.plan_quarantine(Does::Carry(Operation::Release { fragment: first }), held, false).map_err(PlanError::Store)
    }

    fn plan_quarantine(&self, does: Does, lives: Vec<Fragment>, is_quarantined: bool) -> Result<Plan, StoreError> {
        let adjust = |constraints: &mut Constraints| match is_quarantined {
            true => constraints.quarantined.extend(&lives),
            false => constraints.quarantined.retain(|held| !lives.contains(held)),
        };
        let touch = |replay: &mut Replay<'_, S>| lives.iter().try_for_each(|life| replay.touch(*life));
        let mut plan = self.plan_with(does, adjust, touch)?;
        for life in lives {
            plan.writes.push((keys::quarantine(life), is_quarantined.then(Vec::new)));
            plan.forget.extend(self.state.sets_of(life)?);
        }
        Ok(plan)
    }

    /// All sets that these identifiers were, in any of their lives.
    fn sets_in_all_lives(&self, firsts: &[Fragment]) -> Result<Vec<SetKey>, StoreError> {
        let lives = &self.state.constraints.lives;
        let name = SetKey::of(firsts.iter().copied());
        let mut sets = Vec::new();
        let Some(first) = firsts.first() else { return Ok(sets) };
        for life in lives.all(*first) {
            for key in self.state.sets_of(life)? {
                let members = self.state.set(key)?;
                if SetKey::of(members.iter().map(|member| lives.first(member.fragment))) == name {
                    sets.push(key);
                }
            }
        }
        Ok(sets)
    }

    /// Takes an operation back, as if it had never been.
    pub fn plan_undo(&self, number: OperationNumber) -> Result<Plan, PlanError> {
        let record = self.operation(number)?.filter(|record| record.undone.is_none());
        let record = record.ok_or(PlanError::NoOperation(number))?;
        match record.operation.clone() {
            Operation::KeepApart { left, right } => {
                let touched = self.profiles_around(left.iter().chain(&right))?;
                self.plan(Does::Undo(record), |replay| touched.iter().try_for_each(|fragment| replay.touch(*fragment)))
                    .map_err(PlanError::Store)
            }
            Operation::Disregard { identifiers } => {
                let sets = self.sets_in_all_lives(&identifiers)?;
                self.plan(Does::Undo(record), |replay| sets.into_iter().try_for_each(|set| replay.touch_set(set)))
                    .map_err(PlanError::Store)
            }
            Operation::Release { fragment } => {
                let sets_max = u64::from(self.state.rules.rules().hairballs.sets);
                let mut held = Vec::new();
                for life in self.state.constraints.lives.all(fragment) {
                    let record = self.state.identifier(life)?;
                    let is_hairball = |record: &IdentifierRecord| {
                        record.sets > sets_max && !self.state.rules.is_blocked(&record.identifier)
                    };
                    held.extend(record.filter(is_hairball).map(|_| life));
                }
                self.plan_quarantine(Does::Undo(record), held, true).map_err(PlanError::Store)
            }
            Operation::Remove { first, life, at_ms } => {
                self.plan_undo_removal(record, first, life, at_ms).map_err(PlanError::Store)
            }
        }
    }

    /// Carries out what was planned, all of it, if nothing has changed meanwhile.
    pub fn carry_out(&mut self, plan: Plan, cause: Cause) -> Result<(OperationRecord, Vec<Change>), CarryOutError> {
        if plan.revision != self.revision {
            return Err(CarryOutError);
        }
        let record = match plan.does {
            Does::Carry(operation) => {
                self.state.meta.operations += 1;
                OperationRecord { number: self.state.meta.operations, operation, cause, undone: None }
            }
            Does::Undo(record) => OperationRecord { undone: Some(cause), ..record },
        };
        if let Operation::Remove { at_ms, .. } = record.operation {
            self.state.meta.newest_ms = self.state.meta.newest_ms.max(at_ms);
        }
        self.commit(plan.replayed);
        if let (Operation::Remove { first, life, .. }, Some(_)) = (&record.operation, &record.undone) {
            // What was seen of the later life was seen of this one.
            let later = self.state.index.get(self.state.key.later_life(*first, record.number));
            if let Some(later) = later {
                self.state.index.seen_until(plan.constraints.lives.home(*life), later.last);
            }
        }
        self.state.constraints = plan.constraints;
        for (key, value) in plan.writes {
            self.state.stored.put(key, value);
        }
        plan.forget.into_iter().for_each(|set| self.state.seen.forget(set));
        let bytes = serde_json::to_vec(&record).expect("operations are always written to memory");
        self.state.stored.put(keys::operation(record.number), Some(bytes));
        self.state.stored.put(keys::META.to_vec(), Some(self.state.meta.encode()));
        Ok((record, plan.changes))
    }

    /// All operations ever, also those that were undone, in order.
    pub fn operations(&self) -> Result<Vec<OperationRecord>, StoreError> {
        all(&self.state.stored, keys::OPERATIONS)?.iter().map(|(_, value)| decode_operation(value)).collect()
    }

    fn operation(&self, number: OperationNumber) -> Result<Option<OperationRecord>, StoreError> {
        self.state.stored.get(&keys::operation(number))?.map(|bytes| decode_operation(&bytes)).transpose()
    }

    fn plan(
        &self,
        does: Does,
        seed: impl FnOnce(&mut Replay<'_, S>) -> Result<(), StoreError>,
    ) -> Result<Plan, StoreError> {
        self.plan_with(does, |_| {}, seed)
    }

    fn plan_with(
        &self,
        does: Does,
        adjust: impl FnOnce(&mut Constraints),
        seed: impl FnOnce(&mut Replay<'_, S>) -> Result<(), StoreError>,
    ) -> Result<Plan, StoreError> {
        let mut constraints = self.state.constraints.clone();
        let record = match &does {
            Does::Carry(operation) => OperationRecord {
                number: self.state.meta.operations + 1,
                operation: operation.clone(),
                cause: unknown_cause(),
                undone: None,
            },
            Does::Undo(record) => OperationRecord { undone: Some(unknown_cause()), ..record.clone() },
        };
        constraints.apply(&record, &self.state.key);
        adjust(&mut constraints);
        let mut replay = Replay::new(&self.state, &constraints);
        seed(&mut replay)?;
        let replayed = replay.run()?;
        let changes = changes(&self.state, &replayed);
        let revision = self.revision;
        Ok(Plan { revision, does, constraints, replayed, changes, writes: Vec::new(), forget: Vec::new() })
    }

    /// The first fragment of an identifier that was seen.
    fn known(&self, identifier: &Identifier<'_>) -> Result<Fragment, PlanError> {
        let first = self.state.key.fragment(identifier);
        match self.state.identifier(first)? {
            Some(_) => Ok(first),
            None => Err(PlanError::NoIdentifier(identifier.to_string())),
        }
    }

    /// The members of the profiles that hold some identifiers in any of their lives, and these themselves.
    fn profiles_around<'f>(&self, of: impl Iterator<Item = &'f Fragment>) -> Result<BTreeSet<Fragment>, StoreError> {
        let mut around = BTreeSet::new();
        for life in of.flat_map(|first| self.state.constraints.lives.all(*first)) {
            around.insert(life);
            if let Some(founder) = self.state.founder(life) {
                around.extend(self.state.group(founder)?.members.iter().map(|member| member.fragment));
            }
        }
        Ok(around)
    }
}

/// Constraints do not depend on the cause.
fn unknown_cause() -> Cause {
    Cause { at_ms: 0, by: String::new(), reason: String::new() }
}
