//! Carries the events of one partition to all destinations: the hands of the schedule.

mod committing;
mod definitions;
mod expiring;
mod giving_up;
mod reading;
mod sending;
mod showing;
mod telling;

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use futures::future::{BoxFuture, OptionFuture};
use prime_archive::Streams;
use prime_destination::Boards;
use prime_event::{DestinationId, SourceId};
use prime_log::{Offset, Partition, ReadError, Record};
use prime_outbound::Client;
use prime_runtime::ShutdownSignal;
use prime_schedule::{PartitionId, Read, Schedule};
use tokio::task::{Id, JoinSet};
use tokio::time::{Instant, sleep_until, timeout_at};

use crate::clock::moment;
use crate::options::DeliveryOptions;
use crate::payloads::Payloads;
use crate::progress::{Book, BookError, CommitError, Owed};
use crate::receipts::{ReceiptStream, Receipts};
use crate::route::Route;
use sending::{Done, Work};

/// Pause after a stream could not be read or written.
const STREAM_PAUSE: Duration = Duration::from_secs(5);

type Reading<T> = Option<BoxFuture<'static, (T, Result<Vec<Record>, ReadError>)>>;

pub(crate) struct Carrier {
    options: Arc<DeliveryOptions>,
    streams: Streams,
    sender: Client,
    boards: Arc<Boards>,
    shutdown: ShutdownSignal,
    partition: PartitionId,
    schedule: Schedule,
    pub(crate) routes: HashMap<DestinationId, Route>,
    /// Of the destinations that are switched on.
    numbers: HashMap<prime_schedule::DestinationId, DestinationId>,
    by_source: HashMap<SourceId, Vec<DestinationId>>,
    /// What the book says of destinations that are not followed yet.
    stored: HashMap<String, Owed>,
    /// Destinations that the book has to forget.
    gone: Vec<DestinationId>,
    payloads: Payloads,
    receipts: Receipts,
    /// From here on nobody has read.
    next: Offset,
    reading: Reading<()>,
    /// The last read failed, and everybody is told.
    is_unreadable: bool,
    rereading: Reading<Read>,
    /// When events that wait for others to share their request are to wait no longer.
    linger_at: Option<Instant>,
    /// When expired events have gathered for long enough.
    keep_at: Option<Instant>,
    /// Tasks that put expired events away.
    keeping: u32,
    /// When a destination that was switched off gives up what waits.
    leave_at: Option<Instant>,
    /// Destinations with something to give up.
    giving_up: VecDeque<DestinationId>,
    /// When what comes is left out next for destinations that are switched off.
    pass_over_at: Option<Instant>,
    tasks: JoinSet<Done>,
    under_way: HashMap<Id, Work>,
    /// None while it is being written in.
    book: Option<Book>,
    committing: Option<committing::Committing>,
    commit_at: Option<Instant>,
    /// After a commit failed.
    no_commit_before: Option<Instant>,
    /// Destinations of which people see something old.
    unseen: HashSet<DestinationId>,
    show_at: Option<Instant>,
}

/// What a carrier works with.
pub(crate) struct Parts {
    pub(crate) options: Arc<DeliveryOptions>,
    pub(crate) streams: Streams,
    pub(crate) progress: Partition,
    pub(crate) receipts: Option<ReceiptStream>,
    pub(crate) sender: Client,
    pub(crate) boards: Arc<Boards>,
    pub(crate) shutdown: ShutdownSignal,
}

/// Why a carrier no longer works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    StopAsked,
    /// Another process carries the partition now.
    Fenced,
}

