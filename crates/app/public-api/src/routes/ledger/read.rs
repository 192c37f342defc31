use std::ops::Range;

use axum::extract::State;
use prime_control::Scope;
use prime_event::{LedgerCounts, Timestamp};
use prime_ledger::{Resolution, Series, Whose};
use serde::Serialize;
use utoipa::ToSchema;

use super::counts::{CountsBody, LedgerReason, LedgerRow, LedgerSource};
use super::finding::LedgerFinding;
use super::query::{LedgerQuery, LedgerResolution};
use crate::body::Params;
use crate::caller::Caller;
use crate::envelope::Data;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::routes::sources;
use crate::state::Api;

/// What became of every message that was received within a range of time.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Ledger {
    from: String,
    to: String,
    resolution: LedgerResolution,
    /// Each minute or hour that begins in the range, oldest first, those without messages included.
    rows: Vec<LedgerRow>,
    totals: CountsBody,
    /// Why messages were rejected, the most frequent reason first.
    reasons: Vec<LedgerReason>,
    /// The same for each source that sent anything, in the order of their ids.
    sources: Vec<LedgerSource>,
    /// Whether in each row every accepted message has come to exactly one end, and nothing was found since `from` that
    /// keeps the ledger from adding up.
    balanced: bool,
    /// Whether the ledger has been read to its end. After a start it takes a moment, and sums are too small until then.
    caught_up: bool,
    /// What was received before this is left out for want of memory; null when nothing is.
    complete_since: Option<String>,
    /// What keeps the ledger from adding up, found since `from`, newest first.
    findings: Vec<LedgerFinding>,
}

/// The ledger of conservation: what became of every message that was accepted, by minute or hour of its arrival.
#[utoipa::path(
    get,
    path = "/ledger",
    tag = "Overview",
    params(LedgerQuery),
    responses((status = 200, body = Data<Ledger>), Refusal)
)]
pub(crate) async fn get_ledger(
    State(api): State<Api>,
    caller: Caller,
    Params(query): Params<LedgerQuery>,
) -> Result<Data<Ledger>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let resolution = query.resolution()?;
    let range = query.range(Timestamp::now())?;
    let source = query.source_id.as_ref().map(|id| sources::find(&api, &caller, id)).transpose()?;
    let whose = Whose { workspace: caller.workspace(), source: source.as_ref().map(|source| &source.id) };
    Ok(Data::of(Ledger::read(&api, whose, resolution, range)))
}

impl Ledger {
    fn read(api: &Api, whose: Whose<'_>, resolution: LedgerResolution, range: Range<Timestamp>) -> Self {
        let steps = Resolution::from(resolution);
        // First, so that what is caught up is in the sums.
        let caught_up = api.ledger.is_caught_up();
        let series = api.ledger.series(whose, steps, range.clone());
        let by_source = api.ledger.by_source(whose.workspace, steps, range.clone());
        let by_source = by_source.iter().filter(|(id, _)| whose.source.is_none_or(|wanted| wanted == *id));
        let findings = api.ledger.findings();
        let findings: Vec<_> =
            findings.iter().filter(|found| found.at >= range.start).map(LedgerFinding::from).collect();
        let (totals, rows) = (series.totals(), rows(&series, steps, &range));
        Self {
            from: range.start.to_string(),
            to: range.end.to_string(),
            resolution,
            balanced: rows.iter().all(LedgerRow::is_balanced) && findings.is_empty(),
            rows,
            totals: (&totals).into(),
            reasons: LedgerReason::all(&totals),
            sources: by_source.map(|(id, counts)| LedgerSource::new(id, counts)).collect(),
            caught_up,
            complete_since: series.complete_since.filter(|since| *since > range.start).map(|since| since.to_string()),
            findings,
        }
    }
}

/// A row for each minute or hour, whether anything happened in it or not.
fn rows(series: &Series, resolution: Resolution, range: &Range<Timestamp>) -> Vec<LedgerRow> {
    let none = LedgerCounts::default();
    let mut busy = series.rows.iter().peekable();
    let starts = (range.start.as_millis()..range.end.as_millis()).step_by(resolution.step_ms() as usize);
    starts
        .map(Timestamp::from_millis)
        .map(|start| {
            let counts = busy.next_if(|(time, _)| *time == start).map_or(&none, |(_, counts)| counts);
            LedgerRow::new(start, counts)
        })
        .collect()
}
