//! What the graph knows, in memory and in its store.

use std::sync::Arc;

use crate::fragment::{Fragment, FragmentKey, SetKey};
use crate::rules::CompiledRules;
use crate::store::{Overlay, Store, StoreError};

use super::constraints::Constraints;
use super::group::Group;
use super::index::Index;
use super::kinds::Kinds;
use super::records::{IdentifierRecord, Meta, SetRecord, SightingRecord, decode_group, decode_set, keys};
use super::seen::SeenSets;

pub(super) struct State<S> {
    pub(super) key: FragmentKey,
    pub(super) rules: Arc<CompiledRules>,
    pub(super) kinds: Kinds,
    pub(super) constraints: Constraints,
    pub(super) index: Index,
    pub(super) seen: SeenSets,
    /// The founder of each profile, by its number; free numbers are reused.
    pub(super) founders: Vec<Fragment>,
    pub(super) free: Vec<u32>,
    /// Events up to here may have been stored before the start, when nobody noted by whom.
    pub(super) loaded_until_ms: i64,
    /// The latest time of an event since the start, stored or not.
    pub(super) newest_ms: i64,
    pub(super) meta: Meta,
    pub(super) stored: Overlay<S>,
}

impl<S: Store> State<S> {
    pub(super) fn founder(&self, fragment: Fragment) -> Option<Fragment> {
        let number = self.index.get(fragment)?.profile?;
        Some(self.founders[number as usize])
    }

    pub(super) fn group(&self, founder: Fragment) -> Result<Group, StoreError> {
        let bytes = self.stored.get(&keys::profile(founder))?.ok_or(StoreError::Record("a profile is missing"))?;
        decode_group(&bytes)
    }

    pub(super) fn identifier(&self, fragment: Fragment) -> Result<Option<IdentifierRecord>, StoreError> {
        let bytes = self.stored.get(&keys::identifier(fragment))?;
        bytes.map(|bytes| IdentifierRecord::decode(&bytes)).transpose()
    }

    pub(super) fn set(&self, key: SetKey) -> Result<SetRecord, StoreError> {
        self.known_set(key)?.ok_or(StoreError::Record("a set is missing"))
    }

    pub(super) fn known_set(&self, key: SetKey) -> Result<Option<SetRecord>, StoreError> {
        self.stored.get(&keys::set(key))?.map(|bytes| decode_set(&bytes)).transpose()
    }

    pub(super) fn sets_of(&self, fragment: Fragment) -> Result<Vec<SetKey>, StoreError> {
        let mut sets = Vec::new();
        let mut outcome = Ok(());
        self.stored.scan(&keys::sets_of(fragment), &mut |key, _| {
            outcome = keys::set_of(key).map(|set| sets.push(set));
            outcome.is_ok()
        })?;
        outcome.map(|()| sets)
    }

    /// All sightings of a set with their days, in order.
    pub(super) fn sightings(&self, set: SetKey) -> Result<Vec<(u32, SightingRecord)>, StoreError> {
        let mut sightings = Vec::new();
        let mut outcome = Ok(());
        self.stored.scan(&keys::sightings_of(set), &mut |key, value| {
            let sighting = keys::day_of(key).and_then(|day| Ok((day, SightingRecord::decode(value)?)));
            outcome = sighting.map(|sighting| sightings.push(sighting));
            outcome.is_ok()
        })?;
        outcome.map(|()| sightings)
    }

    /// Whether no stored event with the identifier is later. When in doubt, no.
    pub(super) fn has_nothing_after(&self, fragment: Fragment, time_ms: i64) -> bool {
        match self.index.get(fragment) {
            Some(known) => time_ms > self.loaded_until_ms && time_ms >= i64::from(known.last) * 1_000,
            None => false,
        }
    }
}
