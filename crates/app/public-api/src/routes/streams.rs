//! Events, rejected messages and duplicates as they arrive.
//!
//! No queue stands between the log and the reader: the log itself is the queue. A reader who takes the next entry makes
//! us look further; one who falls behind is moved forward and told how many entries were passed over.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use futures::future::{FutureExt, join_all, select_all};
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
use crate::stream_search::{Entry, newest_first, oldest_first, place};
use crate::views::{DuplicateFilter, EventFilter, RejectedFilter};

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
    /// `events`, `rejected` and `duplicates`, several with commas between; `events` when absent.
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

/// Events, rejected messages and duplicates as they arrive.
///
/// A stream of server-sent events: `event` with an `Event`, `rejected` with a `Rejected`, `duplicate` with a `Duplicate`,
/// and `skipped` with a `Skipped` when the reader was too slow. The id of each resumes the stream after it, by `Last-Event-ID`.
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
    let ends = Place::end_of(&api).await;
    let feed = Feed::new(api, caller, query, last, ends)?;
    let entries = futures::stream::unfold(feed, async |mut feed| feed.next().await.map(|entry| (Ok(entry), feed)));
    Ok(Sse::new(entries).keep_alive(KeepAlive::new().interval(HEARTBEAT)))
}

/// Where a reader stands: the next offset of each partition of each stream.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Place {
    events: Vec<Offset>,
    rejected: Vec<Offset>,
    duplicates: Vec<Offset>,
}

