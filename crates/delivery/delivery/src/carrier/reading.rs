//! From the stream into the schedule.

use std::sync::Arc;

use futures::future::FutureExt;
use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};
use prime_schedule::{Offered, Read};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep};

use super::{Carrier, STREAM_PAUSE};
use crate::clock::now_ms;
use crate::filter::filter;
use crate::job::Job;
use crate::route::Route;

/// What is read at once: little enough that whoever waits for an answer meanwhile does not notice.
const READ: ReadLimit = ReadLimit { bytes_max: 512 * 1024, records_max: 500 };

/// Offers of which the schedule is told before they are made.
const AHEAD: usize = 64;

impl Carrier {
    /// Begins to read when there is something to do with it. A read goes on across turns of the loop.
    pub(super) fn read_on(&mut self) {
        if !self.receipts.has_room() {
            return;
        }
        if self.rereading.is_none()
            && let Some(read) = self.schedule.next_read()
        {
            let events = self.streams.events.clone();
            let from = read.offsets.start;
            self.rereading = Some(async move { (read, read_now(events, from).await) }.boxed());
        }
        if self.reading.is_none() && !self.numbers.is_empty() {
            let (events, from) = (self.streams.events.clone(), self.next);
            self.reading = Some(
                async move {
                    events.wait_beyond(from).await;
                    ((), read_now(events, from).await)
                }
                .boxed(),
            );
        }
    }

    pub(super) fn have_read(&mut self, records: Result<Vec<Record>, ReadError>) {
        self.reading = None;
        let records = match records {
            Ok(records) => {
                if std::mem::take(&mut self.is_unreadable) {
                    self.routes.values().for_each(Route::readable);
                }
                records
            }
            Err(ReadError::Trimmed { start }) => {
                let events = start - self.next;
                self.routes.values().filter(|route| route.number.is_some()).for_each(|route| route.lost(events));
                return self.read_to(start);
            }
            Err(error) => {
                self.is_unreadable = true;
                self.routes.values().for_each(|route| route.unreadable(&error));
                self.routes.keys().cloned().collect::<Vec<_>>().iter().for_each(|id| self.show_soon(id));
                let (events, from) = (self.streams.events.clone(), self.next);
                let again = sleep(STREAM_PAUSE).then(move |()| read_now(events, from));
                self.reading = Some(again.map(|read| ((), read)).boxed());
                return;
            }
        };
        let Some(end) = records.last().map(|record| record.offset + 1) else { return };
        let mut wanted: Vec<(DestinationId, Arc<Job>)> = Vec::new();
        for record in records {
            let mut ids = Vec::new();
            let job = Job::read(self.streams.events.number(), record, |source| {
                let all = self.by_source.get(source).map(Vec::as_slice).unwrap_or_default();
                ids.extend(all.iter().filter(|id| self.routes[*id].is_on()).cloned());
                !ids.is_empty()
            });
            let Some(job) = job.map(Arc::new) else { continue };
            wanted.extend(ids.into_iter().map(|id| (id, Arc::clone(&job))));
        }
        for some in wanted.chunks(AHEAD) {
            let offers: Vec<_> =
                some.iter().filter_map(|(id, job)| self.routes.get(id)?.offer(self.partition, job)).collect();
            self.schedule.look_ahead(&offers);
            some.iter().for_each(|(id, job)| self.take(id, job));
        }
        self.read_to(end);
    }

    /// Offers a fresh event, or lets it wait for others to share its request.
    fn take(&mut self, id: &DestinationId, job: &Arc<Job>) {
        let Some(route) = self.routes.get_mut(id) else { return };
        let Some(company) = route.company() else {
            let _ = self.offer(id, job);
            return;
        };
        route.lingering.push(Arc::clone(job), company.linger_max);
        let is_full = route.lingering.len() >= company.items_max || route.lingering.bytes() >= company.bytes_max;
        let ends_at = route.lingering.ends_at();
        if is_full {
            self.linger_end(id);
        } else if let Some(at) = ends_at {
            self.linger_at = Some(self.linger_at.map_or(at, |earlier| earlier.min(at)));
        }
    }

