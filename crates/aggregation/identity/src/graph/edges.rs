//! A profile as a drawing: identifiers, and the sets in which events named them together.

use std::collections::BTreeMap;

use crate::fragment::{Fragment, SetKey};
use crate::identifier::OwnedIdentifier;
use crate::profile_id::ProfileId;
use crate::store::{Store, StoreError};

use super::IdentityGraph;
use super::records::SightingRecord;

/// A set of identifiers that events named together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// All of them, in order of type and value. By them its events can be disregarded.
    pub identifiers: Vec<OwnedIdentifier>,
    /// The first event that named them, by its time.
    pub time_ms: i64,
    pub message_id: String,
    pub source: String,
    /// Days on which they were named.
    pub days: u64,
    /// Those that some of the events joined, in order of type and value.
    pub kept: Vec<Fragment>,
    /// Those that none of them joined, each with the reason.
    pub dropped: Vec<(Fragment, OwnedIdentifier, DropReason)>,
}

/// Why an identifier on an event joined nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// The rules block its value.
    Blocked,
    /// It is taken for a shared one.
    Quarantined,
    /// A person disregards events with this set.
    Disregarded,
    /// A limit, a cap, or what is kept apart, would have been broken.
    Limit,
}

/// Some or all edges of a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    /// The oldest first.
    pub edges: Vec<Edge>,
    /// Whether there are more.
    pub is_cut: bool,
}

impl<S: Store> IdentityGraph<S> {
    /// The sets of two identifiers or more that members of a profile are in, at most so many of them.
    pub fn edges(&self, id: ProfileId, edges_max: usize) -> Result<Edges, StoreError> {
        let Some(id) = self.canonical(id) else { return Ok(Edges::default()) };
        let mut edges = BTreeMap::new();
        for member in self.state.group(id.founder())?.members {
            for set in self.state.sets_of(member.fragment)? {
                if edges.contains_key(&set) {
                    continue;
                }
                let Some(edge) = self.edge(set)? else { continue };
                if edges.len() == edges_max {
                    return Ok(Edges { edges: in_order(edges), is_cut: true });
                }
                edges.insert(set, edge);
            }
        }
        Ok(Edges { edges: in_order(edges), is_cut: false })
    }

    /// None for a single identifier.
    fn edge(&self, key: SetKey) -> Result<Option<Edge>, StoreError> {
        let set = self.state.set(key)?;
        if set.len() < 2 {
            return Ok(None);
        }
        let sightings: Vec<SightingRecord> = self.state.sightings(key)?.into_iter().map(|(_, record)| record).collect();
        let first = sightings.iter().min_by_key(|record| (record.time_ms, &record.message_id));
        let first = first.ok_or(StoreError::Record("a set was never seen"))?;
        let ever = sightings.iter().fold(0, |ever, record| ever | record.kept);
        let (mut identifiers, mut kept, mut dropped) = (Vec::new(), Vec::new(), Vec::new());
        for (place, member) in set.iter().enumerate() {
            let identifier = self.identifier(member.fragment)?;
            let identifier = identifier.ok_or(StoreError::Record("an identifier is missing"))?;
            identifiers.push(identifier.clone());
            if ever & 1 << place != 0 {
                kept.push(member.fragment);
                continue;
            }
            let reason = if member.is_blocked {
                DropReason::Blocked
            } else if !self.state.constraints.allows(member.fragment) {
                DropReason::Quarantined
            } else if self.state.constraints.disregarded.contains_key(&key) {
                DropReason::Disregarded
            } else {
                DropReason::Limit
            };
            dropped.push((member.fragment, identifier, reason));
        }
        Ok(Some(Edge {
            identifiers,
            time_ms: first.time_ms,
            message_id: first.message_id.to_string(),
            source: first.source.to_string(),
            days: sightings.len() as u64,
            kept,
            dropped,
        }))
    }
}

fn in_order(edges: BTreeMap<SetKey, Edge>) -> Vec<Edge> {
    let mut edges: Vec<_> = edges.into_values().collect();
    edges.sort_by(|one, other| {
        (one.time_ms, &one.message_id, &one.identifiers).cmp(&(other.time_ms, &other.message_id, &other.identifiers))
    });
    edges
}
