use axum::extract::State;
use prime_control::Scope;
use prime_event::{DestinationId, Timestamp, WorkspaceId};
use prime_receipts::{Dimension, OverviewQuery, ReceiptQuery, ReceiptsHandle, StateKind, Step};
use prime_state::StateError;
use serde::Serialize;
use utoipa::ToSchema;

use super::receipt_body::{AttemptBody, ReceiptBody};
use super::window::{Window, WindowQuery};
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// As many as Segment shows.
const SAMPLES: usize = 10;
/// Reasons that are told; there are commonly a handful.
const REASONS_MAX: usize = 50;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Discards {
    /// The most frequent first, at most 50.
    discards: Vec<Discard>,
}

/// Events that a destination did not get, for one reason.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Discard {
    step: DiscardStep,
    discard_reason: String,
    /// In a sentence, as the newest sample has it; null where no sample is kept.
    sentence: Option<String>,
    total: u64,
    /// The newest ones, at most 10.
    samples: Vec<DiscardSample>,
}

#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum DiscardStep {
    FilteredAtDestination,
    FailedDelivery,
}

/// One event that was not delivered, with the last attempt. Its receipt says which event it is; asked for by its id it has the event
/// itself, too.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DiscardSample {
    receipt: ReceiptBody,
    /// Null where nothing was sent.
    attempt: Option<AttemptBody>,
}

/// Why events did not get to a destination: each reason with its count and up to ten samples.
#[utoipa::path(
    get,
    path = "/delivery/discards",
    tag = "Deliveries",
    params(WindowQuery),
    responses((status = 200, body = Data<Discards>), Refusal)
)]
pub(super) async fn list_discards(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<WindowQuery>,
) -> Result<Data<Discards>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let (destination, window) = (query.destination(&api, &caller)?, query.window(Timestamp::now())?);
    let (receipts, workspace) = (api.receipts.clone(), caller.workspace().clone());
    let discards = api.search(move || {
        let question = |step| OverviewQuery {
            workspace: workspace.clone(),
            source: destination.source.clone(),
            destination: destination.id.clone(),
            step,
            resolution: window.resolution,
            range: window.range.clone(),
            group_by: vec![Dimension::DiscardReason],
            filter: Vec::new(),
        };
        let mut discards = Vec::new();
        for (shown, step) in
            [(DiscardStep::FilteredAtDestination, Step::Filtered), (DiscardStep::FailedDelivery, Step::Failed)]
        {
            for group in receipts.overview(&question(step))? {
                let reason = group.values.into_iter().next().unwrap_or_default();
                discards.push((shown, step, reason, group.total.total));
            }
        }
        discards.sort_by_key(|(.., total)| std::cmp::Reverse(*total));
        discards.truncate(REASONS_MAX);
        discards
            .into_iter()
            .map(|(shown, step, reason, total)| {
                let samples = samples(&receipts, &workspace, &destination.id, step, &reason, &window)?;
                let sentence = samples.first().and_then(|sample| sample.receipt.sentence().map(str::to_owned));
                Ok(Discard { step: shown, discard_reason: reason, sentence, total, samples })
            })
            .collect::<Result<_, StateError>>()
    });
    Ok(Data::of(Discards { discards: discards.await?? }))
}

fn samples(
    receipts: &ReceiptsHandle,
    workspace: &WorkspaceId,
    destination: &DestinationId,
    step: Step,
    reason: &str,
    window: &Window,
) -> Result<Vec<DiscardSample>, StateError> {
    let mut found = Vec::new();
    for state in StateKind::ALL.into_iter().filter(|state| Step::of(*state) == Some(step)) {
        let query = ReceiptQuery {
            destination: Some(destination.clone()),
            state: Some(state),
            code: Some(reason.to_owned()),
            until: Some(window.range.end),
            ..ReceiptQuery::of(workspace.clone())
        };
        found.extend(receipts.search(&query, None, SAMPLES)?.receipts);
    }
    found.retain(|kept| kept.receipt.at >= window.range.start);
    found.sort_by_key(|kept| std::cmp::Reverse(kept.id));
    found.truncate(SAMPLES);
    found
        .into_iter()
        .map(|kept| {
            let attempt = receipts.attempts(kept.id)?.pop().map(AttemptBody::from);
            Ok(DiscardSample { receipt: kept.into(), attempt })
        })
        .collect()
}