    /// Offers what has waited for long enough.
    pub(super) fn linger_no_longer(&mut self) {
        let now = Instant::now();
        if self.linger_at.is_none_or(|at| at > now) {
            return;
        }
        let is_due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let due: Vec<_> = self
            .routes
            .values()
            .filter(|route| is_due(route.lingering.ends_at()))
            .map(|route| route.id.clone())
            .collect();
        due.iter().for_each(|id| self.linger_end(id));
        self.linger_at = self.routes.values().filter_map(|route| route.lingering.ends_at()).min();
    }

    pub(super) fn linger_end(&mut self, id: &DestinationId) {
        let Some(route) = self.routes.get_mut(id) else { return };
        let jobs = route.lingering.take();
        let Some(last) = jobs.last().map(|job| job.offset) else { return };
        let number = route.number;
        for job in &jobs {
            let _ = self.offer(id, job);
        }
        if let Some(number) = number {
            self.schedule.read_through(number, self.partition, last + 1);
        }
        self.show_soon(id);
        self.commit_soon(self.options.commit_interval);
    }

    fn read_to(&mut self, end: Offset) {
        self.next = end;
        let mut lowest = end;
        let mut ids = Vec::new();
        for (number, id) in &self.numbers {
            // What waits for company is not offered yet.
            match self.routes[id].lingering.first() {
                Some(first) => lowest = lowest.min(first),
                None => self.schedule.read_through(*number, self.partition, end),
            }
            lowest = lowest.min(self.schedule.low_water(*number, self.partition));
            ids.push(id.clone());
        }
        self.payloads.forget_below(lowest);
        ids.iter().for_each(|id| self.show_soon(id));
        self.commit_soon(self.options.commit_interval);
    }

    pub(super) fn have_reread(&mut self, read: &Read, records: Result<Vec<Record>, ReadError>) {
        self.rereading = None;
        let Some(id) = self.numbers.get(&read.destination).cloned() else { return };
        let Some(route) = self.routes.get(&id) else { return };
        let end = match records {
            Ok(records) => {
                let source = route.wiring.destination.source.clone();
                let last = records.last().map_or(read.offsets.end, |record| record.offset + 1);
                let mut end = last.min(read.offsets.end);
                for record in records.into_iter().take_while(|record| record.offset < read.offsets.end) {
                    let job = Job::read(self.streams.events.number(), record, |from| *from == source);
                    let Some(job) = job else { continue };
                    let offset = job.offset;
                    if self.offer(&id, &Arc::new(job)) == Some(Offered::Later) {
                        end = offset;
                        break;
                    }
                }
                end
            }
            Err(ReadError::Trimmed { start }) => {
                let end = start.min(read.offsets.end);
                route.lost(end - read.offsets.start);
                end
            }
            Err(error) => {
                route.unreadable(&error);
                let (events, read) = (self.streams.events.clone(), read.clone());
                let from = read.offsets.start;
                let again = sleep(STREAM_PAUSE).then(move |()| read_now(events, from));
                self.rereading = Some(again.map(|records| (read, records)).boxed());
                return;
            }
        };
        let gone = self.schedule.reread_through(read.destination, self.partition, end).len();
        if gone > 0 {
            self.routes[&id].counters.add_failed(gone as u64, Timestamp::now());
        }
        self.show_soon(&id);
        self.commit_soon(self.options.commit_interval);
    }

    /// Offers an event to a destination, or finds that it is not for it.
    fn offer(&mut self, id: &DestinationId, job: &Arc<Job>) -> Option<Offered> {
        let route = self.routes.get_mut(id)?;
        let (now_ms, offer) = (now_ms(), route.offer(self.partition, job)?);
        match filter(&job.head, route.wiring.name) {
            Some(filtered) => {
                let offered = self.schedule.filter(now_ms, offer);
                if offered == Offered::Taken {
                    let receipt = route.filtered(job, filtered);
                    self.receipts.put(&mut route.sampler, receipt);
                }
                Some(offered)
            }
            None => {
                let offered = self.schedule.offer(now_ms, offer);
                if offered == Offered::Taken {
                    self.payloads.put(Arc::clone(job));
                }
                Some(offered)
            }
        }
    }
}

pub(super) async fn read_now(events: Partition, from: Offset) -> Result<Vec<Record>, ReadError> {
    let read = spawn_blocking(move || events.read(from, READ));
    read.await.expect("reading does not panic")
}
