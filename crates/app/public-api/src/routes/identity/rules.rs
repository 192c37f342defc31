use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use prime_control::{IdentityChange, Resource, Scope};
use prime_event::Timestamp;
use prime_identity::{CompiledRules, Rules};
use prime_profiles_service::{OperationError, SpaceProfiles};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::task::spawn_blocking;
use utoipa::ToSchema;

use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::{RulesPreview, compiled, look, not_ready, problems};
use crate::state::Api;

/// How long a preview is waited for: a graph of some million people takes less.
const PREVIEW_MAX: Duration = Duration::from_secs(60);

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct IdentityRules {
    pub(super) version: u32,
    /// Types of identifiers with limits, priorities and blocked values; caps; what is taken for shared; lateness.
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    pub(super) rules: Value,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RulesRequest {
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    rules: Value,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReplaceRules {
    #[schema(value_type = std::collections::HashMap<String, serde_json::Value>)]
    rules: Value,
    /// The version that these rules were made from: refused if others are in force by now.
    expected_version: u32,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct RollBackRules {
    /// An earlier version, whose rules are to be in force again.
    version: u32,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesProblems {
    /// What is wrong, each in a sentence; empty where the rules can be used.
    problems: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewedRules {
    preview: RulesPreview,
}

impl IdentityRules {
    pub(super) fn of(rules: &Rules) -> Self {
        Self { version: rules.version, rules: serde_json::to_value(rules).unwrap_or_default() }
    }
}

/// The rules in force.
#[utoipa::path(
    get,
    path = "/identity/rules",
    tag = "Identity",
    responses((status = 200, body = Data<IdentityRules>), Refusal)
)]
pub(crate) async fn get_identity_rules(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Data<IdentityRules>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let space = api.people(&caller)?;
    let rules = api.search(move || look(&space, |graph| Ok(IdentityRules::of(graph.rules().rules()))));
    Ok(Data::of(rules.await??))
}

/// Whether rules can be used, and all that is wrong if not.
#[utoipa::path(
    post,
    path = "/identity/rules/validate",
    tag = "Identity",
    request_body = RulesRequest,
    responses((status = 200, body = Data<RulesProblems>), Refusal)
)]
pub(crate) async fn validate_identity_rules(
    caller: Caller,
    Body(request): Body<RulesRequest>,
) -> Result<Data<RulesProblems>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    Ok(Data::of(RulesProblems { problems: problems(&request.rules) }))
}

/// What rules would do to everybody, from the first event on. Nothing happens, and nobody waits for it.
#[utoipa::path(
    post,
    path = "/identity/rules/preview",
    tag = "Identity",
    request_body = RulesRequest,
    responses((status = 200, body = Data<PreviewedRules>), Refusal)
)]
pub(crate) async fn preview_identity_rules(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<RulesRequest>,
) -> Result<Data<PreviewedRules>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let rules = compiled(&request.rules)?;
    let space = api.people(&caller)?;
    let permit = Arc::clone(&api.trying_rules).try_acquire_owned().map_err(|_| ApiError::TooManyRequests {
        message: "Other rules are being tried on the whole graph right now; try again in some seconds.".into(),
        retry_after_s: 5,
    })?;
    let work = spawn_blocking(move || {
        let preview = preview(&space, &rules);
        drop(permit);
        preview
    });
    match tokio::time::timeout(PREVIEW_MAX, work).await {
        Ok(Ok(preview)) => Ok(Data::of(PreviewedRules { preview: preview? })),
        Ok(Err(panic)) => {
            tracing::error!(%panic, "a preview of rules ended by a panic");
            Err(ApiError::Internal)
        }
        Err(_) => Err(ApiError::Unavailable(
            "The graph is so large that trying rules on all of it takes more than a minute; it ends by itself, and you may \
             apply them and roll back."
                .into(),
        )),
    }
}

fn preview(space: &SpaceProfiles, rules: &CompiledRules) -> Result<RulesPreview, ApiError> {
    let graph = space.graph_aside().map_err(|error| {
        tracing::error!(%error, "the identity graph could not be opened aside");
        ApiError::Internal
    })?;
    RulesPreview::of(&graph, rules)
}

/// Puts rules in force, for all of history. Takes as long as the graph is large, and profiles wait meanwhile.
#[utoipa::path(
    put,
    path = "/identity/rules",
    tag = "Identity",
    request_body = ReplaceRules,
    responses((status = 200, body = Data<IdentityRules>), Refusal)
)]
pub(crate) async fn replace_identity_rules(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<ReplaceRules>,
) -> Result<Data<IdentityRules>, ApiError> {
    caller.require(Scope::IdentityWrite)?;
    let rules = compiled(&request.rules)?;
    let space = api.people(&caller)?;
    replace(&api, &caller, space, rules, Change { verb: "applied", from: request.expected_version, to: None }).await
}

/// Puts the rules of an earlier version in force again, for all of history, as a new version.
#[utoipa::path(
    post,
    path = "/identity/rules/rollback",
    tag = "Identity",
    request_body = RollBackRules,
    responses((status = 200, body = Data<IdentityRules>), Refusal)
)]
pub(crate) async fn roll_back_identity_rules(
    State(api): State<Api>,
    caller: Caller,
    Body(request): Body<RollBackRules>,
) -> Result<Data<IdentityRules>, ApiError> {
    caller.require(Scope::IdentityWrite)?;
    let space = api.people(&caller)?;
    let (asked, wanted) = (Arc::clone(&space), request.version);
    let found = api.search(move || look(&asked, |graph| Ok((graph.rules().rules().version, graph.rules_of(wanted)?))));
    let (in_force, rules) = found.await??;
    let no_version = "There is no such version of the rules; list them with GET /identity/rules/versions.";
    let rules = rules.ok_or_else(|| ApiError::field("version", no_version))?;
    let rules = rules.compile().map_err(|_| {
        ApiError::field(
            "version",
            "The rules of this version cannot be used any more; change them and apply them anew.",
        )
    })?;
    let change = Change { verb: "rolled back", from: in_force, to: Some(wanted) };
    replace(&api, &caller, space, rules, change).await
}

struct Change {
    verb: &'static str,
    from: u32,
    /// The version that is in force again.
    to: Option<u32>,
}

async fn replace(
    api: &Api,
    caller: &Caller,
    space: Arc<SpaceProfiles>,
    rules: CompiledRules,
    change: Change,
) -> Result<Data<IdentityRules>, ApiError> {
    let (at, from) = (Timestamp::now(), change.from);
    let replaced = api.search(move || {
        let replaced = space.replace_rules(from, &rules, at);
        replaced.map_err(|error| match error {
            OperationError::Plan(in_force) => ApiError::Conflict(format!(
                "Version {in_force} of the rules is in force by now, not {from}; load it, and make your change again."
            )),
            OperationError::NotReady => not_ready(),
            OperationError::Failed => ApiError::Internal,
        })?;
        look(&space, |graph| Ok(IdentityRules::of(graph.rules().rules())))
    });
    let replaced = replaced.await??;
    let (workspace, author) = (caller.workspace().clone(), caller.author());
    let version = replaced.version;
    let change = IdentityChange {
        verb: change.verb,
        resource: Resource::IdentityRules,
        id: version.to_string(),
        name: format!("version {version}"),
        change: json!({ "version": version, "from": change.from, "rolledBackTo": change.to }),
    };
    api.control(move |control| control.record_identity_change(&workspace, change, &author)).await?;
    Ok(Data::of(replaced))
}
