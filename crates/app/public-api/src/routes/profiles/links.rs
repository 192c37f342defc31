use axum::extract::{Path, State};
use prime_control::Scope;
use prime_profile_api::Space;
use serde::Serialize;
use utoipa::ToSchema;

use super::CollectionQuery;
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::people::{LinkedProfile, collection_of, find, links};
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileLinks {
    links: Vec<LinkedProfile>,
    pagination: PageInfo,
}

/// The accounts of a person or the members of an account, the oldest link first; of more than 10,000 the first ones.
#[utoipa::path(
    get,
    path = "/profiles/{profileId}/links",
    tag = "Profiles",
    params(
        ("profileId" = String, Path, description = "A profile's id, or `type:value`."),
        CollectionQuery,
        PageQuery
    ),
    responses((status = 200, body = Data<ProfileLinks>), Refusal)
)]
pub(crate) async fn list_profile_links(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<CollectionQuery>,
    Params(page): Params<PageQuery>,
) -> Result<Data<ProfileLinks>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, collection) = (api.people(&caller)?, collection_of(query.collection.as_deref())?);
    let (count, from) = (page.count()?, page.position()?.unwrap_or(0));
    let from = usize::try_from(from).unwrap_or(usize::MAX);
    let found = api.search(move || {
        let reader = space.reader();
        let profile = find(&space, &reader, &id, collection)?;
        let links = links(&reader, &profile)?;
        let end = from.saturating_add(count);
        let next = (links.links.len() > end).then_some(end as u64);
        Ok::<_, ApiError>((links.shown(&space, &reader, from..end)?, next))
    });
    let (links, next) = found.await??;
    Ok(Data::of(ProfileLinks { links, pagination: page.info_at(next) }))
}
