use std::time::Duration;

use axum::extract::State;
use prime_control::{ARCHIVE_METADATA_ID, Destination, Scope};
use prime_event::{EventRecord, Timestamp};
use prime_receipts::{DELIVERIES_KNOWN_DAYS, EventPlace, KnownDelivery, Lane, StateKind};
use prime_state::StateError;
use serde::{Deserialize, Serialize};
use tokio::time::sleep;
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::routes::destinations::find;
use crate::state::Api;
use crate::stream_search::{oldest_first, placed};

/// An event ends a moment before its receipt is written and read: twice as long as nodes of a cluster take to commit.
const RECEIPT_DELAY: Duration = Duration::from_secs(2);
const DAY_MS: i64 = 86_400_000;

/// Which event, and where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventStateQuery {
    /// A destination of the event's source. Required.
    destination_id: Option<String>,
    /// `offset` of the event, as `GET /events` tells it. Required.
    offset: Option<u64>,
}

/// What became of an event at a destination when it was sent for the first time.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EventState {
    state: Standing,
    /// The same in a sentence.
    sentence: String,
    /// Null where the receipt was left out of the sample or is no longer kept.
    receipt_id: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = EventStanding)]
pub(crate) enum Standing {
    /// It was not for this destination.
    Filtered,
    Delivered,
    /// It will be tried again.
    Retrying,
    /// It was refused for good.
    Failed,
    /// It was tried for as long as events are, in vain.
    Expired,
    /// It was filtered, failed or expired; which of these is no longer kept.
    Ended,
    /// It was not tried yet and will be.
    Waiting,
    /// It came before the destination was there.
    BeforeDestination,
    /// It came while the destination was switched off, or still is.
    NotSent,
    /// It came too long ago, or receipts are being read.
    Unknown,
}

/// What there is to judge by where nothing was told of the delivery.
#[derive(Clone, Copy, Debug)]
struct Facts {
    /// None where the stream does not have the event any more.
    received_at: Option<Timestamp>,
    created_at: Timestamp,
    is_enabled: bool,
    /// Whether the destination has passed the event; none where that is not known.
    is_passed: Option<bool>,
    /// Whether all receipts that were written have been read.
    is_caught_up: bool,
    now: Timestamp,
}

/// What became of one event at one destination, also where its receipt was left out of the sample. Of replays, receipts tell.
#[utoipa::path(
    get,
    path = "/delivery/state",
    tag = "Deliveries",
    params(EventStateQuery),
    responses((status = 200, body = Data<EventState>), Refusal)
)]
pub(super) async fn get_event_state(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<EventStateQuery>,
) -> Result<Data<EventState>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let id = query.destination_id.ok_or_else(|| ApiError::field("destinationId", "Say which destination is meant."))?;
    let place = query.offset.ok_or_else(|| ApiError::field("offset", "Give the `offset` of an event."))?;
    let destination = find(&api, &caller, &id)?;
    if destination.metadata_id == ARCHIVE_METADATA_ID {
        let sentence = "An archive writes events into files, many at a time, and has no receipts of single ones.";
        return Err(ApiError::field("destinationId", sentence));
    }
    let first = look(&api, &destination, place).await?;
    if first.state != Standing::NotSent {
        return Ok(Data::of(first));
    }
    sleep(RECEIPT_DELAY).await;
    Ok(Data::of(look(&api, &destination, place).await?))
}

async fn look(api: &Api, destination: &Destination, place: u64) -> Result<EventState, ApiError> {
    let (streams, destination) = (api.clone(), destination.clone());
    api.search(move || {
        let (offset, number) = placed(place, streams.events.len());
        let lane = Lane {
            workspace: destination.workspace.clone(),
            source: destination.source.clone(),
            destination: destination.id.clone(),
            subscription: None,
            replay: 0,
        };
        // Before the receipts, which are written before the destination passes their events.
        let position = streams.deliveries.position_in(number as u32, &destination.id);
        let event = EventPlace { partition: number as u32, offset };
        if let Some(known) = streams.receipts.delivery(&lane, event)? {
            return Ok(EventState::from(known));
        }
        let records = streams.events.get(number).and_then(|events| oldest_first(events, offset, 1).ok());
        let record = records.unwrap_or_default().into_iter().next().filter(|record| record.offset == offset);
        let event = record.and_then(|record| EventRecord::decode(record.value).ok());
        let own = event.filter(|event| (&event.workspace, &event.source) == (&lane.workspace, &lane.source));
        Ok::<_, StateError>(judged(Facts {
            received_at: own.map(|event| event.received_at),
            created_at: destination.created_at,
            is_enabled: destination.enabled,
            is_passed: position.map(|position| position > offset),
            is_caught_up: streams.receipts.status()?.is_some_and(|status| status.is_caught_up),
            now: Timestamp::now(),
        }))
    })
    .await?
    .map_err(ApiError::from)
}

