use axum::extract::{Path, State};
use prime_control::Scope;
use prime_profile_api::Space;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::{ProfileDetail, collection_of, find};
use crate::state::Api;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CollectionQuery {
    /// Where an identifier is looked for: `users` or `accounts`. When absent, a `group_id` is an account's, all else a user's.
    pub(crate) collection: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OneProfile {
    profile: ProfileDetail,
}

/// All that is known of a person or an account.
#[utoipa::path(
    get,
    path = "/profiles/{profileId}",
    tag = "Profiles",
    params(
        ("profileId" = String, Path, description = "A profile's id, also one that was merged into another, or `type:value`."),
        CollectionQuery
    ),
    responses((status = 200, body = Data<OneProfile>), Refusal)
)]
pub(crate) async fn get_profile(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<CollectionQuery>,
) -> Result<Data<OneProfile>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, collection) = (api.people(&caller)?, collection_of(query.collection.as_deref())?);
    let profile = api.search(move || {
        let reader = space.reader();
        let profile = find(&space, &reader, &id, collection)?;
        ProfileDetail::of(&space, &reader, &profile)
    });
    Ok(Data::of(OneProfile { profile: profile.await?? }))
}
