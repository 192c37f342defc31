//! The drawing of a profile, and why two of its identifiers are one.

use std::collections::HashMap;

use prime_identity::{DropReason, Edge, Explanation, Identifier, IdentityGraph, ProfileId};
use prime_profiles::{FragmentId, MemberRow, ProfileReader, ProfileRef};
use prime_profiles_service::{GraphStore, fragment_id};
use serde::Serialize;
use utoipa::ToSchema;

use super::detail::{hex, time};
use super::identifier::{IdentifierBody, Origin};
use super::lookup::no_profile;
use crate::error::ApiError;

/// More cannot be drawn so that a person sees anything.
const NODES_MAX: usize = 500;
const EDGES_MAX: usize = 1_000;

/// Identifiers and the sets in which events named them together.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileGraph {
    /// The oldest first.
    nodes: Vec<GraphNode>,
    /// The oldest first.
    edges: Vec<GraphEdge>,
    /// Whether this is all of it.
    is_complete: bool,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GraphNode {
    identifier: IdentifierBody,
    fragment: String,
    is_removed: bool,
    first_seen: String,
    events: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GraphEdge {
    /// All identifiers on these events, by which they can be disregarded.
    identifiers: Vec<IdentifierBody>,
    /// Fragments that these events joined.
    kept: Vec<String>,
    /// Identifiers on these events that they did not join.
    dropped: Vec<DroppedIdentifier>,
    /// The first of these events.
    first: Origin,
    /// Days on which there were such events.
    days: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DroppedIdentifier {
    identifier: IdentifierBody,
    fragment: String,
    /// `blocked`, `quarantined`, `disregarded` or `limit`.
    reason: &'static str,
}

impl ProfileGraph {
    pub(crate) fn of(
        graph: &IdentityGraph<GraphStore>,
        id: ProfileId,
        reader: &ProfileReader,
        profile: &ProfileRef,
    ) -> Result<Self, ApiError> {
        let known = graph.profile(id)?.ok_or_else(no_profile)?;
        let rows = reader.rows(profile)?;
        let rows: HashMap<FragmentId, &MemberRow> = rows.iter().map(|row| (row.0.fragment, row)).collect();
        let edges = graph.edges(id, EDGES_MAX)?;
        let nodes = known.mappings.iter().take(NODES_MAX).map(|mapping| GraphNode {
            identifier: (&mapping.identifier).into(),
            fragment: hex(mapping.fragment),
            is_removed: mapping.is_removed,
            first_seen: time(mapping.created_ms),
            events: rows.get(&fragment_id(mapping.fragment)).map_or(0, |(_, row)| row.counts.total()),
        });
        let nodes = nodes.collect();
        let is_complete = !edges.is_cut && known.mappings.len() <= NODES_MAX;
        Ok(Self { nodes, edges: edges.edges.into_iter().map(GraphEdge::from).collect(), is_complete })
    }
}

impl From<Edge> for GraphEdge {
    fn from(edge: Edge) -> Self {
        let dropped = edge.dropped.iter().map(|(fragment, identifier, reason)| DroppedIdentifier {
            identifier: identifier.into(),
            fragment: hex(*fragment),
            reason: match reason {
                DropReason::Blocked => "blocked",
                DropReason::Quarantined => "quarantined",
                DropReason::Disregarded => "disregarded",
                DropReason::Limit => "limit",
            },
        });
        Self {
            identifiers: edge.identifiers.iter().map(Into::into).collect(),
            kept: edge.kept.iter().map(|fragment| hex(*fragment)).collect(),
            dropped: dropped.collect(),
            first: Origin { message_id: edge.message_id, source_id: edge.source, timestamp: time(edge.time_ms) },
            days: edge.days,
        }
    }
}

/// The events that led from one identifier to another.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Explanation)]
pub(crate) struct ExplanationBody {
    from: IdentifierBody,
    /// None where the two are the same.
    steps: Vec<ExplanationStep>,
    /// The rules by which the events were judged.
    rules_version: u32,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ExplanationStep {
    timestamp: String,
    message_id: String,
    source_id: String,
    /// What the event joined.
    kept: Vec<IdentifierBody>,
    /// What was on it and did not join.
    dropped: Vec<IdentifierBody>,
    /// Where the way goes on.
    to: IdentifierBody,
}

impl From<Explanation> for ExplanationBody {
    fn from(explanation: Explanation) -> Self {
        let bodies = |identifiers: &[prime_identity::OwnedIdentifier]| identifiers.iter().map(Into::into).collect();
        let steps = explanation.steps.iter().map(|step| ExplanationStep {
            timestamp: time(step.time_ms),
            message_id: step.message_id.clone(),
            source_id: step.source.clone(),
            kept: bodies(&step.kept),
            dropped: bodies(&step.dropped),
            to: (&step.to).into(),
        });
        Self { steps: steps.collect(), from: (&explanation.from).into(), rules_version: explanation.rules_version }
    }
}

impl ExplanationBody {
    pub(crate) fn of(
        graph: &IdentityGraph<GraphStore>,
        from: &Identifier<'_>,
        to: &Identifier<'_>,
    ) -> Result<Self, ApiError> {
        let explained = graph.explain(from, to)?;
        explained.map(Self::from).ok_or_else(|| {
            ApiError::NotFound(format!(
                "{from} and {to} are not one person, or one of them was never seen; look at each one's profile."
            ))
        })
    }
}
