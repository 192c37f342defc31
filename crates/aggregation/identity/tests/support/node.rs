//! A graph with its store, as a driver keeps it.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use prime_identity::{
    Cause, Change, CompiledRules, IdentifiedEvent, IdentityGraph, Memory, MemoryStore, Plan, ProfileId, Resolved, Store,
};

use super::naive::{Event, Id, NaiveProfile};

pub(crate) const KEY: [u8; 16] = [3; 16];

pub(crate) struct Node {
    pub(crate) graph: IdentityGraph<MemoryStore>,
    memory: Memory,
}

impl Node {
    pub(crate) fn new(rules: &CompiledRules) -> Self {
        Self::with_memory(rules, Memory::default())
    }

    pub(crate) fn with_memory(rules: &CompiledRules, memory: Memory) -> Self {
        let graph = IdentityGraph::open(MemoryStore::new(), rules.clone(), KEY, memory).unwrap();
        Self { graph, memory }
    }

    pub(crate) fn take(&mut self, event: &Event) -> Resolved {
        let event = IdentifiedEvent {
            message_id: &event.message_id,
            source: "web",
            timestamp_ms: event.timestamp_ms,
            received_at_ms: event.received_at_ms,
            identifiers: &event.identifiers,
        };
        self.graph.resolve(&event).unwrap()
    }

    /// What a driver does at the end of a batch.
    pub(crate) fn commit(&mut self) {
        let changes = self.graph.take_changes();
        self.graph.store_mut().write(changes);
    }

    pub(crate) fn restart(&mut self) {
        self.commit();
        let store = self.graph.store_mut().clone();
        let rules = self.graph.rules().clone();
        self.graph = IdentityGraph::open(store, rules, [0; 16], self.memory).unwrap();
    }

    pub(crate) fn carry_out(&mut self, plan: Plan) -> (u64, Vec<Change>) {
        let cause = Cause { at_ms: 0, by: "test".to_owned(), reason: String::new() };
        let (record, changes) = self.graph.carry_out(plan, cause).unwrap();
        (record.number, changes)
    }

    /// All profiles in the form of the naive reading.
    pub(crate) fn profiles(&self) -> Vec<NaiveProfile> {
        let mut ids = Vec::new();
        self.graph.each_profile(|id| {
            ids.push(id);
            true
        });
        let mut profiles: Vec<_> = ids.into_iter().map(|id| self.profile(id)).collect();
        profiles.sort();
        profiles
    }

    /// The records of all profiles and sightings, byte for byte.
    pub(crate) fn state_hash(&mut self) -> u64 {
        self.commit();
        let mut hasher = DefaultHasher::new();
        for family in [b"P", b"S", b"A", b"D", b"Q"] {
            let mut visit = |key: &[u8], value: &[u8]| {
                (key, value).hash(&mut hasher);
                true
            };
            self.graph.store_mut().scan(family, &mut visit).unwrap();
        }
        hasher.finish()
    }

    pub(crate) fn profile(&self, id: ProfileId) -> NaiveProfile {
        let profile = self.graph.profile(id).unwrap().unwrap();
        assert_eq!(profile.id, id, "an id in use stands for itself");
        let name = |fragment| -> Id { (self.graph.identifier(fragment).unwrap().unwrap(), self.life(fragment)) };
        let members: BTreeMap<_, _> = profile
            .mappings
            .iter()
            .map(|mapping| {
                assert_eq!(self.graph.holder(mapping.fragment), Some(id));
                (name(mapping.fragment), (mapping.created_ms, mapping.message_id.clone(), mapping.is_removed))
            })
            .collect();
        NaiveProfile {
            founder: name(id.founder()),
            created_ms: profile.created_ms,
            first_message_id: profile.first_message_id,
            members,
            merged: profile.merged.iter().map(|merged| name(merged.founder())).collect(),
        }
    }

    /// Lives are numbered by the removals before them.
    fn life(&self, fragment: prime_identity::Fragment) -> usize {
        let identifier = self.graph.identifier(fragment).unwrap().unwrap();
        let first = self.graph.fragment_key().fragment(&identifier);
        let mut ends: Vec<i64> = Vec::new();
        for record in self.graph.operations().unwrap() {
            if let prime_identity::Operation::Remove { first: removed, at_ms, .. } = record.operation
                && record.undone.is_none()
                && removed == first
            {
                ends.push(at_ms);
            }
        }
        ends.sort_unstable();
        let at = |life: usize| if life == 0 { i64::MIN } else { ends[life - 1] };
        (0..=ends.len()).find(|life| self.graph.fragment_at(&identifier, at(*life)) == fragment).unwrap()
    }
}
