//! Events and rejected messages as they arrive.
//!
//! No queue stands between the log and the reader: the log itself is the queue. A reader who takes the next entry makes
//! us look further; one who falls behind is moved forward and told how many entries were passed over.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use http::HeaderMap;
use prime_control::Scope;
use prime_event::SourceId;
use prime_log::{Offset, Partition, ReadError, Record};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::events::{LIMIT_MAX, checked_type};
use crate::body::Params;
use crate::caller::Caller;
use crate::error::ApiError;
use crate::openapi::Refusal;
use crate::state::Api;
use crate::stream_search::{newest_first, oldest_first};
use crate::views::{EventBody, EventFilter, RejectedBody, RejectedFilter};

/// Between two looks at a busy log: quick enough to feel live, and it bounds what one reader can cost.
const PAUSE: Duration = Duration::from_millis(100);
/// Records looked at in one go, and how long that may take. With the pause, one reader looks at 100,000 a second at most.
const EXAMINED_MAX: u64 = 10_000;
const TIME_MAX: Duration = Duration::from_millis(200);
/// Entries sent of one go, the newest: more than anybody reads in a tenth of a second.
const SENT_MAX: usize = 200;
/// A comment this often keeps proxies from closing a quiet stream.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// How soon a deleted token or a signed-out session ends its streams.
const RECHECK: Duration = Duration::from_secs(60);

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(rename_all = "camelCase")]
pub(crate) struct StreamQuery {
    /// Only those of this source.
    source_id: Option<String>,
    /// Only events of this type.
    #[serde(rename = "type")]
    kind: Option<String>,
    /// Only events whose event, page or screen name contains this, in upper or lower case.
    name: Option<String>,
    /// Only events of this userId or anonymousId.
    user_id: Option<String>,
    /// `events`, `rejected`, or both with a comma between; `events` when absent.
    include: Option<String>,
    /// How many of the newest to begin with: 0 to 500, none when absent.
    #[param(minimum = 0, maximum = 500)]
    tail: Option<usize>,
}

/// Entries that a reader was too slow for.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Skipped {
    count: u64,
}

/// Events and rejected messages as they arrive.
///
/// A stream of server-sent events: `event` with an `Event`, `rejected` with a `Rejected`, and `skipped` with a
/// `Skipped` when the reader was too slow. The id of each resumes the stream after it, by `Last-Event-ID`.
#[utoipa::path(
    get,
    path = "/events/stream",
    tag = "Events",
    params(StreamQuery),
    responses((status = 200, content_type = "text/event-stream", body = String), Refusal)
)]
pub(super) async fn stream_events(
    State(api): State<Api>,
    caller: Caller,
    headers: HeaderMap,
    Params(query): Params<StreamQuery>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiError> {
    caller.require(Scope::EventsRead)?;
    let last = headers.get("last-event-id").and_then(|value| Place::parse(value.to_str().ok()?));
    let feed = Feed::new(api, caller, query, last)?;
    let entries = futures::stream::unfold(feed, async |mut feed| feed.next().await.map(|entry| (Ok(entry), feed)));
    Ok(Sse::new(entries).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Where a reader stands: the next offset of each stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    events: Offset,
    rejected: Offset,
}

impl Place {
    fn parse(text: &str) -> Option<Self> {
        let (events, rejected) = text.strip_prefix('e')?.split_once(".r")?;
        Some(Self { events: events.parse().ok()?, rejected: rejected.parse().ok()? })
    }

    fn id(self) -> String {
        format!("e{}.r{}", self.events, self.rejected)
    }
}

/// One reader of the live stream.
struct Feed {
    api: Api,
    caller: Caller,
    events: Option<EventFilter>,
    rejected: Option<RejectedFilter>,
    place: Place,
    /// How many of the newest to begin with; taken by the first look.
    tail: usize,
    ready: VecDeque<Event>,
    looked_at: Option<Instant>,
    checked_at: Instant,
}

/// What one look at the log found.
struct Look {
    place: Place,
    ready: VecDeque<Event>,
}

impl Feed {
    fn new(api: Api, caller: Caller, query: StreamQuery, last: Option<Place>) -> Result<Self, ApiError> {
        let tail = query.tail.unwrap_or(0);
        if tail > LIMIT_MAX {
            return Err(ApiError::field("tail", "A stream begins with at most 500 entries; ask for that many."));
        }
        let (events, rejected) = included(query.include.as_deref().unwrap_or("events"))?;
        let source = query.source_id.map(SourceId::from);
        let kind = checked_type(query.kind)?;
        let workspace = caller.workspace();
        let event_filter = EventFilter {
            workspace: workspace.clone(),
            source: source.clone(),
            kind,
            name: query.name.map(|name| name.to_lowercase()),
            user: query.user_id,
            message: None,
        };
        let rejected_filter = RejectedFilter { workspace: workspace.clone(), source, code: None };
        let ends = Place { events: api.events.bounds().end, rejected: api.rejected.bounds().end };
        // A place beyond the end is of another log: the data folder was replaced.
        let last = last.filter(|last| last.events <= ends.events && last.rejected <= ends.rejected);
        Ok(Self {
            events: events.then_some(event_filter),
            rejected: rejected.then_some(rejected_filter),
            place: last.unwrap_or(ends),
            tail: if last.is_some() { 0 } else { tail },
            ready: VecDeque::new(),
            looked_at: None,
            checked_at: Instant::now(),
            api,
            caller,
        })
    }

    /// The next entry, whenever it comes; none when the stream ends.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(entry) = self.ready.pop_front() {
                return Some(entry);
            }
            let shutdown = self.api.shutdown.clone();
            tokio::select! {
                biased;
                () = shutdown.asked() => return None,
                news = self.news() => if !news && !self.may_stay().await { return None },
            }
            if shutdown.is_asked() {
                return None;
            }
            self.look().await?;
        }
    }

    /// Waits for something to look at; false when it is time to ask whether the reader may stay.
    async fn news(&self) -> bool {
        if self.tail > 0 {
            return true;
        }
        let pause = self.looked_at.map_or(Duration::ZERO, |at| PAUSE.saturating_sub(at.elapsed()));
        tokio::time::sleep(pause).await;
        let (events, rejected) = (self.events.is_some(), self.rejected.is_some());
        tokio::select! {
            () = self.api.events.wait_beyond(self.place.events), if events => true,
            () = self.api.rejected.wait_beyond(self.place.rejected), if rejected => true,
            () = tokio::time::sleep(RECHECK.saturating_sub(self.checked_at.elapsed())) => false,
        }
    }

    async fn may_stay(&mut self) -> bool {
        self.checked_at = Instant::now();
        matches!(self.caller.again(&self.api).await, Ok(Some(caller)) if caller.may(Scope::EventsRead))
    }

    /// Looks at what has come; none when it cannot be read.
    async fn look(&mut self) -> Option<()> {
        if self.checked_at.elapsed() > RECHECK && !self.may_stay().await {
            return None;
        }
        let (api, place, tail) = (self.api.clone(), self.place, std::mem::take(&mut self.tail));
        let (events, rejected) = (self.events.clone(), self.rejected.clone());
        let look = self
            .api
            .search(move || {
                let mut look = Look { place, ready: VecDeque::new() };
                if let Some(filter) = events {
                    let found = entries(&api.events, place.events, tail, |record| filter.keep(record))?;
                    look.take(found, |place| &mut place.events, EventBody::offset, "event");
                }
                if let Some(filter) = rejected {
                    let found = entries(&api.rejected, place.rejected, tail, |record| filter.keep(record))?;
                    look.take(found, |place| &mut place.rejected, RejectedBody::offset, "rejected");
                }
                Ok::<_, ReadError>(look)
            })
            .await;
        self.looked_at = Some(Instant::now());
        let look = look.ok()?.map_err(ApiError::from).ok()?;
        (self.place, self.ready) = (look.place, look.ready);
        Some(())
    }
}

