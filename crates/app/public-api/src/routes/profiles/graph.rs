use axum::extract::{Path, State};
use prime_control::Scope;
use prime_identity::{Identifier, ProfileId};
use prime_profile_api::Space;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::CollectionQuery;
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::{ExplanationBody, ProfileGraph, collection_of, find, look, no_profile};
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct GraphOfProfile {
    graph: ProfileGraph,
}

/// How the identifiers of a person or an account hang together: which events named which of them at once.
#[utoipa::path(
    get,
    path = "/profiles/{profileId}/graph",
    tag = "Profiles",
    params(("profileId" = String, Path, description = "A profile's id, or `type:value`."), CollectionQuery),
    responses((status = 200, body = Data<GraphOfProfile>), Refusal)
)]
pub(crate) async fn get_profile_graph(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<CollectionQuery>,
) -> Result<Data<GraphOfProfile>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, collection) = (api.people(&caller)?, collection_of(query.collection.as_deref())?);
    let graph = api.search(move || {
        let reader = space.reader();
        let profile = find(&space, &reader, &id, collection)?;
        let id: ProfileId = space.profile_id(profile.number).parse().map_err(|_| no_profile())?;
        look(&space, |graph| ProfileGraph::of(graph, id, &reader, &profile))
    });
    Ok(Data::of(GraphOfProfile { graph: graph.await?? }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ExplanationQuery {
    /// Where identifiers are looked for: `users` or `accounts`.
    collection: Option<String>,
    /// One of the profile's identifiers, as `type:value`.
    from: String,
    /// Another one.
    to: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExplanationOfProfile {
    explanation: ExplanationBody,
}

/// Why two identifiers are one person: the shortest way of events from one to the other.
#[utoipa::path(
    get,
    path = "/profiles/{profileId}/explanation",
    tag = "Profiles",
    params(("profileId" = String, Path, description = "A profile's id, or `type:value`."), ExplanationQuery),
    responses((status = 200, body = Data<ExplanationOfProfile>), Refusal)
)]
pub(crate) async fn explain_profile(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<ExplanationQuery>,
) -> Result<Data<ExplanationOfProfile>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (space, collection) = (api.people(&caller)?, collection_of(query.collection.as_deref())?);
    let explanation = api.search(move || {
        let reader = space.reader();
        let profile = find(&space, &reader, &id, collection)?;
        let is_account = space.profile_id(profile.number).starts_with("acc");
        let [from, to] =
            [("from", &query.from), ("to", &query.to)].map(|(field, text)| identifier(field, text, is_account));
        let (from, to) = (from?, to?);
        look(&space, |graph| ExplanationBody::of(graph, &from, &to))
    });
    Ok(Data::of(ExplanationOfProfile { explanation: explanation.await?? }))
}

fn identifier<'a>(field: &str, text: &'a str, is_account: bool) -> Result<Identifier<'a>, ApiError> {
    let Some((kind, value)) = text.split_once(':') else {
        return Err(ApiError::field(
            field,
            "An identifier is named as `type:value`, for example `email:jane@example.com`.",
        ));
    };
    Ok(if is_account { Identifier::account(kind, value) } else { Identifier::user(kind, value) })
}