/// Of an event of which no receipt tells.
fn judged(facts: Facts) -> EventState {
    let known_ms = i64::from(DELIVERIES_KNOWN_DAYS) * DAY_MS;
    let (state, sentence) = match facts {
        Facts { received_at: None, .. } => (
            Standing::Unknown,
            "The stream does not have this event for the destination's source, and nothing is kept of what became of it.",
        ),
        Facts { received_at: Some(at), created_at, .. } if at < created_at => {
            (Standing::BeforeDestination, "It came before the destination was there. A replay sends it.")
        }
        Facts { received_at: Some(at), now, .. } if now.as_millis() - at.as_millis() > known_ms => {
            (Standing::Unknown, "It came so long ago that what became of it is no longer kept.")
        }
        Facts { is_caught_up: false, .. } => {
            (Standing::Unknown, "Receipts are still being read after a start; ask again in a moment.")
        }
        Facts { is_enabled: false, .. } => (Standing::NotSent, "The destination is switched off, and it was not sent."),
        Facts { is_passed: Some(true), .. } => (
            Standing::NotSent,
            "It came while the destination was switched off, so it was not sent. A replay sends it.",
        ),
        Facts { is_passed: Some(false), .. } => (Standing::Waiting, "It waits for its first attempt."),
        Facts { is_passed: None, .. } => {
            (Standing::Unknown, "Nobody has told yet how far the destination is; ask again in a moment.")
        }
    };
    EventState { state, sentence: sentence.to_owned(), receipt_id: None }
}

impl From<KnownDelivery> for EventState {
    fn from(known: KnownDelivery) -> Self {
        let (state, sentence, receipt_id) = match known {
            KnownDelivery::Receipt(kept) => {
                let (state, about) = match kept.receipt.state.kind() {
                    StateKind::Filtered => (Standing::Filtered, "It was not for this destination."),
                    StateKind::Delivered => (Standing::Delivered, "The destination took it."),
                    StateKind::Retrying => (Standing::Retrying, "It was tried in vain and is tried again."),
                    StateKind::Failed => (Standing::Failed, "The destination refused it for good."),
                    StateKind::Expired => (Standing::Expired, "It was tried for as long as events are, in vain."),
                };
                let reason = kept.receipt.state.reason().map(|reason| reason.sentence.clone());
                (state, reason.unwrap_or_else(|| about.to_owned()), Some(kept.id.to_string()))
            }
            KnownDelivery::Retrying => (
                Standing::Retrying,
                "It was tried in vain and is tried again; its receipt is no longer kept.".into(),
                None,
            ),
            KnownDelivery::Delivered => {
                (Standing::Delivered, "The destination took it. No receipt of this delivery is kept.".into(), None)
            }
            KnownDelivery::EndedOtherwise => {
                let sentence = "It was filtered, refused or expired; the receipt that says which is no longer kept.";
                (Standing::Ended, sentence.into(), None)
            }
        };
        Self { state, sentence, receipt_id }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_that_no_receipt_tells_of_waits_or_was_not_sent() {
        let at = |days: i64| Timestamp::from_millis(days * DAY_MS);
        let facts = Facts {
            received_at: Some(at(100)),
            created_at: at(50),
            is_enabled: true,
            is_passed: Some(false),
            is_caught_up: true,
            now: at(101),
        };
        let state = |facts| judged(facts).state;
        assert_eq!(state(facts), Standing::Waiting);
        assert_eq!(state(Facts { is_passed: Some(true), ..facts }), Standing::NotSent);
        assert_eq!(state(Facts { is_enabled: false, ..facts }), Standing::NotSent);
        assert_eq!(state(Facts { received_at: Some(at(49)), ..facts }), Standing::BeforeDestination);
        for unknown in [
            Facts { received_at: None, ..facts },
            Facts { is_passed: None, ..facts },
            Facts { is_caught_up: false, is_passed: Some(true), ..facts },
            Facts { now: at(136), is_passed: Some(true), ..facts },
        ] {
            assert_eq!(state(unknown), Standing::Unknown, "{unknown:?}");
        }
    }
}
