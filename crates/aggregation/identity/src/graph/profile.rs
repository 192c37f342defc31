//! Profiles as people see them.

use std::collections::HashSet;

use crate::fragment::Fragment;
use crate::identifier::OwnedIdentifier;
use crate::profile_id::ProfileId;
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::group::{Group, Join};

/// A profile with all its identifiers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    pub id: ProfileId,
    /// The event that created it.
    pub created_ms: i64,
    pub first_message_id: String,
    pub first_source: String,
    /// The oldest first.
    pub mappings: Vec<Mapping>,
    /// Ids of profiles that were merged into it, which stand for it now.
    pub merged: Vec<ProfileId>,
}

/// An identifier of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mapping {
    pub identifier: OwnedIdentifier,
    pub fragment: Fragment,
    /// Fragments that are part of this one since a removal was undone.
    pub parts: Vec<Fragment>,
    /// When it was first mapped to a profile, by which event of which source.
    pub created_ms: i64,
    pub message_id: String,
    pub source: String,
    /// It was removed from the profile: lookups by it do not find the profile, what was collected under it stays.
    pub is_removed: bool,
}

impl<S: Store> IdentityGraph<S> {
    /// The profile that an id stands for.
    pub fn profile(&self, id: ProfileId) -> Result<Option<Profile>, StoreError> {
        let Some(id) = self.canonical(id) else { return Ok(None) };
        let group = self.state.group(id.founder())?;
        let mut mappings = Vec::with_capacity(group.members.len());
        for member in &group.members {
            let record = self.state.identifier(member.fragment)?;
            let record = record.ok_or(StoreError::Record("an identifier is missing"))?;
            let join = first_join(&group, member.fragment);
            mappings.push(Mapping {
                identifier: record.identifier,
                fragment: member.fragment,
                parts: self.state.constraints.lives.parts(member.fragment),
                created_ms: member.since_ms,
                message_id: join.moment.message_id.to_string(),
                source: join.source.to_string(),
                is_removed: member.retired_ms.is_some(),
            });
        }
        let first = first_join(&group, group.founder);
        Ok(Some(Profile {
            id,
            created_ms: group.created.time_ms,
            first_message_id: first.moment.message_id.to_string(),
            first_source: first.source.to_string(),
            mappings,
            merged: merged(&group),
        }))
    }

    /// Everything that belongs to the profile an id stands for: its fragments, removed ones and parts included.
    pub fn fragments(&self, id: ProfileId) -> Result<Vec<Fragment>, StoreError> {
        let Some(id) = self.canonical(id) else { return Ok(Vec::new()) };
        let group = self.state.group(id.founder())?;
        let mut fragments = Vec::with_capacity(group.members.len());
        for member in &group.members {
            fragments.push(member.fragment);
            fragments.extend(self.state.constraints.lives.parts(member.fragment));
        }
        Ok(fragments)
    }

    /// The identifier that a fragment stands for.
    pub fn identifier(&self, fragment: Fragment) -> Result<Option<OwnedIdentifier>, StoreError> {
        Ok(self.state.identifier(fragment)?.map(|record| record.identifier))
    }

    /// Identifiers in quarantine, those in the most sets first.
    pub fn hairballs(&self) -> Result<Vec<(Fragment, OwnedIdentifier, u64)>, StoreError> {
        let mut hairballs = Vec::new();
        for fragment in &self.state.constraints.quarantined {
            let record = self.state.identifier(*fragment)?;
            let record = record.ok_or(StoreError::Record("an identifier is missing"))?;
            hairballs.push((*fragment, record.identifier, record.sets));
        }
        hairballs.sort_by(|(_, one, one_sets), (_, other, other_sets)| other_sets.cmp(one_sets).then(one.cmp(other)));
        Ok(hairballs)
    }

    /// Shows every profile once, in no particular order, until `visit` says `false`.
    pub fn each_profile(&self, mut visit: impl FnMut(ProfileId) -> bool) {
        let free: HashSet<_> = self.state.free.iter().collect();
        let founders = self.state.founders.iter().zip(0u32..).filter(|(_, number)| !free.contains(number));
        for (founder, _) in founders {
            if !visit(ProfileId::of_founder(*founder)) {
                break;
            }
        }
    }
}

fn first_join(group: &Group, fragment: Fragment) -> &Join {
    group.joins.iter().find(|join| join.kept.contains(&fragment)).expect("a join made each member")
}

/// The founders of all profiles that this one was made of, but for its own.
fn merged(group: &Group) -> Vec<ProfileId> {
    let mut known: HashSet<Fragment> = HashSet::new();
    let mut founders = Vec::new();
    for join in &group.joins {
        if join.kept.iter().all(|kept| !known.contains(kept)) {
            founders.push(join.kept[0]);
        }
        known.extend(&join.kept);
    }
    founders.into_iter().filter(|founder| *founder != group.founder).map(ProfileId::of_founder).collect()
}
