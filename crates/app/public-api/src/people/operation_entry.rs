use prime_identity::{Cause, Fragment, IdentityGraph, Operation, OperationRecord, OwnedIdentifier, StoreError};
use prime_profiles_service::GraphStore;
use serde::Serialize;
use utoipa::ToSchema;

use super::detail::time;
use super::identifier::IdentifierBody;

/// Identifiers that one entry names.
const NAMED_MAX: usize = 20;

/// An act that was carried out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationEntry {
    pub(crate) number: u64,
    /// `remove`, `apart`, `disregard` or `release`; a split is told as `apart`.
    pub(crate) kind: &'static str,
    pub(crate) sentence: String,
    at: String,
    by: String,
    reason: String,
    /// Who took it back; null while it is in force.
    undone: Option<Undone>,
    /// Those that it is about, at most twenty.
    identifiers: Vec<IdentifierBody>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Undone {
    at: String,
    by: String,
    reason: String,
}

impl OperationEntry {
    pub(crate) fn of(graph: &IdentityGraph<GraphStore>, record: &OperationRecord) -> Result<Self, StoreError> {
        let names = |fragments: &[Fragment]| -> Result<Vec<OwnedIdentifier>, StoreError> {
            let named = fragments.iter().take(NAMED_MAX).filter_map(|fragment| graph.identifier(*fragment).transpose());
            named.collect()
        };
        let (kind, identifiers, sentence) = match &record.operation {
            Operation::Remove { life, .. } => {
                let removed = names(&[*life])?;
                ("remove", removed.clone(), format!("{} was taken from its profile.", listed(&removed)))
            }
            Operation::KeepApart { left, right } => {
                let (left, right) = (names(left)?, names(right)?);
                let sentence = format!("{} and {} were parted.", listed(&left), listed(&right));
                ("apart", [left, right].concat(), sentence)
            }
            Operation::Disregard { identifiers } => {
                let of = names(identifiers)?;
                ("disregard", of.clone(), format!("Events with exactly {} join nothing.", listed(&of)))
            }
            Operation::Release { fragment } => {
                let released = names(&[*fragment])?;
                ("release", released.clone(), format!("{} is used again.", listed(&released)))
            }
        };
        let Cause { at_ms, by, reason } = record.cause.clone();
        Ok(Self {
            number: record.number,
            kind,
            sentence,
            at: time(at_ms),
            by,
            reason,
            undone: record.undone.clone().map(|Cause { at_ms, by, reason }| Undone { at: time(at_ms), by, reason }),
            identifiers: identifiers.iter().take(NAMED_MAX).map(Into::into).collect(),
        })
    }
}

fn listed(identifiers: &[OwnedIdentifier]) -> String {
    const NAMED: usize = 3;
    let mut text = identifiers.iter().take(NAMED).map(ToString::to_string).collect::<Vec<_>>().join(", ");
    if identifiers.len() > NAMED {
        text.push_str(&format!(" and {} more", identifiers.len() - NAMED));
    }
    text
}