impl Place {
    /// Where all streams end.
    async fn end_of(api: &Api) -> Self {
        let ends = async |stream: &[Partition]| join_all(stream.iter().map(Partition::newest_end)).await;
        Self {
            events: ends(&api.events).await,
            rejected: ends(&api.rejected).await,
            duplicates: ends(&api.duplicates).await,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (events, rest) = text.strip_prefix('e')?.split_once(".r")?;
        let (rejected, duplicates) = rest.split_once(".d")?;
        let offsets =
            |text: &str| -> Option<Vec<Offset>> { text.split(',').map(|offset| offset.parse().ok()).collect() };
        Some(Self { events: offsets(events)?, rejected: offsets(rejected)?, duplicates: offsets(duplicates)? })
    }

    fn id(&self) -> String {
        let text = |offsets: &[Offset]| offsets.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        format!("e{}.r{}.d{}", text(&self.events), text(&self.rejected), text(&self.duplicates))
    }

    /// Whether this can be a place before another one. One that cannot is of another log: the data folder was replaced.
    fn is_before(&self, end: &Self) -> bool {
        let before =
            |own: &[Offset], end: &[Offset]| own.len() == end.len() && own.iter().zip(end).all(|(a, b)| a <= b);
        before(&self.events, &end.events)
            && before(&self.rejected, &end.rejected)
            && before(&self.duplicates, &end.duplicates)
    }
}

/// One reader of the live stream.
struct Feed {
    api: Api,
    caller: Caller,
    events: Option<EventFilter>,
    rejected: Option<RejectedFilter>,
    duplicates: Option<DuplicateFilter>,
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
    fn new(api: Api, caller: Caller, query: StreamQuery, last: Option<Place>, ends: Place) -> Result<Self, ApiError> {
        let tail = query.tail.unwrap_or(0);
        if tail > LIMIT_MAX {
            return Err(ApiError::field("tail", "A stream begins with at most 500 entries; ask for that many."));
        }
        let wanted = Wanted::read(query.include.as_deref().unwrap_or("events"))?;
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
        let rejected_filter = RejectedFilter { workspace: workspace.clone(), source: source.clone(), code: None };
        let duplicate_filter = DuplicateFilter { workspace: workspace.clone(), source, message: None };
        let last = last.filter(|last| last.is_before(&ends));
        Ok(Self {
            events: wanted.events.then_some(event_filter),
            rejected: wanted.rejected.then_some(rejected_filter),
            duplicates: wanted.duplicates.then_some(duplicate_filter),
            tail: if last.is_some() { 0 } else { tail },
            place: last.unwrap_or(ends),
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
        let (events, rejected, duplicates) =
            (self.events.is_some(), self.rejected.is_some(), self.duplicates.is_some());
        tokio::select! {
            () = wait_beyond(&self.api.events, &self.place.events), if events => true,
            () = wait_beyond(&self.api.rejected, &self.place.rejected), if rejected => true,
            () = wait_beyond(&self.api.duplicates, &self.place.duplicates), if duplicates => true,
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
        let (api, place, tail) = (self.api.clone(), self.place.clone(), std::mem::take(&mut self.tail));
        let (events, rejected, duplicates) = (self.events.clone(), self.rejected.clone(), self.duplicates.clone());
        let look = self
            .api
            .search(move || {
                let mut look = Look { place, ready: VecDeque::new() };
                if let Some(filter) = events {
                    let keep = |record: &Record, place| filter.keep(record, place);
                    let found = entries(&api.events, &look.place.events, tail, keep)?;
                    look.take(found, |place| &mut place.events, "event");
                }
                if let Some(filter) = rejected {
                    let keep = |record: &Record, place| filter.keep(record, place);
                    let found = entries(&api.rejected, &look.place.rejected, tail, keep)?;
                    look.take(found, |place| &mut place.rejected, "rejected");
                }
                if let Some(filter) = duplicates {
                    let keep = |record: &Record, place| filter.keep(record, place);
                    let found = entries(&api.duplicates, &look.place.duplicates, tail, keep)?;
                    look.take(found, |place| &mut place.duplicates, "duplicate");
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
    fn take<T: Serialize>(&mut self, found: Entries<T>, of: impl Fn(&mut Place) -> &mut Vec<Offset>, name: &str) {
        if found.skipped > 0 {
            let skipped = Event::default().event("skipped").json_data(Skipped { count: found.skipped });
            self.ready.extend(skipped.ok());
        }
        for entry in &found.entries {
            of(&mut self.place)[entry.partition] = entry.offset + 1;
            self.ready.extend(Event::default().event(name).id(self.place.id()).json_data(&entry.body).ok());
        }
        *of(&mut self.place) = found.next;
    }
}

/// Entries of one stream, oldest first.
struct Entries<T> {
    entries: Vec<Entry<T>>,
    /// Where the next look begins.
    next: Vec<Offset>,
    /// Records passed over because the reader was too slow.
    skipped: u64,
}

/// Resolves when any partition has something to look at.
async fn wait_beyond(stream: &[Partition], place: &[Offset]) {
    let news = stream.iter().zip(place).map(|(partition, offset)| partition.wait_beyond(*offset).boxed());
    select_all(news).await;
}

/// What has come since `from`, preceded by the newest `tail` before it. Partitions are merged by time. Blocking.
fn entries<T>(
    stream: &[Partition],
    from: &[Offset],
    tail: usize,
    mut keep: impl FnMut(&Record, u64) -> Option<T>,
) -> Result<Entries<T>, ReadError> {
    let mut found = Vec::new();
    if tail > 0 {
        found = newest_first(stream, Some(from), tail, &mut keep)?.entries;
        found.reverse();
    }
    let (mut fresh, mut next, mut skipped) = (Vec::new(), Vec::with_capacity(from.len()), 0);
    for (number, partition) in stream.iter().enumerate() {
        let share = share(partition, from[number], TIME_MAX / stream.len() as u32, |record| {
            let body = keep(record, place(record.offset, number, stream.len()))?;
            Some(Entry { partition: number, offset: record.offset, appended_at_ms: record.appended_at_ms, body })
        })?;
        fresh.extend(share.entries);
        next.push(share.next);
        skipped += share.skipped;
    }
    if stream.len() > 1 {
        fresh.sort_by_key(|entry| entry.appended_at_ms);
    }
    found.extend(fresh);
    Ok(Entries { entries: found, next, skipped })
}

/// What has come to one partition.
struct Share<T> {
    entries: VecDeque<Entry<T>>,
    next: Offset,
    skipped: u64,
}

fn share<T>(
    partition: &Partition,
    from: Offset,
    time_max: Duration,
    mut keep: impl FnMut(&Record) -> Option<Entry<T>>,
) -> Result<Share<T>, ReadError> {
    let bounds = partition.bounds();
    let mut next = from.max(bounds.start).max(bounds.end.saturating_sub(EXAMINED_MAX));
    let mut skipped = next - from;
    let begun = Instant::now();
    let mut entries = VecDeque::new();
    while next < bounds.end && begun.elapsed() < time_max {
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
            entries.extend(keep(record));
            if entries.len() > SENT_MAX {
                entries.pop_front();
                skipped += 1;
            }
        }
    }
    Ok(Share { entries, next, skipped })
}

/// Which streams are wanted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    events: bool,
    rejected: bool,
    duplicates: bool,
}

impl Wanted {
    fn read(include: &str) -> Result<Self, ApiError> {
        let mut wanted = Self::default();
        for name in include.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            match name {
                "events" => wanted.events = true,
                "rejected" => wanted.rejected = true,
                "duplicates" => wanted.duplicates = true,
                _ => {
                    return Err(ApiError::field(
                        "include",
                        "There is no such stream; there are events, rejected and duplicates.",
                    ));
                }
            }
        }
        if wanted == Self::default() {
            return Err(ApiError::field(
                "include",
                "Name at least one stream: events, rejected or duplicates, several with commas between.",
            ));
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_of_an_entry_reads_back_as_the_place_after_it() {
        let place = Place { events: vec![12, 0], rejected: vec![3], duplicates: vec![0, 7] };
        assert_eq!(Place::parse(&place.id()), Some(place));
        for foreign in ["", "12", "e1", "e1.r", "r1.e2", "e1.r2", "e-1.r2.d3"] {
            assert_eq!(Place::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn a_stream_of_nothing_and_a_stream_of_something_else_are_refused() {
        let wanted = Wanted { events: true, rejected: true, duplicates: false };
        assert_eq!(Wanted::read("rejected, events").unwrap(), wanted);
        assert!(Wanted::read("").is_err() && Wanted::read("events,traits").is_err());
    }
}
