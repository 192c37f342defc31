//! Follows the stream for one destination.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::{BoxFuture, FutureExt, OptionFuture};
use futures::stream::{FuturesUnordered, StreamExt};
use prime_event::{DestinationId, EventHead, EventRecord};
use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};
use tokio::sync::watch;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};
use tracing::{error, warn};

use crate::batches::under_way_max;
use crate::filter::filter;
use crate::job::{Courier, End, Job};
use crate::window::Window;
use crate::wiring::Wiring;
use prime_archive::Streams;

/// What is read ahead of the requests: some hundred events, small enough to have for each of a thousand destinations.
const READ: ReadLimit = ReadLimit { bytes_max: 128 * 1024, records_max: 500 };
/// How often the position of a switched-off destination is moved to the end of the stream.
const PASS_OVER_INTERVAL: Duration = Duration::from_secs(5);
/// Pause after the stream could not be read.
const READ_PAUSE: Duration = Duration::from_secs(5);

/// The name under which the log keeps a destination's position.
pub(crate) fn group(id: &DestinationId) -> String {
    format!("destination/{id}")
}

pub(crate) struct Follower {
    streams: Streams,
    courier: Arc<Courier>,
    wiring: watch::Receiver<Arc<Wiring>>,
    enabled: bool,
    window: Window,
    /// Read and not looked at yet.
    unread: VecDeque<Record>,
    reading: Option<BoxFuture<'static, Result<Vec<Record>, ReadError>>>,
    jobs: FuturesUnordered<BoxFuture<'static, (Offset, End)>>,
    /// The position as the log knows it.
    committed: Option<Offset>,
    commit_at: Option<Instant>,
}

impl Follower {
    pub(crate) async fn open(streams: Streams, courier: Arc<Courier>) -> Self {
        let committed = streams.log.position(&group(&courier.id), &streams.events).await;
        let end = streams.events.newest_end().await;
        // A position beyond the end is one from a stream that was taken away since.
        let position = committed.map_or(end, |position| position.min(end));
        let (enabled, under_way_max) = {
            let wiring = courier.wiring.borrow();
            (wiring.destination.enabled, under_way_max(&wiring, courier.options.concurrency_max))
        };
        Self {
            window: Window::new(position, under_way_max),
            wiring: courier.wiring.clone(),
            enabled,
            streams,
            courier,
            unread: VecDeque::new(),
            reading: None,
            jobs: FuturesUnordered::new(),
            committed,
            commit_at: None,
        }
    }

    pub(crate) async fn run(mut self) {
        let shutdown = self.courier.shutdown.clone();
        if self.committed.is_none() {
            // From here on a crash does not make the destination new again.
            self.commit().await;
        }
        loop {
            self.start_jobs();
            self.read_on();
            self.note_position();
            tokio::select! {
                // In this order, as jobs that end without pause must not keep the rest from happening.
                biased;
                () = shutdown.asked() => break,
                changed = self.wiring.changed() => if changed.is_err() { break } else { self.rewired() },
                Some(()) = OptionFuture::from(self.commit_at.map(sleep_until)) => self.commit().await,
                Some((offset, end)) = self.jobs.next(), if !self.jobs.is_empty() => self.ended(offset, end),
                Some(read) = OptionFuture::from(self.reading.as_mut()) => self.have_read(read),
                // A receipt of an event that is still under way, which moves no position.
                () = self.courier.receipts.news() => {}
                () = sleep(PASS_OVER_INTERVAL), if !self.enabled => self.pass_over(),
            }
        }
        self.stop().await;
    }

    /// Starts as many events as there is room for.
    fn start_jobs(&mut self) {
        while self.window.has_room() && self.courier.receipts.has_room() {
            let Some(record) = self.unread.pop_front() else { return };
            let offset = record.offset;
            match self.job(record) {
                Some(job) => {
                    self.window.start(offset);
                    self.jobs.push(Arc::clone(&self.courier).carry(job).boxed());
                }
                None => self.window.pass(offset + 1),
            }
        }
    }

