//! What destinations do with the events: counts, attempts, and a try.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use prime_control::Scope;
use prime_delivery::{Attempt, AttemptOutcome, DestinationState, RequestReport, ResponseReport, TestReport};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::find;
use crate::body::Body;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

pub(super) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::default()
        .routes(routes!(get_delivery_metrics))
        .routes(routes!(list_deliveries))
        .routes(routes!(test_destination))
}

/// Counts since the server started.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryMetrics {
    source_id: String,
    destination_metadata_id: String,
    metrics: Vec<DeliveryMetric>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryMetric {
    /// `successes`, `failures`, `filtered`, `attempts` or `archived`.
    metric_name: &'static str,
    total: u64,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Deliveries {
    /// Newest first, at most 200.
    deliveries: Vec<Delivery>,
    /// Null until the destination has been followed for a moment.
    state: Option<DeliveryState>,
}

/// One attempt at carrying one event; for an archive, one file.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    at: String,
    /// Place of the event in the `events` stream.
    offset: u64,
    event_message_id: String,
    event_type: String,
    /// Name of the event, page or screen; empty where the type has none.
    event_name: String,
    outcome: DeliveryOutcome,
    /// The HTTP status of the answer, if there was one.
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    latency_ms: u64,
    /// 1 for the first attempt; 0 where the event was filtered and nothing was tried.
    attempt: u32,
    /// A word to count and search by.
    code: String,
    /// What happened, in a sentence.
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<ShownRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ShownResponse>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeliveryOutcome {
    Delivered,
    /// It will be tried again.
    Retrying,
    /// It was refused for good.
    Failed,
    /// It was not for this destination.
    Filtered,
}

/// Where a destination stands in the `events` stream.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryState {
    /// Every event before this offset has its final outcome.
    position: u64,
    /// Events that it has yet to get: those that it is owed, and those, of any source, that were not read yet.
    behind: u64,
    /// Whether an event waits to be tried again, or nothing is sent for a while.
    waiting: bool,
    /// The last failure in words; absent once something was delivered after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// A request as it went out, with secrets masked, cut to a bound: 2 KiB of the body, and 32 headers of 512 bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownRequest {
    method: String,
    url: String,
    headers: BTreeMap<String, String>,
    body: String,
}

/// An answer, with secrets masked, cut to a bound: 2 KiB of the body, and 32 headers of 512 bytes.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ShownResponse {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TestDestination {
    /// The event to send; a sample that says it is a test when absent.
    #[schema(value_type = Option<BTreeMap<String, Value>>)]
    event: Option<serde_json::Map<String, Value>>,
}

/// What one try came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TestResult {
    outcome: DeliveryOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    latency_ms: u64,
    /// A word to count and search by.
    code: String,
    /// What happened, in a sentence.
    reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    request: Option<ShownRequest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<ShownResponse>,
}

/// How many events a destination took and refused since the server started.
#[utoipa::path(
    get,
    path = "/destinations/{destinationId}/delivery-metrics",
    tag = "Deliveries",
    params(("destinationId" = String, Path)),
    responses((status = 200, body = Data<DeliveryMetrics>), Refusal)
)]
pub(super) async fn get_delivery_metrics(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<DeliveryMetrics>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let destination = find(&api, &caller, &id)?;
    let counters = api.counters.destination(&destination.id);
    let metric = |metric_name, total| DeliveryMetric { metric_name, total };
    Ok(Data::of(DeliveryMetrics {
        source_id: destination.source.to_string(),
        destination_metadata_id: destination.metadata_id.clone(),
        metrics: vec![
            metric("successes", counters.delivered()),
            metric("failures", counters.failed()),
            metric("filtered", counters.filtered()),
            metric("attempts", counters.attempts()),
            metric("archived", counters.archived()),
        ],
    }))
}

/// The last attempts of a destination, and where it stands.
#[utoipa::path(
    get,
    path = "/destinations/{destinationId}/deliveries",
    tag = "Deliveries",
    params(("destinationId" = String, Path)),
    responses((status = 200, body = Data<Deliveries>), Refusal)
)]
pub(super) async fn list_deliveries(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Data<Deliveries>, ApiError> {
    caller.require(Scope::DestinationsRead)?;
    let destination = find(&api, &caller, &id)?;
    Ok(Data::of(Deliveries {
        deliveries: api.deliveries.attempts(&destination.id).into_iter().map(Delivery::from).collect(),
        state: api.deliveries.state(&destination.id).map(DeliveryState::from),
    }))
}

/// Sends one event now, whether the destination is switched on or not, and answers what came of it. An archive writes a
/// small object instead. Nothing is counted or tried again.
#[utoipa::path(
    post,
    path = "/destinations/{destinationId}/test",
    tag = "Deliveries",
    params(("destinationId" = String, Path)),
    request_body = TestDestination,
    responses((status = 200, body = Data<TestResult>), Refusal)
)]
pub(super) async fn test_destination(
    State(api): State<Api>,
    caller: Caller,
    Path(id): Path<String>,
    Body(request): Body<TestDestination>,
) -> Result<Data<TestResult>, ApiError> {
    caller.require(Scope::DestinationsWrite)?;
    let destination = find(&api, &caller, &id)?;
    let event = request.event.map(Value::Object);
    Ok(Data::of(TestResult::from(api.deliveries.test(&destination, event.as_ref()).await)))
}

impl From<AttemptOutcome> for DeliveryOutcome {
    fn from(outcome: AttemptOutcome) -> Self {
        match outcome {
            AttemptOutcome::Delivered => Self::Delivered,
            AttemptOutcome::Retrying => Self::Retrying,
            AttemptOutcome::Failed => Self::Failed,
            AttemptOutcome::Filtered => Self::Filtered,
        }
    }
}

impl From<Attempt> for Delivery {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            offset: attempt.offset,
            event_message_id: attempt.event_message_id,
            event_type: attempt.event_type,
            event_name: attempt.event_name,
            outcome: attempt.outcome.into(),
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            attempt: attempt.attempt,
            code: attempt.code,
            reason: attempt.reason,
            request: attempt.request.map(ShownRequest::from),
            response: attempt.response.map(ShownResponse::from),
        }
    }
}

impl From<TestReport> for TestResult {
    fn from(report: TestReport) -> Self {
        Self {
            outcome: report.outcome.into(),
            status: report.status,
            latency_ms: report.latency_ms,
            code: report.code,
            reason: report.reason,
            request: report.request.map(ShownRequest::from),
            response: report.response.map(ShownResponse::from),
        }
    }
}

impl From<DestinationState> for DeliveryState {
    fn from(state: DestinationState) -> Self {
        Self { position: state.position, behind: state.behind, waiting: state.waiting, last_error: state.last_error }
    }
}

impl From<RequestReport> for ShownRequest {
    fn from(request: RequestReport) -> Self {
        Self { method: request.method, url: request.url, headers: request.headers, body: request.body }
    }
}

impl From<ResponseReport> for ShownResponse {
    fn from(response: ResponseReport) -> Self {
        Self { status: response.status, headers: response.headers, body: response.body }
    }
}