impl Carrier {
    /// Takes over what everybody is owed. Nothing is followed yet.
    pub(crate) async fn open(parts: Parts) -> Result<Self, BookError> {
        let Parts { options, streams, progress, receipts, sender, boards, shutdown } = parts;
        let (book, stored) = Book::open(streams.log.clone(), streams.events.clone(), progress).await?;
        let partition = PartitionId(u16::try_from(streams.events.number()).unwrap_or(u16::MAX));
        Ok(Self {
            schedule: Schedule::new(options.schedule(), rand::random()),
            next: streams.events.newest_end().await,
            payloads: Payloads::new(options.payload_bytes_max),
            receipts: Receipts::of(receipts),
            options,
            streams,
            sender,
            boards,
            shutdown,
            partition,
            routes: HashMap::new(),
            numbers: HashMap::new(),
            by_source: HashMap::new(),
            stored,
            gone: Vec::new(),
            reading: None,
            is_unreadable: false,
            rereading: None,
            linger_at: None,
            keep_at: None,
            keeping: 0,
            leave_at: None,
            giving_up: VecDeque::new(),
            pass_over_at: None,
            tasks: JoinSet::new(),
            under_way: HashMap::new(),
            book: Some(book),
            committing: None,
            commit_at: None,
            no_commit_before: None,
            unseen: HashSet::new(),
            show_at: None,
        })
    }

    /// Where the stream ends now.
    pub(crate) fn newest_end(&self) -> impl Future<Output = Offset> + use<> {
        let events = self.streams.events.clone();
        async move { events.newest_end().await }
    }

    /// Destinations that the book knows, or that are followed.
    pub(crate) fn known(&self) -> Vec<DestinationId> {
        let stored = self.stored.keys().map(|name| DestinationId::new(name.as_str()));
        self.routes.keys().cloned().chain(stored).collect()
    }

    /// Works until it has to end. May be dropped and called again, so that definitions can be looked at.
    pub(crate) async fn work(&mut self) -> End {
        loop {
            self.start();
            self.expire();
            self.read_on();
            self.give_up_more();
            self.begin_commit();
            let due = self.schedule.next_due().map(moment);
            let commit_at = self.commit_at.filter(|_| self.committing.is_none());
            let keep_at = self.keep_at.filter(|_| self.keeping == 0);
            let pass_over_at = self.pass_over_at();
            let all = [due, commit_at, self.linger_at, keep_at, self.show_at, self.leave_at, pass_over_at];
            let wake_at = all.into_iter().flatten().min();
            let shutdown = self.shutdown.clone();
            tokio::select! {
                // In this order, as answers that come without pause must not keep the rest from happening.
                biased;
                () = shutdown.asked() => return End::StopAsked,
                Some((book, commit)) = OptionFuture::from(self.committing.as_mut()) => {
                    if self.committed(book, commit) == Err(Fenced) {
                        return End::Fenced;
                    }
                }
                Some(done) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => self.done_and_more(done),
                Some((read, records)) = OptionFuture::from(self.rereading.as_mut()) => self.have_reread(&read, records),
                Some(((), records)) = OptionFuture::from(self.reading.as_mut()) => self.have_read(records),
                Some(()) = OptionFuture::from(wake_at.map(sleep_until)) => {}
            }
            self.linger_no_longer();
            self.leave_in_time();
            self.pass_over_in_time();
            self.show_in_time();
            if self.receipts.are_many() && self.commit_at.is_some() {
                self.commit_soon(Duration::ZERO);
            }
        }
    }

    /// Lets the requests under way end, for no longer than one may take, and writes down where everybody is.
    pub(crate) async fn stop(mut self) {
        let deadline = Instant::now() + self.options.request_timeout;
        while let Ok(Some(done)) = timeout_at(deadline, self.tasks.join_next_with_id()).await {
            self.done(done);
        }
        self.pass_over();
        for _ in 0..2 {
            if let Some(committing) = self.committing.take() {
                let (book, commit) = committing.await;
                if self.committed(book, commit) == Err(Fenced) {
                    return;
                }
            }
            self.commit_soon(Duration::ZERO);
            self.begin_commit();
        }
        if let Some(committing) = self.committing.take() {
            let (book, commit) = committing.await;
            let _ = self.committed(book, commit);
        }
        self.show_all();
    }
}

/// Another process has taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fenced;

impl CommitError {
    fn fenced(&self) -> Result<(), Fenced> {
        if matches!(self, Self::Fenced) { Err(Fenced) } else { Ok(()) }
    }
}