    /// The job that this record makes, none if it is not for this destination.
    fn job(&self, record: Record) -> Option<Job> {
        let offset = record.offset;
        let wiring = self.wiring.borrow();
        let mut event = match EventRecord::decode(record.value) {
            Ok(event) if event.source == wiring.destination.source => event,
            Ok(_) => return None,
            Err(error) => {
                error!(offset, %error, "an event cannot be read and is not delivered");
                return None;
            }
        };
        let head = EventHead::read(&event.payload).unwrap_or_default();
        let filtered = filter(&head, wiring.name);
        if filtered.is_none() {
            // A copy, as an event may wait for hours and would keep alive everything that was read with it.
            event.payload = Bytes::copy_from_slice(&event.payload);
        }
        let job = Job { partition: self.streams.events.number(), offset, head, record: event };
        match filtered {
            Some(filtered) => {
                self.courier.filtered(&job, filtered);
                None
            }
            None => Some(job),
        }
    }

    /// Begins to read when there is room for what comes. The read goes on across turns of the loop.
    fn read_on(&mut self) {
        if self.enabled && self.reading.is_none() && self.unread.is_empty() && self.window.has_room() {
            self.reading = Some(read_beyond(self.streams.events.clone(), self.window.next()).boxed());
        }
    }

    fn have_read(&mut self, read: Result<Vec<Record>, ReadError>) {
        self.reading = None;
        match read {
            Ok(records) => self.unread = records.into(),
            Err(ReadError::Trimmed { start }) => {
                let events = start - self.window.next();
                error!(destination = %self.courier.id, events, "events are gone from the stream before they were delivered");
                self.courier.board.set_error(Some(format!(
                    "{events} events of the stream were no longer kept when the destination came to them; keep events for longer."
                )));
                self.window.pass(start);
            }
            Err(error) => {
                if self.courier.board.set_error(Some(format!("The events cannot be read: {error}."))) {
                    error!(destination = %self.courier.id, %error, "events cannot be read");
                }
                let (events, next) = (self.streams.events.clone(), self.window.next());
                self.reading = Some(sleep(READ_PAUSE).then(move |()| read_beyond(events, next)).boxed());
            }
        }
    }

    fn ended(&mut self, offset: Offset, end: End) {
        if end == End::Settled {
            self.window.settle(offset);
        }
    }

    /// The definition changed. Jobs notice by themselves.
    fn rewired(&mut self) {
        let was_enabled = self.enabled;
        let wiring = self.wiring.borrow_and_update().clone();
        self.enabled = wiring.destination.enabled;
        self.window.widen(under_way_max(&wiring, self.courier.options.concurrency_max));
        // What the receiver asked of the old settings does not bind the new ones.
        self.courier.gate.reopen();
        if !(was_enabled && self.enabled) {
            self.pass_over();
        }
    }

    /// Leaves out what is in the stream now.
    fn pass_over(&mut self) {
        self.unread.clear();
        self.reading = None;
        self.window.pass(self.streams.events.bounds().end);
    }

    fn note_position(&mut self) {
        let position = self.window.position();
        self.courier.board.set_position(position);
        let has_news = self.committed != Some(position) || !self.courier.receipts.is_empty();
        if has_news && self.commit_at.is_none() {
            self.commit_at = Some(Instant::now() + self.courier.options.commit_interval);
        }
    }

    async fn commit(&mut self) {
        self.commit_at = None;
        let position = self.window.position();
        // Everything before the position has left its receipt.
        if let Err(error) = self.courier.receipts.write().await {
            return warn!(destination = %self.courier.id, %error, "failed to write receipts; the position stays where it is");
        }
        if self.committed == Some(position) {
            return;
        }
        match commit(&self.streams, &self.courier.id, position).await {
            Ok(()) => self.committed = Some(position),
            Err(error) => warn!(destination = %self.courier.id, %error, "failed to remember a position"),
        }
    }

    /// Lets the requests under way end, for no longer than one may take.
    async fn stop(mut self) {
        let deadline = Instant::now() + self.courier.options.request_timeout;
        while let Ok(Some((offset, end))) = timeout_at(deadline, self.jobs.next()).await {
            self.ended(offset, end);
        }
        if !self.enabled {
            self.pass_over();
        }
        self.commit().await;
        self.courier.board.set_position(self.window.position());
    }
}

/// Durable once it returns.
async fn commit(streams: &Streams, id: &DestinationId, position: Offset) -> io::Result<()> {
    let (log, events, group) = (streams.log.clone(), streams.events.clone(), group(id));
    let commit = tokio::task::spawn_blocking(move || log.commit(&group, &events, position));
    commit.await.expect("committing does not panic")
}

async fn read_beyond(events: Partition, from: Offset) -> Result<Vec<Record>, ReadError> {
    events.wait_beyond(from).await;
    let read = tokio::task::spawn_blocking(move || events.read(from, READ));
    read.await.expect("reading does not panic")
}
