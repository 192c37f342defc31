use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::sse::{Event, Sse};
use futures::Stream;
use prime_control::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use super::snapshot::{JournalOverview, RatesBody, TotalsBody};
use crate::caller::Caller;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;

const INTERVAL: Duration = Duration::from_secs(1);
/// How soon a deleted token or a signed-out session ends its streams.
const RECHECK: Duration = Duration::from_secs(60);

/// The numbers that change all the time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct OverviewTick {
    totals: TotalsBody,
    rates: RatesBody,
    journal: JournalOverview,
}

/// Totals, rates and journal, once a second.
///
/// A stream of server-sent events named `overview`, each with an `OverviewTick`.
#[utoipa::path(
    get,
    path = "/overview/stream",
    tag = "Overview",
    responses((status = 200, content_type = "text/event-stream", body = String), Refusal)
)]
pub(crate) async fn stream_overview(
    State(api): State<Api>,
    caller: Caller,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let reader = Reader { api, caller, ticked: false, checked_at: Instant::now() };
    let ticks = futures::stream::unfold(reader, async |mut reader| reader.next().await.map(|tick| (Ok(tick), reader)));
    Ok(Sse::new(ticks))
}

struct Reader {
    api: Api,
    caller: Caller,
    /// The first numbers are sent at once.
    ticked: bool,
    checked_at: Instant,
}

impl Reader {
    async fn next(&mut self) -> Option<Event> {
        if std::mem::replace(&mut self.ticked, true) {
            tokio::select! {
                () = self.api.shutdown.asked() => return None,
                () = tokio::time::sleep(INTERVAL) => {}
            }
        }
        if self.checked_at.elapsed() > RECHECK {
            self.checked_at = Instant::now();
            self.caller.again(&self.api).await.ok()??;
        }
        let tick = OverviewTick {
            totals: self.api.counters.totals().into(),
            rates: self.api.counters.rates().into(),
            journal: JournalOverview::read(&self.api),
        };
        Event::default().event("overview").json_data(tick).ok()
    }
}
