use axum::extract::State;
use prime_control::Scope;
use prime_event::Timestamp;
use prime_receipts::{Counts, OverviewQuery, Step, Totals};
use prime_state::StateError;
use serde::Serialize;
use utoipa::ToSchema;

use super::window::WindowQuery;
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// How a destination does.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliverySummary {
    /// Within the range, when it happened.
    delivered: u64,
    /// Those of the delivered that took more than one attempt.
    delivered_upon_retry: u64,
    filtered: u64,
    /// What expired included.
    failed: u64,
    /// From the arrival of an event to its delivery; null where nothing was delivered.
    latency: Option<DeliveryLatency>,
    totals: DeliveryTotals,
    /// Whether all receipts that were written are in the figures. After a start it takes a moment.
    caught_up: bool,
}

/// At most an eighth too long.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryLatency {
    p50_ms: u64,
    p95_ms: u64,
    p99_ms: u64,
}

/// What became of every event that was begun for the destination, since its first receipt:
/// `received = filtered + delivered + failed + expired + waiting`.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryTotals {
    received: u64,
    filtered: u64,
    delivered: u64,
    failed: u64,
    expired: u64,
    /// An attempt failed and another one follows.
    waiting: u64,
    /// Whether it adds up.
    balanced: bool,
}

/// How a destination does: ends within a range, latency, and what became of everything so far.
#[utoipa::path(
    get,
    path = "/delivery/summary",
    tag = "Deliveries",
    params(WindowQuery),
    responses((status = 200, body = Data<DeliverySummary>), Refusal)
)]
pub(super) async fn get_delivery_summary(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<WindowQuery>,
) -> Result<Data<DeliverySummary>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let (destination, window) = (query.destination(&api, &caller)?, query.window(Timestamp::now())?);
    let (receipts, workspace) = (api.receipts.clone(), caller.workspace().clone());
    let summary = api.search(move || {
        // First, so that what is caught up is in the figures.
        let caught_up = receipts.status()?.is_some_and(|status| status.is_caught_up);
        let counts = |step| {
            let question = OverviewQuery {
                workspace: workspace.clone(),
                source: destination.source.clone(),
                destination: destination.id.clone(),
                step,
                resolution: window.resolution,
                range: window.range.clone(),
                group_by: Vec::new(),
                filter: Vec::new(),
            };
            Ok::<_, StateError>(receipts.overview(&question)?.pop().map(|group| group.total).unwrap_or_default())
        };
        let delivered: Counts = counts(Step::Delivered)?;
        Ok::<_, StateError>(DeliverySummary {
            delivered: delivered.total,
            delivered_upon_retry: delivered.retried,
            filtered: counts(Step::Filtered)?.total,
            failed: counts(Step::Failed)?.total,
            latency: latency(&delivered),
            totals: receipts.totals(&workspace, &destination.id)?.into(),
            caught_up,
        })
    });
    Ok(Data::of(summary.await??))
}

fn latency(delivered: &Counts) -> Option<DeliveryLatency> {
    let percentile = |share| delivered.latencies.percentile_ms(share);
    Some(DeliveryLatency { p50_ms: percentile(0.5)?, p95_ms: percentile(0.95)?, p99_ms: percentile(0.99)? })
}

impl From<Totals> for DeliveryTotals {
    fn from(totals: Totals) -> Self {
        let balanced = totals.is_balanced();
        let Totals { received, filtered, delivered, failed, expired, waiting } = totals;
        Self { received, filtered, delivered, failed, expired, waiting, balanced }
    }
}
