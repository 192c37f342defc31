//! From a store to a graph.

use std::sync::Arc;

use thiserror::Error;

use crate::fragment::FragmentKey;
use crate::rules::{CompiledRules, Rules, RulesProblem};
use crate::store::{Overlay, Store, StoreError};

use super::constraints::Constraints;
use super::index::Index;
use super::kinds::Kinds;
use super::operation::OperationRecord;
use super::records::{Meta, decode_group, decode_kind, encode_kind, keys};
use super::seen::SeenSets;
use super::state::State;
use super::{IdentityGraph, Memory};

/// Why a graph cannot be used.
#[derive(Debug, Error)]
pub enum OpenError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the stored rules cannot be used: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Rules(Vec<RulesProblem>),
}

impl<S: Store> IdentityGraph<S> {
    /// The graph that a store holds; in an empty one, a new graph with these rules and this key.
    ///
    /// The rules and the key of a graph that is there already are those it was made with. Reads all profiles once.
    pub fn open(store: S, rules: CompiledRules, key: [u8; 16], memory: Memory) -> Result<Self, OpenError> {
        let stored = Overlay::new(store);
        match stored.get(keys::META)? {
            Some(meta) => Self::load(stored, Meta::decode(&meta)?, memory),
            None => Ok(Self::create(stored, rules, key, memory)),
        }
    }

    fn create(mut stored: Overlay<S>, rules: CompiledRules, key: [u8; 16], memory: Memory) -> Self {
        let version = rules.rules().version;
        let meta = Meta { key, rules_version: version, newest_ms: i64::MIN / 2, ..Meta::default() };
        stored.put(keys::META.to_vec(), Some(meta.encode()));
        stored.put(keys::rules(version), Some(encode_rules(rules.rules())));
        let state = State {
            key: FragmentKey::new(key),
            rules: Arc::new(rules),
            kinds: Kinds::default(),
            constraints: Constraints::default(),
            index: Index::new(),
            seen: SeenSets::new(memory.sets_max),
            founders: Vec::new(),
            free: Vec::new(),
            loaded_until_ms: meta.newest_ms,
            newest_ms: meta.newest_ms,
            meta,
            stored,
        };
        let mut graph = Self { state, revision: 0 };
        // The types of the rules have the same numbers whatever arrives first.
        let rules = graph.state.rules.clone();
        for rule in &rules.rules().types {
            graph.state.kind(rule.collection, &rule.kind);
        }
        graph
    }

    fn load(stored: Overlay<S>, meta: Meta, memory: Memory) -> Result<Self, OpenError> {
        let rules = rules(&stored, meta.rules_version)?.ok_or(StoreError::Record("the rules in force are missing"))?;
        let rules = rules.compile().map_err(OpenError::Rules)?;
        let mut graph = Self::create(stored, rules, meta.key, memory);
        graph.state.stored.take();
        graph.state.kinds = Kinds::default();
        graph.state.meta = meta;
        graph.state.loaded_until_ms = meta.newest_ms;
        graph.load_kinds()?;
        graph.load_constraints()?;
        graph.load_profiles()?;
        Ok(graph)
    }

    fn load_kinds(&mut self) -> Result<(), StoreError> {
        for (_, value) in all(&self.state.stored, keys::KINDS)? {
            let (collection, name) = decode_kind(&value)?;
            self.state.kinds.add(collection, &name, &self.state.rules);
        }
        Ok(())
    }

    fn load_constraints(&mut self) -> Result<(), StoreError> {
        for (key, _) in all(&self.state.stored, keys::QUARANTINE)? {
            self.state.constraints.quarantined.insert(keys::fragment_of(&key)?);
        }
        for (_, value) in all(&self.state.stored, keys::OPERATIONS)? {
            self.state.constraints.apply(&decode_operation(&value)?, &self.state.key);
        }
        Ok(())
    }

    fn load_profiles(&mut self) -> Result<(), StoreError> {
        let (index, founders) = (&mut self.state.index, &mut self.state.founders);
        let mut outcome = Ok(());
        self.state.stored.scan(keys::PROFILES, &mut |_, value| {
            outcome = decode_group(value).map(|group| {
                let number = founders.len() as u32;
                founders.push(group.founder);
                group.members.iter().for_each(|member| index.set_profile(member.fragment, Some(number)));
            });
            outcome.is_ok()
        })?;
        outcome
    }
}

/// A key and its value.
pub(super) type Pair = (Vec<u8>, Vec<u8>);

/// Few pairs, all at once.
pub(super) fn all(store: &impl Store, prefix: &[u8]) -> Result<Vec<Pair>, StoreError> {
    let mut all = Vec::new();
    store.scan(prefix, &mut |key, value| {
        all.push((key.to_vec(), value.to_vec()));
        true
    })?;
    Ok(all)
}

pub(super) fn rules(store: &impl Store, version: u32) -> Result<Option<Rules>, StoreError> {
    let Some(bytes) = store.get(&keys::rules(version))? else { return Ok(None) };
    serde_json::from_slice(&bytes).map(Some).map_err(|_| StoreError::Record("rules are of an unknown form"))
}

pub(super) fn encode_rules(rules: &Rules) -> Vec<u8> {
    serde_json::to_vec(rules).expect("rules are always written to memory")
}

pub(super) fn decode_operation(bytes: &[u8]) -> Result<OperationRecord, StoreError> {
    serde_json::from_slice(bytes).map_err(|_| StoreError::Record("an operation is of an unknown form"))
}

impl<S: Store> State<S> {
    /// The number of a type; a new one is written.
    pub(super) fn kind(&mut self, collection: crate::Collection, name: &str) -> u16 {
        self.kinds.number(collection, name).unwrap_or_else(|| {
            let number = self.kinds.add(collection, name, &self.rules);
            self.stored.put(keys::kind(number), Some(encode_kind(collection, name)));
            number
        })
    }
}
