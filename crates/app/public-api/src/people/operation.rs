//! What people may do to who is who, as it is asked for.

use std::hash::{DefaultHasher, Hash, Hasher};

use prime_identity::{Identifier, IdentityGraph, Plan, PlanError, ProfileId, RemoveError};
use prime_profiles_service::GraphStore;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::identifier::{IdentifierInput, rank};
use super::lookup::no_profile;
use crate::error::ApiError;

/// One act. `kind` tells which.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[schema(as = Operation)]
pub(crate) enum OperationInput {
    /// Takes an identifier from a profile. History, traits and merges stay.
    Remove {
        #[serde(rename = "profileId")]
        profile_id: String,
        identifier: IdentifierInput,
    },
    /// Splits a profile: these identifiers leave it together.
    Split {
        #[serde(rename = "profileId")]
        profile_id: String,
        identifiers: Vec<IdentifierInput>,
    },
    /// Keeps identifiers apart, in all of history: none of the left is in one profile with one of the right.
    Apart { left: Vec<IdentifierInput>, right: Vec<IdentifierInput> },
    /// Events with exactly this set of identifiers join nothing, in all of history.
    Disregard { identifiers: Vec<IdentifierInput> },
    /// Uses an identifier again that was taken for a shared one.
    Release { identifier: IdentifierInput },
    /// Takes an act back, as if it had never been.
    Undo { number: u64 },
}

/// An act that is planned.
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    /// The same for plans that would change the same.
    pub(crate) fingerprint: String,
}

pub(crate) fn plan(
    graph: &IdentityGraph<GraphStore>,
    operation: &OperationInput,
    now_ms: i64,
) -> Result<Planned, ApiError> {
    let identifiers = |list: &'_ [IdentifierInput]| -> Vec<Identifier<'static>> {
        list.iter().map(|input| input.identifier().into_owned()).collect()
    };
    let plan = match operation {
        OperationInput::Remove { profile_id, identifier } => removal(graph, profile_id, identifier, now_ms)?,
        OperationInput::Split { profile_id, identifiers: side } => graph
            .plan_split(profile(profile_id)?, &identifiers(side))
            .map_err(|error| refused(error, "operation.identifiers"))?,
        OperationInput::Apart { left, right } => graph
            .plan_apart(&identifiers(left), &identifiers(right))
            .map_err(|error| refused(error, "operation.left"))?,
        OperationInput::Disregard { identifiers: set } => {
            graph.plan_disregard(&identifiers(set)).map_err(|error| refused(error, "operation.identifiers"))?
        }
        OperationInput::Release { identifier } => {
            graph.plan_release(&identifier.identifier()).map_err(|error| refused(error, "operation.identifier"))?
        }
        OperationInput::Undo { number } => {
            graph.plan_undo(*number).map_err(|error| refused(error, "operation.number"))?
        }
    };
    let fingerprint = fingerprint(operation, &plan);
    Ok(Planned { plan, fingerprint })
}

fn profile(id: &str) -> Result<ProfileId, ApiError> {
    id.parse()
        .map_err(|_| ApiError::field("operation.profileId", "This is no id of a profile; it begins with use_ or acc_."))
}

/// A removal is asked for by another identifier of the profile.
fn removal(
    graph: &IdentityGraph<GraphStore>,
    profile_id: &str,
    removed: &IdentifierInput,
    now_ms: i64,
) -> Result<Plan, ApiError> {
    let known = graph.profile(profile(profile_id)?)?.ok_or_else(no_profile)?;
    let removed = removed.identifier();
    let others = known.mappings.iter().filter(|mapping| !mapping.is_removed && mapping.identifier != removed);
    let lookup = others.min_by_key(|mapping| rank(&mapping.identifier.kind)).map(|mapping| &mapping.identifier);
    let field = |sentence: &str| ApiError::field("operation.identifier", sentence);
    let Some(lookup) = lookup else {
        return Err(field(
            "This is the only identifier of the profile, which nobody would find any more; block its value in the rules instead.",
        ));
    };
    graph.plan_removal(lookup, &removed, now_ms).map_err(|error| match error {
        RemoveError::NoProfile => no_profile(),
        RemoveError::NoIdentifier | RemoveError::LookupId => {
            field("The profile does not have this identifier, or it was removed already; look at the profile.")
        }
        RemoveError::LastUserId => {
            field("This is the last user_id of the profile, which stays with it; split the profile instead.")
        }
        RemoveError::GroupId => field("A group_id is what an account is known by and cannot be removed."),
        RemoveError::Store(error) => error.into(),
    })
}

fn refused(error: PlanError, at: &str) -> ApiError {
    match error {
        PlanError::NoProfile => no_profile(),
        PlanError::NoIdentifier(name) => {
            ApiError::field(at, format!("{name} was never seen on an event; values are compared letter by letter."))
        }
        PlanError::Sides => ApiError::field(
            at,
            "Each side has to have at least one identifier, none may be on both, and those that leave a profile have to be in it; \
             choose some of the profile's identifiers and leave others.",
        ),
        PlanError::NoSet => ApiError::field(
            at,
            "No event has exactly these identifiers; take all of an edge of the graph, or of a step of an explanation: what was kept and what was dropped.",
        ),
        PlanError::NotInQuarantine(name) => ApiError::field(
            at,
            format!("{name} is not taken for a shared identifier, so there is nothing to release it from."),
        ),
        PlanError::NoOperation(number) => {
            ApiError::field(at, format!("There is no operation {number} in force; it may have been undone already."))
        }
        PlanError::Store(error) => error.into(),
    }
}

/// Only told to whoever sends it back within minutes, so it need not be the same in the next version.
fn fingerprint(operation: &OperationInput, plan: &Plan) -> String {
    let mut hasher = DefaultHasher::new();
    let text = (serde_json::to_string(operation), serde_json::to_string(plan.changes()));
    for text in [text.0, text.1] {
        text.unwrap_or_default().hash(&mut hasher);
    }
    format!("{:016x}", hasher.finish())
}
