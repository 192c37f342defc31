//! Sending past events to a destination again.

use std::sync::Arc;

use axum::extract::{Path, State};
use prime_control::{Actor, Destination, Scope};
use prime_delivery::{
    Replay, ReplayError, ReplayHandle, ReplayPreview, ReplaySample, ReplayScope, ReplaySpec, ReplayState,
};
use prime_event::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::destinations::find;
use super::events::checked_type;
use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

const RATE_DEFAULT: u32 = 100;
const RATE_MAX: u32 = 100_000;

pub(super) fn replay_routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(list_replays, start_replay))
        .routes(routes!(preview_replay))
        .routes(routes!(get_replay))
        .routes(routes!(cancel_replay))
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ReplayRequest)]
pub(crate) struct SpecBody {
    destination_id: String,
    /// Events that were received at this time or later, as in `2026-01-31T12:00:00Z`, ...
    start_time: String,
    /// ... and before this one.
    end_time: String,
    only: Scoped,
    /// Only those of this type.
    event_type: Option<String>,
    /// Only those whose event, page or screen name is this one.
    event_name: Option<String>,
    /// Events that are begun in a second: 1 to 100000, 100 when absent.
    #[schema(minimum = 1, maximum = 100_000, default = 100)]
    rate_per_second: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = ReplayScope)]
pub(crate) enum Scoped {
    Everything,
    /// Those whose delivery failed or expired, and which no replay has delivered since.
    Failures,
    /// Those that could not be delivered in time, from where they are kept, whether the stream still has them or not. Left out are
    /// those that a replay has delivered since, as far as receipts go back.
    Expired,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Previewed {
    preview: PreviewBody,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplayPreview)]
pub(crate) struct PreviewBody {
    /// To be sent.
    events: u64,
    /// How many of the range failed or expired and were not delivered by a replay since; a million at most.
    failures: u64,
    /// False where counting stopped at its bound of 200,000 events of the stream, or there are more failures than the million that one
    /// replay takes: there may be more.
    is_complete: bool,
    /// When the first one was received.
    first_at: Option<String>,
    last_at: Option<String>,
    /// The first ones, at most ten.
    samples: Vec<SampleBody>,
    /// How long it takes at the given rate.
    seconds: u64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReplaySample)]
pub(crate) struct SampleBody {
    message_id: String,
    event_type: String,
    event_name: String,
    received_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct One {
    replay: ReplayBody,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Replays {
    /// Newest first.
    replays: Vec<ReplayBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Replay)]
pub(crate) struct ReplayBody {
    id: String,
    /// As in receipts of what it sent.
    number: u32,
    destination_id: String,
    source_id: String,
    start_time: String,
    end_time: String,
    only: Scoped,
    event_type: Option<String>,
    event_name: Option<String>,
    rate_per_second: u32,
    /// Who started it: the address of a person, or the name of a token.
    started_by: String,
    started_at: String,
    state: StateBody,
    /// Events to be sent, as far as they were counted before it began.
    total: u64,
    /// Events that have come to an end: delivered, failed and filtered ones.
    sent: u64,
    delivered: u64,
    failed: u64,
    filtered: u64,
    /// What keeps it from going on as fast as asked for, or made it end where nobody cancelled it, in a sentence; null where nothing does.
    held_up: Option<String>,
    /// Null while it runs.
    ended_at: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schema(as = ReplayState)]
pub(crate) enum StateBody {
    Running,
    Done,
    /// By a person, or because the destination was switched off or deleted, or because it broke down too often. Events that waited for
    /// another attempt have failed then.
    Cancelled,
}

/// What a replay would send; nothing is sent.
#[utoipa::path(
    post,
    path = "/replays/preview",
    tag = "Replays",
    request_body = SpecBody,
    responses((status = 200, body = Data<Previewed>), Refusal)
)]
pub(super) async fn preview_replay(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<SpecBody>,
) -> Result<Data<Previewed>, ApiError> {
    let (replays, destination, spec) = asked(&api, &caller, &body)?;
    let rate = u64::from(spec.rate_per_second);
    let preview = api.searching(replays.preview(&destination, &spec)).await??;
    Ok(Data::of(Previewed { preview: PreviewBody::of(preview, rate) }))
}

/// Sends past events again, with the idempotency keys of their first delivery where each goes alone. One replay runs at a time for a destination;
/// it goes on after a restart.
#[utoipa::path(
    post,
    path = "/replays",
    tag = "Replays",
    request_body = SpecBody,
    responses((status = 200, body = Data<One>), Refusal)
)]
pub(super) async fn start_replay(
    State(api): State<Api>,
    caller: Caller,
    Body(body): Body<SpecBody>,
) -> Result<Data<One>, ApiError> {
    let (replays, destination, spec) = asked(&api, &caller, &body)?;
    let by = match caller.author().actor {
        Actor::Account { email, .. } => email,
        Actor::Token { name, .. } => name,
        Actor::System => "system".to_owned(),
    };
    let replay = api.searching(replays.start(&destination, spec, &by)).await??;
    Ok(Data::of(One { replay: replay.into() }))
}

/// Replays of the workspace, newest first; the last 500 are remembered.
#[utoipa::path(get, path = "/replays", tag = "Replays", responses((status = 200, body = Data<Replays>), Refusal))]
pub(super) async fn list_replays(State(api): State<Api>, caller: Caller) -> Result<Data<Replays>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let replays = handle(&api)?.list(caller.workspace());
    Ok(Data::of(Replays { replays: replays.into_iter().map(ReplayBody::from).collect() }))
}

