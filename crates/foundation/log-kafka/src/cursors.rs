//! Clients that read a partition from some place on, kept where they stopped: who reads on in order finds them there and
//! what they have fetched in the meantime.

use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prime_log::{Offset, ReadLimit, Record};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::{BorrowedMessage, Message};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset as Place, TopicPartitionList};

use crate::client::{Clients, Told};
use crate::failure::passes;
use crate::window::Room;

/// Each holds up to 5 MiB, some threads and a connection to each broker. Reads at the ends of partitions need none, so
/// these are for readers that catch up; more than this at once take turns.
const CURSORS_MAX: usize = 8;

/// One that nobody went on with for this long is closed.
const IDLE_MAX: Duration = Duration::from_secs(30);

pub(crate) struct Cursors {
    clients: Clients,
    idle: Mutex<Vec<Cursor>>,
}

/// Reads one partition from one place on.
pub(crate) struct Cursor {
    consumer: BaseConsumer<Told>,
    topic: String,
    number: i32,
    /// The next record is the first at or after this.
    next: Offset,
    /// Fetched and not returned yet.
    pending: Option<Record>,
    /// It was set to where it is by who reads now: an end that it comes to is no older than that.
    fresh: bool,
    idle_since: Instant,
}

/// What reading came to.
#[derive(Debug)]
pub(crate) enum Found {
    Records(Vec<Record>),
    /// Nothing to read between where it began and the end, as it was when the cursor was set or later.
    End,
    /// Nothing came in time.
    Silence,
    /// No such place is kept any more, or not yet.
    NoSuchOffset,
}

impl Cursors {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients, idle: Mutex::default() }
    }

    /// A cursor that stands at an offset.
    pub(crate) fn take(&self, topic: &str, number: i32, from: Offset) -> Result<Cursor, KafkaError> {
        let mut idle = self.idle.lock();
        let exact = idle.iter().position(|cursor| cursor.stands_at(topic, number, from));
        if let Some(place) = exact {
            return Ok(idle.swap_remove(place));
        }
        let oldest = idle.iter().enumerate().min_by_key(|(_, cursor)| cursor.idle_since).map(|(place, _)| place);
        let reused = oldest.filter(|_| idle.len() >= CURSORS_MAX).map(|place| idle.swap_remove(place));
        drop(idle);
        let mut cursor = match reused {
            Some(cursor) => cursor,
            None => self.open()?,
        };
        topic.clone_into(&mut cursor.topic);
        cursor.number = number;
        cursor.set(from)?;
        Ok(cursor)
    }

    pub(crate) fn give_back(&self, mut cursor: Cursor) {
        cursor.fresh = false;
        cursor.idle_since = Instant::now();
        let mut idle = self.idle.lock();
        if idle.len() < CURSORS_MAX {
            idle.push(cursor);
        }
    }

    /// Closes those that nobody needs. Waits some milliseconds for each.
    pub(crate) fn close_idle(&self) {
        let mut idle = self.idle.lock();
        let (kept, closed): (Vec<_>, Vec<_>) =
            idle.drain(..).partition(|cursor| cursor.idle_since.elapsed() < IDLE_MAX);
        *idle = kept;
        drop(idle);
        drop(closed);
    }

    fn open(&self) -> Result<Cursor, KafkaError> {
        let mut config = self.clients.reader("reader");
        // An end is told when a fetch is answered, and where there is nothing new that takes as long as this.
        config.set("enable.partition.eof", "true").set("fetch.wait.max.ms", "100");
        let consumer = config.create_with_context(self.clients.context())?;
        let (topic, idle_since) = (String::new(), Instant::now());
        Ok(Cursor { consumer, topic, number: 0, next: 0, pending: None, fresh: true, idle_since })
    }
}

impl Cursor {
    fn stands_at(&self, topic: &str, number: i32, from: Offset) -> bool {
        self.next == from && self.number == number && self.topic == topic
    }

    /// Fetches anew from an offset on.
    pub(crate) fn set(&mut self, from: Offset) -> KafkaResult<()> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.topic, self.number, Place::Offset(from as i64))?;
        self.consumer.assign(&list)?;
        (self.next, self.pending, self.fresh) = (from, None, true);
        Ok(())
    }

    /// The next records: waits for the first up to `patience`, and takes what else has been fetched.
    pub(crate) fn read(&mut self, limit: ReadLimit, patience: Duration) -> KafkaResult<Found> {
        let deadline = Instant::now() + patience;
        let (mut room, mut records) = (Room::new(limit), Vec::new());
        loop {
            let wait =
                if records.is_empty() { deadline.saturating_duration_since(Instant::now()) } else { Duration::ZERO };
            let record = match self.pending.take() {
                Some(record) => record,
                None => match self.poll(wait)? {
                    Polled::Record(record) => record,
                    Polled::End if !records.is_empty() => return Ok(self.returning(records)),
                    Polled::End if self.fresh => return Ok(Found::End),
                    // It may tell of an end that has moved since.
                    Polled::End => {
                        self.set(self.next)?;
                        continue;
                    }
                    Polled::NoSuchOffset => return Ok(Found::NoSuchOffset),
                    Polled::Nothing if !records.is_empty() => return Ok(self.returning(records)),
                    Polled::Nothing if Instant::now() >= deadline => return Ok(Found::Silence),
                    Polled::Nothing => continue,
                },
            };
            if record.offset < self.next {
                continue;
            }
            if !room.take(&record) {
                self.pending = Some(record);
                return Ok(self.returning(records));
            }
            self.next = record.offset + 1;
            records.push(record);
        }
    }

    fn returning(&mut self, records: Vec<Record>) -> Found {
        self.fresh = false;
        Found::Records(records)
    }

    fn poll(&self, wait: Duration) -> KafkaResult<Polled> {
        match self.consumer.poll(wait) {
            None => Ok(Polled::Nothing),
            Some(Ok(message)) => Ok(Polled::Record(record_of(&message))),
            Some(Err(KafkaError::PartitionEOF(_))) => Ok(Polled::End),
            Some(Err(KafkaError::MessageConsumption(
                RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange,
            ))) => Ok(Polled::NoSuchOffset),
            // The client goes on by itself.
            Some(Err(KafkaError::MessageConsumption(code))) if passes(code) => Ok(Polled::Nothing),
            Some(Err(error)) => Err(error),
        }
    }
}

enum Polled {
    Record(Record),
    End,
    Nothing,
    NoSuchOffset,
}

pub(crate) fn record_of(message: &BorrowedMessage<'_>) -> Record {
    Record {
        offset: message.offset().max(0) as Offset,
        appended_at_ms: message.timestamp().to_millis().unwrap_or(0),
        value: message.payload().unwrap_or_default().to_vec().into(),
    }
}
