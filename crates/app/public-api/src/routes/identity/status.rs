use axum::extract::State;
use prime_control::Scope;
use prime_profile_api::Space;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::look;
use crate::state::Api;

/// Events that are taken within a second or so.
const CATCHING_UP: u64 = 50_000;

/// Figures of the workspace's profiles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct IdentityStatus {
    identifiers: u64,
    profiles: u64,
    /// Identifiers that are taken for shared ones.
    quarantined: u64,
    /// Events ever that came so late that their time of arrival counted.
    beyond_horizon: u64,
    /// Events since the start that were taken, were there already, name nobody, or are beyond the limits.
    applied: u64,
    repeated: u64,
    unowned: u64,
    dropped: u64,
    /// Events that are not taken yet: profiles show what was true before them.
    behind: u64,
    is_catching_up: bool,
    /// A read of the Profile API that sends it shows at least what is there now.
    position: String,
    rules_version: u32,
    memory_bytes: u64,
    disk_bytes: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Identity {
    identity: IdentityStatus,
}

/// How many identifiers and profiles there are, and how far they follow the events.
#[utoipa::path(
    get,
    path = "/identity",
    tag = "Identity",
    responses((status = 200, body = Data<Identity>), Refusal)
)]
pub(crate) async fn get_identity(State(api): State<Api>, caller: Caller) -> Result<Data<Identity>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, profiles) = (api.people(&caller)?, api.profiles.clone());
    let status = api.search(move || {
        let (figures, rules_version) = look(&space, |graph| Ok((graph.figures(), graph.rules().rules().version)))?;
        let (counts, behind) = (space.counts(), profiles.map_or(0, |profiles| profiles.behind()));
        Ok::<_, ApiError>(IdentityStatus {
            identifiers: figures.identifiers as u64,
            profiles: figures.profiles as u64,
            quarantined: figures.quarantined as u64,
            beyond_horizon: figures.beyond_horizon,
            applied: counts.applied,
            repeated: counts.repeated,
            unowned: counts.unowned,
            dropped: counts.dropped.values().sum(),
            behind,
            is_catching_up: behind > CATCHING_UP,
            position: space.position(),
            rules_version,
            memory_bytes: figures.resident_bytes as u64,
            disk_bytes: space.store().state().bytes(),
        })
    });
    Ok(Data::of(Identity { identity: status.await?? }))
}