/// One replay, as it stands.
#[utoipa::path(
    get,
    path = "/replays/{replayId}",
    tag = "Replays",
    params(("replayId" = String, Path)),
    responses((status = 200, body = Data<One>), Refusal)
)]
pub(super) async fn get_replay(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<One>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    Ok(Data::of(One { replay: known(&api, &caller, &id)?.into() }))
}

/// Sends nothing more of a replay. What was sent stays sent.
#[utoipa::path(
    post,
    path = "/replays/{replayId}/cancel",
    tag = "Replays",
    params(("replayId" = String, Path)),
    responses((status = 200, body = Data<One>), Refusal)
)]
pub(super) async fn cancel_replay(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<One>, ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let (replays, replay) = (handle(&api)?, known(&api, &caller, &id)?);
    let replay = api.search(move || replays.cancel(&replay)).await??;
    Ok(Data::of(One { replay: replay.into() }))
}

fn handle(api: &Api) -> Result<ReplayHandle, ApiError> {
    let nowhere = || ApiError::Unavailable("This node does not see the events; ask a node that does.".to_owned());
    api.replays.clone().ok_or_else(nowhere)
}

fn known(api: &Api, caller: &Caller, id: &str) -> Result<Replay, ApiError> {
    let number = id.parse().map_err(|_| ApiError::missing("replay"))?;
    handle(api)?.get(caller.workspace(), number).ok_or_else(|| ApiError::missing("replay"))
}

fn asked(
    api: &Api,
    caller: &Caller,
    body: &SpecBody,
) -> Result<(ReplayHandle, Arc<Destination>, ReplaySpec), ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let destination = find(api, caller, &body.destination_id)?;
    let time = |name: &str, text: &str| {
        Timestamp::parse(text).ok_or_else(|| ApiError::field(name, "Give a time, written as 2026-01-31T12:00:00Z."))
    };
    let (start, end) = (time("startTime", &body.start_time)?, time("endTime", &body.end_time)?);
    if start >= end {
        return Err(ApiError::field("endTime", "The range ends before it begins; give an end after the start."));
    }
    let rate_per_second = body.rate_per_second.unwrap_or(RATE_DEFAULT);
    if !(1..=RATE_MAX).contains(&rate_per_second) {
        return Err(ApiError::field("ratePerSecond", "Give 1 to 100000 events a second."));
    }
    let spec = ReplaySpec {
        destination: destination.id.clone(),
        start,
        end,
        scope: match body.only {
            Scoped::Everything => ReplayScope::Everything,
            Scoped::Failures => ReplayScope::Failures,
            Scoped::Expired => ReplayScope::Expired,
        },
        event_type: checked_type(body.event_type.clone())?,
        event_name: body.event_name.clone(),
        rate_per_second,
    };
    Ok((handle(api)?, destination, spec))
}

impl From<ReplayError> for ApiError {
    fn from(error: ReplayError) -> Self {
        match error {
            ReplayError::Busy => Self::Conflict(
                "Another replay of this destination is running; wait until it has ended, or cancel it.".to_owned(),
            ),
            ReplayError::Disabled => {
                Self::field("destinationId", "The destination is switched off; switch it on, then replay.")
            }
            ReplayError::NoRequests => Self::field(
                "destinationId",
                "This destination takes files, which are written again by themselves; there is nothing to replay.",
            ),
            ReplayError::Nothing => Self::field(
                "startTime",
                "No event of this range is to be sent; choose another range or another filter.",
            ),
            ReplayError::Store(problem) => {
                tracing::error!(problem, "expired events cannot be read");
                Self::Unavailable(format!("The expired events cannot be read; try again later. {problem}"))
            }
            ReplayError::Failed(problem) => {
                tracing::error!(problem, "a replay cannot begin");
                Self::Internal
            }
        }
    }
}

impl PreviewBody {
    fn of(preview: ReplayPreview, per_second: u64) -> Self {
        Self {
            events: preview.events,
            failures: preview.failures,
            is_complete: preview.is_complete,
            first_at: preview.first_at.map(|at| at.to_string()),
            last_at: preview.last_at.map(|at| at.to_string()),
            samples: preview.samples.into_iter().map(SampleBody::from).collect(),
            seconds: preview.events.div_ceil(per_second),
        }
    }
}

impl From<ReplaySample> for SampleBody {
    fn from(sample: ReplaySample) -> Self {
        Self {
            message_id: sample.message_id,
            event_type: sample.event_type,
            event_name: sample.event_name,
            received_at: sample.received_at.to_string(),
        }
    }
}

impl From<Replay> for ReplayBody {
    fn from(replay: Replay) -> Self {
        let (spec, counts) = (replay.spec, replay.counts);
        Self {
            id: replay.number.to_string(),
            number: replay.number,
            destination_id: spec.destination.to_string(),
            source_id: replay.source.to_string(),
            start_time: spec.start.to_string(),
            end_time: spec.end.to_string(),
            only: match spec.scope {
                ReplayScope::Everything => Scoped::Everything,
                ReplayScope::Failures => Scoped::Failures,
                ReplayScope::Expired => Scoped::Expired,
            },
            event_type: spec.event_type,
            event_name: spec.event_name,
            rate_per_second: spec.rate_per_second,
            started_by: replay.started_by,
            started_at: replay.started_at.to_string(),
            total: replay.total,
            sent: counts.ended(),
            delivered: counts.delivered,
            failed: counts.failed,
            filtered: counts.filtered,
            held_up: replay.held_up,
            ended_at: (replay.state != ReplayState::Running).then(|| replay.changed_at.to_string()),
            state: match replay.state {
                ReplayState::Running => StateBody::Running,
                ReplayState::Done => StateBody::Done,
                ReplayState::Cancelled => StateBody::Cancelled,
            },
        }
    }
}
