use axum::extract::State;
use prime_control::{Destination, Scope};
use prime_delivery::QueueState;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryQueues {
    /// Those for which most waits first.
    queues: Vec<DeliveryQueue>,
}

/// What waits for a destination, and how fast it is sent to. A moment old at most; on a cluster, what other nodes deliver is as they
/// told it last, some seconds ago.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryQueue {
    destination_id: String,
    source_id: String,
    /// Events that were read and have not ended, those that are tried just now included. Where more waits than is held in
    /// memory, events of other sources may be counted among them.
    waiting: u64,
    /// Of these, those that failed at least once and are tried again.
    retries: u64,
    /// Requests that are made just now.
    under_way: u64,
    /// When the oldest of those that wait was received, or, if it was tried, when that was first. Null when nothing waits.
    oldest_at: Option<String>,
    /// Events delivered in the last full second.
    rate_per_second: f64,
    /// Events a second that it is sent at most at present; null: as many as it takes.
    limit_per_second: Option<f64>,
    /// Requests that may be under way at present.
    concurrency: u64,
    circuit: CircuitState,
    /// Until when nothing is sent; null where nothing is held back, or nobody knows until when.
    circuit_until: Option<String>,
    /// What holds it up, in sentences; null where nothing does. On a cluster also that nobody has told for more than a minute how it
    /// stands, and since when.
    reason: Option<String>,
}

/// Whether a destination is sent to. `CLOSED`: it is. `RAMPING`: it is back after an outage, and is sent more and more.
/// `PROBING`: single requests find out whether it is back. `PAUSED`: it asked for a pause. `OPEN`: too much failed, and it is
/// left alone for a while.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum CircuitState {
    Closed,
    Ramping,
    Probing,
    Paused,
    Open,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct QueueFilter {
    /// Only the destinations of this source.
    source_id: Option<String>,
}

/// What waits for each destination that is switched on. Archives have no queue.
///
/// Of a cluster it tells what all nodes deliver. What is busy on another node is about two seconds old and at most ten, as long as that
/// node is at work; right after its start a node may need as long to know of all that waits.
#[utoipa::path(
    get,
    path = "/delivery/queues",
    tag = "Deliveries",
    params(QueueFilter),
    responses((status = 200, body = Data<DeliveryQueues>), Refusal)
)]
pub(super) async fn list_delivery_queues(
    State(api): State<Api>,
    caller: Caller,
    Params(filter): Params<QueueFilter>,
) -> Result<Data<DeliveryQueues>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let definitions = api.control.definitions();
    let is_wanted = |destination: &Destination| {
        destination.workspace == *caller.workspace()
            && filter.source_id.as_deref().is_none_or(|source| destination.source.as_str() == source)
    };
    let wanted = definitions.destinations.values().filter(|destination| is_wanted(destination));
    let queue =
        |destination: &Destination| Some(DeliveryQueue::of(destination, api.deliveries.queue(&destination.id)?));
    let mut queues: Vec<_> = wanted.filter_map(|destination| queue(destination)).collect();
    queues.sort_by(|one, two| two.waiting.cmp(&one.waiting).then_with(|| one.destination_id.cmp(&two.destination_id)));
    Ok(Data::of(DeliveryQueues { queues }))
}

impl DeliveryQueue {
    fn of(destination: &Destination, queue: QueueState) -> Self {
        Self {
            destination_id: destination.id.to_string(),
            source_id: destination.source.to_string(),
            waiting: queue.waiting,
            retries: queue.retries,
            under_way: queue.under_way,
            oldest_at: queue.oldest_at.map(|at| at.to_string()),
            rate_per_second: queue.rate_per_second,
            limit_per_second: queue.limit_per_second,
            concurrency: queue.concurrency,
            circuit: queue.circuit.into(),
            circuit_until: queue.circuit_until.map(|at| at.to_string()),
            reason: queue.reason,
        }
    }
}

impl From<prime_delivery::CircuitState> for CircuitState {
    fn from(state: prime_delivery::CircuitState) -> Self {
        match state {
            prime_delivery::CircuitState::Closed => Self::Closed,
            prime_delivery::CircuitState::Ramping => Self::Ramping,
            prime_delivery::CircuitState::Probing => Self::Probing,
            prime_delivery::CircuitState::Paused => Self::Paused,
            prime_delivery::CircuitState::Open => Self::Open,
        }
    }
}
