use axum::extract::{Path, State};
use prime_control::Scope;
use prime_event::{MessageType, Timestamp};
use prime_profile_api::Space;
use prime_profiles::history::Order;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::people::{ProfileEvent, TimelineQuery, collection_of, find, timeline};
use crate::state::Api;

const LIMIT_DEFAULT: usize = 50;
const LIMIT_MAX: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileEventQuery {
    /// Where an identifier is looked for: `users` or `accounts`.
    collection: Option<String>,
    /// Only those of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only those of these names, separated by commas. Page and screen calls are called "Page Viewed" and "Screen Viewed".
    name: Option<String>,
    /// From this time on, as 2026-01-31T12:00:00Z.
    start: Option<String>,
    /// Up to this time.
    end: Option<String>,
    /// `desc`, the newest first, or `asc`.
    #[param(default = "desc")]
    sort: Option<String>,
    /// How many: 1 to 200, 50 when absent.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<usize>,
    /// Where to go on: `next` of the answer before. Then the order is that of the answer before.
    #[serde(rename = "pagination[cursor]")]
    cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ProfileEvents {
    events: Vec<ProfileEvent>,
    pagination: PageInfo,
}

/// The events of a person or an account, all that there ever were.
///
/// One answer looks at a bounded number of events: it may hold fewer than the limit and yet have a `next`.
#[utoipa::path(
    get,
    path = "/profiles/{profileId}/events",
    tag = "Profiles",
    params(("profileId" = String, Path, description = "A profile's id, or `type:value`."), ProfileEventQuery),
    responses((status = 200, body = Data<ProfileEvents>), Refusal)
)]
pub(crate) async fn list_profile_events(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<ProfileEventQuery>,
) -> Result<Data<ProfileEvents>, ApiError> {
    caller.require(Scope::ProfilesRead)?;
    let (collection, page) = (collection_of(query.collection.as_deref())?, PageQuery::at(query.cursor.clone()));
    let asked = asked(query)?;
    let space = api.people(&caller)?;
    let found = api.search(move || {
        let reader = space.reader();
        let profile = find(&space, &reader, &id, collection)?;
        timeline(&reader, &profile, asked)
    });
    let found = found.await??;
    Ok(Data::of(ProfileEvents { events: found.events, pagination: page.info_of(found.next) }))
}

fn asked(query: ProfileEventQuery) -> Result<TimelineQuery, ApiError> {
    let time = |field: &str, text: Option<String>| {
        let read = |text: String| {
            Timestamp::parse(&text)
                .ok_or_else(|| ApiError::field(field, "This is no time; write one as 2026-01-31T12:00:00Z."))
        };
        text.map(read).transpose()
    };
    let kind = query.kind.map(|kind| {
        MessageType::parse(&kind).ok_or_else(|| {
            ApiError::field("type", "There is no such type; it is track, identify, page, screen, group or alias.")
        })
    });
    let order = match query.sort.as_deref() {
        None | Some("desc") => Order::NewestFirst,
        Some("asc") => Order::OldestFirst,
        Some(_) => return Err(ApiError::field("sort", "Events are sorted by time: desc or asc.")),
    };
    let limit = match query.limit.unwrap_or(LIMIT_DEFAULT) {
        limit @ 1..=LIMIT_MAX => limit,
        _ => return Err(ApiError::field("limit", "One answer holds 1 to 200 events; ask for that many.")),
    };
    let names = query.name.iter().flat_map(|names| names.split(',')).map(str::trim).filter(|name| !name.is_empty());
    Ok(TimelineQuery {
        kind: kind.transpose()?,
        names: names.map(Into::into).collect(),
        start: time("start", query.start)?,
        end: time("end", query.end)?,
        order,
        limit,
        cursor: query.cursor.filter(|cursor| !cursor.is_empty()),
    })
}
