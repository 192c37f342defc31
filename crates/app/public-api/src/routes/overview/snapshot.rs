use axum::extract::State;
use prime_control::{Definitions, Destination, Scope, Source};
use prime_event::{Timestamp, WorkspaceId};
use prime_runtime::{Rates, Totals};
use serde::Serialize;
use utoipa::ToSchema;

use super::attention::{Attention, attention};
use super::history::{Wanted, history};
use super::series::{minutes, shown_minutes};
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

/// What happens now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Overview {
    started_at: String,
    uptime_seconds: u64,
    totals: TotalsBody,
    rates: RatesBody,
    sources: Vec<SourceOverview>,
    destinations: Vec<DestinationOverview>,
    journal: JournalOverview,
    /// What needs a person, most urgent first.
    attention: Vec<Attention>,
}

/// Counts since the server started.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Totals)]
pub(crate) struct TotalsBody {
    requests: u64,
    accepted: u64,
    processed: u64,
    duplicates: u64,
    rejected: u64,
    delivered: u64,
    failed: u64,
    archived: u64,
}

/// Per second, averaged over the last ten.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rates)]
pub(crate) struct RatesBody {
    requests: f64,
    accepted: f64,
    processed: f64,
    duplicates: f64,
    rejected: f64,
    delivered: f64,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SourceOverview {
    id: String,
    name: String,
    slug: String,
    enabled: bool,
    accepted: u64,
    processed: u64,
    duplicates: u64,
    rejected: u64,
    /// When an event was last processed, since the server started.
    last_event_at: Option<String>,
    /// Events processed in each of the last 60 minutes, oldest first; the last minute is still running.
    processed_by_minute: Vec<u64>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct DestinationOverview {
    id: String,
    name: String,
    source_id: String,
    metadata_id: String,
    enabled: bool,
    delivered: u64,
    failed: u64,
    filtered: u64,
    archived: u64,
    /// Events, of any source, that it has still to look at; null until it has been followed for a moment.
    behind: Option<u64>,
    /// Whether an event waits to be tried again.
    waiting: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_error: Option<String>,
}

/// The journal holds what was accepted until it is processed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct JournalOverview {
    pub(super) bytes: u64,
    pub(super) bytes_max: u64,
    /// Requests that are accepted and not processed yet.
    pub(super) behind: u64,
}

/// What happens now: totals, rates, sources, destinations, and what needs a person.
#[utoipa::path(
    get,
    path = "/overview",
    tag = "Overview",
    responses((status = 200, body = Data<Overview>), Refusal)
)]
pub(crate) async fn get_overview(State(api): State<Api>, caller: Caller) -> Result<Data<Overview>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let now = Timestamp::now();
    let definitions = api.control.definitions();
    let sources = sources_of(&definitions, caller.workspace());
    let destinations: Vec<&Destination> =
        sources.iter().flat_map(|source| definitions.destinations_of(&source.id)).map(|found| &**found).collect();
    let journal = JournalOverview::read(&api);
    Ok(Data::of(Overview {
        started_at: api.started_at.to_string(),
        uptime_seconds: (now.as_millis() - api.started_at.as_millis()).max(0) as u64 / 1_000,
        totals: api.counters.totals().into(),
        rates: api.counters.rates().into(),
        attention: attention(&api, &sources, &destinations, journal, now),
        sources: sources.into_iter().map(|source| SourceOverview::read(&api, source, now)).collect(),
        destinations: destinations.into_iter().map(|found| DestinationOverview::read(&api, found)).collect(),
        journal,
    }))
}

/// Oldest first.
fn sources_of<'a>(definitions: &'a Definitions, workspace: &WorkspaceId) -> Vec<&'a Source> {
    let mut sources: Vec<&Source> =
        definitions.sources.values().map(|source| &**source).filter(|source| source.workspace == *workspace).collect();
    sources.sort_by_key(|source| (source.created_at, source.id.clone()));
    sources
}

impl SourceOverview {
    fn read(api: &Api, source: &Source, now: Timestamp) -> Self {
        let counters = api.counters.source(&source.id);
        let wanted = Wanted { workspace: &source.workspace, source: Some(&source.id), destinations: Some(&[]) };
        let history = history(api, wanted, minutes(60, now));
        Self {
            id: source.id.to_string(),
            name: source.name.clone(),
            slug: source.slug.clone(),
            enabled: source.enabled,
            accepted: counters.accepted(),
            processed: counters.processed(),
            duplicates: counters.duplicates(),
            rejected: counters.rejected(),
            last_event_at: counters.last_event_at().map(|at| at.to_string()),
            processed_by_minute: shown_minutes(minutes(60, now), &history)
                .map(|(_, counts)| counts.processed)
                .collect(),
        }
    }
}

impl DestinationOverview {
    fn read(api: &Api, destination: &Destination) -> Self {
        let counters = api.counters.destination(&destination.id);
        let state = api.deliveries.state(&destination.id);
        Self {
            id: destination.id.to_string(),
            name: destination.name.clone(),
            source_id: destination.source.to_string(),
            metadata_id: destination.metadata_id.clone(),
            enabled: destination.enabled,
            delivered: counters.delivered(),
            failed: counters.failed(),
            filtered: counters.filtered(),
            archived: counters.archived(),
            behind: state.as_ref().map(|state| state.behind),
            waiting: state.as_ref().is_some_and(|state| state.waiting),
            last_error: state.and_then(|state| state.last_error),
        }
    }
}

impl JournalOverview {
    pub(super) fn read(api: &Api) -> Self {
        let backlog = api.counters.backlog();
        Self {
            bytes: backlog.journal_bytes,
            bytes_max: api.config.collect.journal_bytes_max,
            behind: backlog.journal_behind + backlog.collected_behind,
        }
    }
}

impl From<Totals> for TotalsBody {
    fn from(totals: Totals) -> Self {
        let Totals { requests, accepted, processed, duplicates, rejected, delivered, failed, archived } = totals;
        Self { requests, accepted, processed, duplicates, rejected, delivered, failed, archived }
    }
}

impl From<Rates> for RatesBody {
    fn from(rates: Rates) -> Self {
        let Rates { requests, accepted, processed, duplicates, rejected, delivered } = rates;
        Self { requests, accepted, processed, duplicates, rejected, delivered }
    }
}