impl Look {
    /// Makes the entries of one stream ready to be sent, each with the place after it.
    fn take<T: Serialize>(
        &mut self,
        found: Entries<T>,
        of: impl Fn(&mut Place) -> &mut Offset,
        offset: impl Fn(&T) -> Offset,
        name: &str,
    ) {
        if found.skipped > 0 {
            let skipped = Event::default().event("skipped").json_data(Skipped { count: found.skipped });
            self.ready.extend(skipped.ok());
        }
        for entry in &found.entries {
            *of(&mut self.place) = offset(entry) + 1;
            self.ready.extend(Event::default().event(name).id(self.place.id()).json_data(entry).ok());
        }
        *of(&mut self.place) = found.next;
    }
}

/// Entries of one stream, oldest first.
struct Entries<T> {
    entries: Vec<T>,
    /// Where the next look begins.
    next: Offset,
    /// Records passed over because the reader was too slow.
    skipped: u64,
}

/// What has come since `from`, preceded by the newest `tail` before it. Blocking.
fn entries<T>(
    partition: &Partition,
    from: Offset,
    tail: usize,
    mut keep: impl FnMut(&Record) -> Option<T>,
) -> Result<Entries<T>, ReadError> {
    let mut found = Vec::new();
    if tail > 0 {
        found = newest_first(partition, Some(from), tail, &mut keep)?.entries;
        found.reverse();
    }
    let bounds = partition.bounds();
    let mut next = from.max(bounds.start).max(bounds.end.saturating_sub(EXAMINED_MAX));
    let mut skipped = next - from;
    let begun = Instant::now();
    let mut fresh = VecDeque::new();
    while next < bounds.end && begun.elapsed() < TIME_MAX {
        let records = match oldest_first(partition, next, bounds.end - next) {
            Ok(records) => records,
            Err(ReadError::Trimmed { start }) => {
                skipped += start - next;
                next = start;
                continue;
            }
            Err(error) => return Err(error),
        };
        let Some(last) = records.last() else { break };
        next = last.offset + 1;
        for record in &records {
            fresh.extend(keep(record));
            if fresh.len() > SENT_MAX {
                fresh.pop_front();
                skipped += 1;
            }
        }
    }
    found.extend(fresh);
    Ok(Entries { entries: found, next, skipped })
}

/// Whether events and whether rejected messages are wanted.
fn included(include: &str) -> Result<(bool, bool), ApiError> {
    let (mut events, mut rejected) = (false, false);
    for name in include.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        match name {
            "events" => events = true,
            "rejected" => rejected = true,
            _ => return Err(ApiError::field("include", "There is no such stream; there are events and rejected.")),
        }
    }
    if events || rejected {
        return Ok((events, rejected));
    }
    Err(ApiError::field("include", "Name at least one stream: events, rejected, or both with a comma between."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_entry_reads_back_as_the_place_after_it() {
        let place = Place { events: 12, rejected: 3 };
        assert_eq!(Place::parse(&place.id()), Some(place));
        for foreign in ["", "12", "e1", "e1.r", "r1.e2", "e-1.r2"] {
            assert_eq!(Place::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_stream_of_nothing_and_a_stream_of_something_else_are_refused() {
        assert_eq!(included("rejected, events").unwrap(), (true, true));
        assert!(included("").is_err() && included("events,traits").is_err());
    }
}
