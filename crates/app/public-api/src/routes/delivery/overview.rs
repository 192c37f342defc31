use axum::extract::{Path, RawQuery, State};
use prime_control::Scope;
use prime_event::Timestamp;
use prime_ledger::Whose;
use prime_receipts::{Counts, Dimension, OverviewGroup, OverviewQuery, Step};
use serde::Serialize;
use utoipa::ToSchema;

use super::breakdown::Breakdown;
use super::from_ledger::{self, SourceStep};
use super::window::WindowQuery;
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::pagination::{PageInfo, PageQuery};
use crate::state::Api;

/// Events that came to one step within a range of time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DeliveryOverview {
    /// All of them, on all pages.
    total: u64,
    /// A series for each combination of the values of `groupBy`, the one with most events first; one where nothing is
    /// grouped.
    dataset: Vec<DeliveryOverviewDataset>,
    pagination: PageInfo,
}

#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryOverviewDataset {
    #[serde(skip_serializing_if = "Option::is_none")]
    event_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_type: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app_version: Option<String>,
    /// Of successes, `successes.attempt.1` to `successes.attempt.10`: the attempt that succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    discard_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription_id: Option<String>,
    total: u64,
    /// Those of them that took more than one attempt; of steps at a destination.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_retry_count: Option<u64>,
    /// The minutes, hours or days in which there were any, oldest first.
    series: Vec<DeliveryOverviewDatapoint>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DeliveryOverviewDatapoint {
    /// When the minute, hour or day began.
    time: String,
    count: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_count: Option<u64>,
}

/// Where events are counted on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum At {
    Source(SourceStep),
    Destination(Step),
}

/// How many events came to a step of delivery, over time and by what they have in common.
///
/// The step is `successfully-received`, `failed-on-ingest`, `filtered-at-source`, `filtered-at-destination`,
/// `successful-delivery` or `failed-delivery`. What happens at a source is counted when it was received, what happens at a
/// destination when it happened. Of each step, destination and time, the 200 most frequent combinations of values are told
/// apart; those of the others have the event name and app version `(other)`.
#[utoipa::path(
    get,
    path = "/delivery-overview/{step}",
    tag = "Deliveries",
    params(
        ("step" = String, Path),
        WindowQuery,
        ("groupBy" = Option<String>, Query, description = "`eventName`, `eventType`, `appVersion`, `discardReason`, `subscriptionId`, several with commas between. Steps at a source know `discardReason` alone, and `successfully-received` none."),
        ("filter" = Option<String>, Query, description = "Only events with one of these values, as in `filter[eventName][0]=Signup`, by what can be grouped by."),
        PageQuery,
    ),
    responses((status = 200, body = Data<DeliveryOverview>), Refusal)
)]
pub(super) async fn get_delivery_overview(
    State(api): State<Api>,
    caller: Caller,
    Path(step): Path<String>,
    Params(query): Params<WindowQuery>,
    Params(page): Params<PageQuery>,
    RawQuery(raw): RawQuery,
) -> Result<Data<DeliveryOverview>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let at = At::parse(&step)?;
    let breakdown = Breakdown::read(raw.as_deref().unwrap_or_default())?;
    let (source, window) = (query.source(&api, &caller)?, query.window(Timestamp::now())?);
    let groups = match at {
        At::Source(step) => {
            let whose = Whose { workspace: caller.workspace(), source: Some(&source.id) };
            from_ledger::groups(&api, whose, step, &window, &breakdown)?
        }
        At::Destination(step) => {
            let question = OverviewQuery {
                workspace: caller.workspace().clone(),
                source: source.id.clone(),
                destination: query.destination(&api, &caller)?.id.clone(),
                step,
                resolution: window.resolution,
                range: window.range,
                group_by: breakdown.group_by.clone(),
                filter: breakdown.filter,
            };
            let receipts = api.receipts.clone();
            api.search(move || receipts.overview(&question)).await??
        }
    };
    DeliveryOverview::page(at, &breakdown.group_by, groups, &page).map(Data::of)
}

impl DeliveryOverview {
    fn page(
        at: At,
        group_by: &[Dimension],
        mut groups: Vec<OverviewGroup>,
        page: &PageQuery,
    ) -> Result<Self, ApiError> {
        if groups.is_empty() && group_by.is_empty() {
            groups.push(OverviewGroup::default());
        }
        let total = groups.iter().map(|group| group.total.total).sum();
        let (from, count) = (page.position()?.unwrap_or(0) as usize, page.count()?);
        let until = from.saturating_add(count);
        let next = (groups.len() > until).then_some(until as u64);
        let shown = groups.into_iter().skip(from).take(count);
        let dataset = shown.map(|group| DeliveryOverviewDataset::of(at, group_by, group)).collect();
        Ok(Self { total, dataset, pagination: page.info_at(next) })
    }
}

impl DeliveryOverviewDataset {
    fn of(at: At, group_by: &[Dimension], group: OverviewGroup) -> Self {
        let retried = |counts: &Counts| matches!(at, At::Destination(_)).then_some(counts.retried);
        let series = group.series.iter().map(|(time, counts)| DeliveryOverviewDatapoint {
            time: time.to_string(),
            count: counts.total,
            retry_count: retried(counts),
        });
        let mut dataset = Self {
            total: group.total.total,
            total_retry_count: retried(&group.total),
            series: series.collect(),
            ..Self::default()
        };
        for (dimension, value) in group_by.iter().zip(group.values) {
            let field = match dimension {
                Dimension::EventName => &mut dataset.event_name,
                Dimension::EventType => &mut dataset.event_type,
                Dimension::AppVersion => &mut dataset.app_version,
                Dimension::DiscardReason => &mut dataset.discard_reason,
                Dimension::SubscriptionId => &mut dataset.subscription_id,
            };
            *field = Some(value);
        }
        dataset
    }
}

impl At {
    fn parse(step: &str) -> Result<Self, ApiError> {
        match step {
            "successfully-received" => Ok(Self::Source(SourceStep::Received)),
            "failed-on-ingest" => Ok(Self::Source(SourceStep::FailedOnIngest)),
            "filtered-at-source" => Ok(Self::Source(SourceStep::FilteredAtSource)),
            "filtered-at-destination" => Ok(Self::Destination(Step::Filtered)),
            "successful-delivery" => Ok(Self::Destination(Step::Delivered)),
            "failed-delivery" => Ok(Self::Destination(Step::Failed)),
            _ => Err(ApiError::NotFound(
                "There is no such step; there are successfully-received, failed-on-ingest, filtered-at-source, \
                 filtered-at-destination, successful-delivery and failed-delivery."
                    .to_owned(),
            )),
        }
    }
}
