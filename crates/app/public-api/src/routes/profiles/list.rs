use axum::extract::State;
use prime_control::Scope;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::people::{SearchResult, collection_of, recent, search};
use crate::state::Api;

const LIMIT_DEFAULT: usize = 20;
const LIMIT_MAX: usize = 100;
/// Nobody is called by more.
const QUERY_CHARS_MAX: usize = 500;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileQuery {
    /// A profile's id, an identifier (its value, or `type:value`), or the beginning of words of a name, an email, a telephone
    /// number, a user name or a company; of several words all have to be there. Without it: the people of the newest events.
    query: Option<String>,
    /// Only `users`, or only `accounts`.
    collection: Option<String>,
    /// How many: 1 to 100, 20 when absent.
    #[param(minimum = 1, maximum = 100, default = 20)]
    limit: Option<usize>,
}

/// Finds people and accounts by what one knows of them; without a query, those who were active last.
#[utoipa::path(
    get,
    path = "/profiles",
    tag = "Profiles",
    params(ProfileQuery),
    responses((status = 200, body = Data<SearchResult>), Refusal)
)]
pub(crate) async fn list_profiles(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<ProfileQuery>,
) -> Result<Data<SearchResult>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let limit = match query.limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => limit,
        _ => return Err(ApiError::field("limit", "One answer holds 1 to 100 profiles; ask for that many.")),
    };
    let collection = collection_of(query.collection.as_deref())?;
    let text = query.query.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    if text.as_ref().is_some_and(|text| text.chars().count() > QUERY_CHARS_MAX) {
        return Err(ApiError::field("query", "The query has more than 500 characters; look for a part of it."));
    }
    let space = api.people(&caller)?;
    let (events, workspace) = (api.events.clone(), caller.workspace().clone());
    let found = api.search(move || match text {
        Some(text) => search(&space, &text, collection, limit),
        None => recent(&space, &workspace, &events, collection, limit),
    });
    found.await?.map(Data::of)
}
