//! What a destination would make of a real event.

use axum::extract::{Path, State};
use prime_control::{Destination, Scope};
use prime_delivery::Preview;
use prime_destination::Reason;
use prime_event::{EventHead, EventRecord};
use prime_log::Record;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::deliveries::ShownRequest;
use super::find;
use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;
use crate::stream_search::newest_first;

/// So many of the newest events are looked at for one that the destination would take.
const LOOKED_AT: usize = 50;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default().routes(routes!(preview_request))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct PreviewRequest {
    /// Which event of the source. When absent the newest one that the destination would take, of the 50 newest; if there is none, the
    /// newest one with a problem, or else the newest one.
    message_id: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Previewed {
    preview: RequestPreview,
}

/// What would be sent for an event. Exactly one of `request`, `filtered` and `problem` is there, or none where the source
/// has no such event.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestPreview {
    message_id: Option<String>,
    /// The event as it would be delivered; numbers are written exactly as they came.
    #[schema(value_type = Option<std::collections::HashMap<String, serde_json::Value>>)]
    event: Option<Box<RawValue>>,
    request: Option<ShownRequest>,
    filtered: Option<PreviewReason>,
    problem: Option<PreviewReason>,
}

/// Why there would be no request.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct PreviewReason {
    /// A word to count and search by.
    code: String,
    /// What happens and what to do, in a sentence.
    reason: String,
}

/// Shows the request that a recent event would make, and sends nothing.
///
/// With a batch, an event shares its request with others; here it is alone.
#[utoipa::path(
    post,
    path = "/destinations/{destinationId}/preview",
    tag = "Deliveries",
    params(("destinationId" = String, Path)),
    request_body = PreviewRequest,
    responses((status = 200, body = Data<Previewed>), Refusal)
)]
pub(super) async fn preview_request(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(request): Body<PreviewRequest>,
) -> Result<Data<Previewed>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    caller.require(Scope::EventsRead)?;
    let destination = find(&api, &caller, &id)?;
    let (partitions, of) = (api.events.clone(), destination.clone());
    let count = if request.message_id.is_some() { 1 } else { LOOKED_AT };
    let keep = move |record: &Record, _| event(record, &of, request.message_id.as_deref());
    let found = api.search(move || newest_first(&partitions, None, count, keep)).await??;
    let previews = found.bodies().into_iter().map(|event| preview(&destination, &event));
    Ok(Data::of(Previewed { preview: chosen(previews) }))
}

/// The first that is a request; else the first with a problem, as there something can be put right; else the first.
fn chosen(previews: impl Iterator<Item = RequestPreview>) -> RequestPreview {
    let (mut problem, mut filtered) = (None, None);
    for preview in previews {
        if preview.problem.is_some() {
            problem.get_or_insert(preview);
        } else if preview.filtered.is_some() {
            filtered.get_or_insert(preview);
        } else {
            return preview;
        }
    }
    problem.or(filtered).unwrap_or_default()
}

fn event(record: &Record, destination: &Destination, message_id: Option<&str>) -> Option<EventRecord> {
    let event = EventRecord::decode(record.value.clone()).ok()?;
    if event.workspace != destination.workspace || event.source != destination.source {
        return None;
    }
    match message_id {
        Some(_) if EventHead::read(&event.payload)?.message_id.as_deref() != message_id => None,
        _ => Some(event),
    }
}

fn preview(destination: &Destination, event: &EventRecord) -> RequestPreview {
    let told = RequestPreview {
        message_id: EventHead::read(&event.payload).and_then(|head| head.message_id),
        event: serde_json::from_slice(&event.payload).ok(),
        ..RequestPreview::default()
    };
    match Preview::of(destination, event) {
        Preview::Request(request) => RequestPreview { request: Some(request.into()), ..told },
        Preview::Filtered(reason) => RequestPreview { filtered: Some(reason.into()), ..told },
        Preview::Impossible(reason) => RequestPreview { problem: Some(reason.into()), ..told },
    }
}

impl From<Reason> for PreviewReason {
    fn from(reason: Reason) -> Self {
        Self { code: reason.code.into_owned(), reason: reason.sentence.into_owned() }
    }
}
