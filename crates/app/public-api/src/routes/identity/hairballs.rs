use axum::extract::State;
use prime_control::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::{IdentifierBody, look};
use crate::state::Api;

/// An identifier that joins more than one person can be.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Hairball {
    identifier: IdentifierBody,
    /// Different sets of identifiers that it was seen in.
    sets: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Hairballs {
    /// Those in the most sets first, at most a thousand.
    hairballs: Vec<Hairball>,
    total: usize,
    /// An identifier in more sets is taken for a shared one, by the rules in force.
    sets_max: u32,
}

const SHOWN_MAX: usize = 1_000;

/// Identifiers that were taken for shared devices or test ids: they join nobody until they are released.
#[utoipa::path(
    get,
    path = "/identity/hairballs",
    tag = "Identity",
    responses((status = 200, body = Data<Hairballs>), Refusal)
)]
pub(crate) async fn list_hairballs(State(api): State<Api>, caller: Caller) -> Result<Data<Hairballs>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let space = api.people(&caller)?;
    let found = api.search(move || {
        look(&space, |graph| {
            let all = graph.hairballs()?;
            let shown = all.iter().take(SHOWN_MAX);
            let hairballs = shown.map(|(_, identifier, sets)| Hairball { identifier: identifier.into(), sets: *sets });
            let sets_max = graph.rules().rules().hairballs.sets;
            Ok(Hairballs { hairballs: hairballs.collect(), total: all.len(), sets_max })
        })
    });
    Ok(Data::of(found.await??))
}
