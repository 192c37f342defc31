use std::collections::HashMap;

use axum::extract::{Path, State};
use prime_control::{LedgerEntry, Resource, Scope};
use serde::Serialize;
use utoipa::ToSchema;

use super::rules::IdentityRules;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::look;
use crate::state::Api;

/// Versions that are listed, and changes of the workspace that are looked at for who made them.
const VERSIONS_MAX: u32 = 100;
const CHANGES_MAX: usize = 2_000;

/// A version of the rules.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RulesVersion {
    version: u32,
    is_in_force: bool,
    /// Types of identifiers in it.
    types: usize,
    /// When it was applied and by whom; absent for the first one and for those that learned a type from events.
    #[serde(skip_serializing_if = "Option::is_none")]
    applied_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesVersions {
    /// The newest first, at most a hundred.
    versions: Vec<RulesVersion>,
}

/// The versions of the rules.
#[utoipa::path(
    get,
    path = "/identity/rules/versions",
    tag = "Identity",
    responses((status = 200, body = Data<RulesVersions>), Refusal)
)]
pub(crate) async fn list_identity_rules_versions(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Data<RulesVersions>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, workspace) = (api.people(&caller)?, caller.workspace().clone());
    let changes = api.control(move |control| control.ledger(&workspace, None, CHANGES_MAX)).await?;
    let applied: HashMap<u32, LedgerEntry> = changes
        .into_iter()
        .filter(|entry| entry.resource_type == Resource::IdentityRules.code())
        .filter_map(|entry| Some((entry.resource_id.parse().ok()?, entry)))
        .collect();
    let listed = api.search(move || {
        look(&space, |graph| {
            let in_force = graph.rules().rules().version;
            let mut versions = Vec::new();
            for version in (0..=in_force).rev().take(VERSIONS_MAX as usize) {
                let Some(rules) = graph.rules_of(version)? else { continue };
                let entry = applied.get(&version);
                versions.push(RulesVersion {
                    version,
                    is_in_force: version == in_force,
                    types: rules.types.len(),
                    applied_at: entry.map(|entry| entry.at.to_string()),
                    by: entry.map(|entry| entry.actor_email.clone().unwrap_or_else(|| entry.actor.clone())),
                });
            }
            Ok(RulesVersions { versions })
        })
    });
    Ok(Data::of(listed.await??))
}

/// The rules of one version.
#[utoipa::path(
    get,
    path = "/identity/rules/versions/{version}",
    tag = "Identity",
    params(("version" = String, Path)),
    responses((status = 200, body = Data<IdentityRules>), Refusal)
)]
pub(crate) async fn get_identity_rules_version(
    State(api): State<Api>,
    caller: Caller,
    Path(version): Path<String>,
) -> Result<Data<IdentityRules>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let space = api.people(&caller)?;
    let rules = api.search(move || {
        let Ok(version) = version.parse() else { return Ok(None) };
        look(&space, |graph| Ok(graph.rules_of(version)?))
    });
    let rules = rules.await??.ok_or_else(|| {
        ApiError::NotFound("There is no such version of the rules; list them to find the right one.".into())
    })?;
    Ok(Data::of(IdentityRules::of(&rules)))
}
