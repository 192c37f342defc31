//! Transactions: outputs and positions together, by one producer per id.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use parking_lot::Mutex;
use prime_log::{OpenError, Output, Position, Transact, TransactionError};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;

use crate::client::{Clients, Told, millis};
use crate::failure::{io_error, passes};
use crate::native::{self, Place};
use crate::shared::Shared;

/// How long to wait before trying again to get into the client's full queue, or to hear of a transaction's end.
const AGAIN: Duration = Duration::from_millis(5);

/// Short beside the milliseconds that brokers take.
const ANSWER_POLL: Duration = Duration::from_micros(500);

pub(crate) struct KafkaTransact {
    shared: Arc<Shared>,
    /// Taken by the thread that carries out a transaction, also when nobody waits for it any more.
    producer: Arc<Mutex<TransactionProducer>>,
}

struct TransactionProducer {
    producer: ThreadedProducer<Undelivered>,
    timeout: Duration,
    /// Why it writes no more.
    broken: Option<Broken>,
}

#[derive(Clone, Copy)]
enum Broken {
    Fenced,
    Unknown,
}

impl KafkaTransact {
    pub(crate) fn begin(shared: &Arc<Shared>, id: &str) -> Result<Self, OpenError> {
        let clients = &shared.clients;
        let producer = open(clients, id)?;
        let timeout = clients.options().request_timeout.max(clients.options().transaction_timeout);
        producer.init_transactions(timeout).map_err(|error| refusal_to_begin(&producer, error))?;
        let producer = TransactionProducer { producer, timeout: clients.options().transaction_timeout, broken: None };
        Ok(Self { shared: shared.clone(), producer: Arc::new(Mutex::new(producer)) })
    }
}

fn open(clients: &Clients, id: &str) -> Result<ThreadedProducer<Undelivered>, OpenError> {
    let timeout = clients.options().transaction_timeout;
    let mut config = clients.producer();
    config
        .set("transactional.id", clients.name(id))
        .set("transaction.timeout.ms", millis(timeout))
        .set("message.timeout.ms", millis(timeout))
        // A transaction is handed over whole: there is nothing to wait for.
        .set("linger.ms", "0")
        // Brokers take some milliseconds to write the marks of the transaction before, and refuse the next until then.
        .set("retry.backoff.ms", "5");
    clients.create(&config, Undelivered(clients.context()))
}

fn refusal_to_begin(producer: &ThreadedProducer<Undelivered>, error: KafkaError) -> OpenError {
    match (producer.client().fatal_error(), error.rdkafka_error_code()) {
        (Some((code, reason)), _) => {
            OpenError::Refused { what: format!("Kafka refuses transactions: {reason} ({code})") }
        }
        (None, Some(code)) if passes(code) => {
            OpenError::Unreachable { what: "Kafka's coordinator of transactions".to_owned(), source: io_error(error) }
        }
        (None, _) => OpenError::Refused { what: format!("Kafka refuses transactions: {error}") },
    }
}

#[async_trait]
impl Transact for KafkaTransact {
    async fn commit(&mut self, outputs: Vec<Output>, positions: Vec<Position>) -> Result<(), TransactionError> {
        self.shared.appending.check_open().map_err(TransactionError::Aborted)?;
        let (shared, producer) = (self.shared.clone(), self.producer.clone());
        let carried_out = tokio::task::spawn_blocking(move || {
            let places = places_by_group(&shared, &positions).map_err(TransactionError::Aborted)?;
            producer.lock().commit(&shared.clients, &outputs, &places)
        });
        carried_out.await.unwrap_or_else(|panic| Err(TransactionError::Unknown(io::Error::other(panic))))
    }
}

fn places_by_group(shared: &Shared, positions: &[Position]) -> io::Result<BTreeMap<String, Vec<Place>>> {
    let mut groups = BTreeMap::<String, Vec<Place>>::new();
    for position in positions {
        let place = shared.place(&position.partition, position.next)?;
        groups.entry(shared.clients.name(&position.group)).or_default().push(place);
    }
    Ok(groups)
}

impl TransactionProducer {
    fn commit(
        &mut self,
        clients: &Clients,
        outputs: &[Output],
        places: &BTreeMap<String, Vec<Place>>,
    ) -> Result<(), TransactionError> {
        match self.broken {
            Some(Broken::Fenced) => return Err(TransactionError::Fenced),
            Some(Broken::Unknown) => return Err(TransactionError::Unknown(io::Error::other("an earlier one failed"))),
            None => {}
        }
        let deadline = Instant::now() + self.timeout;
        if let Err(error) = self.write(clients, outputs, places, deadline) {
            return Err(self.give_up(error));
        }
        self.end(deadline)
    }

    /// Everything but the end.
    fn write(
        &self,
        clients: &Clients,
        outputs: &[Output],
        places: &BTreeMap<String, Vec<Place>>,
        deadline: Instant,
    ) -> Result<(), KafkaError> {
        self.producer.begin_transaction()?;
        for output in outputs {
            let topic = clients.name(output.partition.topic());
            for value in &output.values {
                self.send(&topic, output.partition.number() as i32, value, deadline)?;
            }
        }
        for (group, places) in places {
            let left = deadline.saturating_duration_since(Instant::now());
            native::send_positions(self.producer.client(), group, places, left).map_err(KafkaError::Global)?;
        }
        self.await_answers(deadline)
    }

    /// Returns once every record has been acknowledged or has failed. The crate's own `flush` takes a tenth of a second
    /// wherever there is anything to wait for.
    fn await_answers(&self, deadline: Instant) -> Result<(), KafkaError> {
        while self.producer.in_flight_count() > 0 {
            if Instant::now() >= deadline {
                return Err(KafkaError::Flush(RDKafkaErrorCode::OperationTimedOut));
            }
            std::thread::sleep(ANSWER_POLL);
        }
        Ok(())
    }

    fn send(&self, topic: &str, number: i32, value: &[u8], deadline: Instant) -> Result<(), KafkaError> {
        loop {
            let record = BaseRecord::<(), [u8]>::to(topic).partition(number).payload(value);
            let Err((error, _)) = self.producer.send(record) else { return Ok(()) };
            if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) || Instant::now() >= deadline {
                return Err(error);
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// Commits. The answer may be lost; it is asked for until the deadline.
    fn end(&mut self, deadline: Instant) -> Result<(), TransactionError> {
        loop {
            let left = deadline.saturating_duration_since(Instant::now()).max(AGAIN);
            let Err(error) = self.producer.commit_transaction(left) else { return Ok(()) };
            let KafkaError::Transaction(failure) = &error else { return Err(self.lose(error)) };
            if failure.txn_requires_abort() {
                return Err(self.give_up(error));
            }
            if !failure.is_retriable() || Instant::now() >= deadline {
                return Err(self.lose(error));
            }
            std::thread::sleep(AGAIN);
        }
    }

    /// Aborts: what was not committed for sure never will be.
    fn give_up(&mut self, error: KafkaError) -> TransactionError {
        if self.is_fenced(&error) {
            self.broken = Some(Broken::Fenced);
            return TransactionError::Fenced;
        }
        let fatal = self.producer.client().fatal_error().is_some();
        if fatal || self.producer.abort_transaction(self.timeout).is_err_and(|error| !is_nothing_to_abort(&error)) {
            // An abort that fails may find the id taken over.
            self.broken = Some(if self.is_fenced(&error) { Broken::Fenced } else { Broken::Unknown });
            if matches!(self.broken, Some(Broken::Fenced)) {
                return TransactionError::Fenced;
            }
        }
        TransactionError::Aborted(io_error(error))
    }

    fn lose(&mut self, error: KafkaError) -> TransactionError {
        if self.is_fenced(&error) {
            self.broken = Some(Broken::Fenced);
            return TransactionError::Fenced;
        }
        self.broken = Some(Broken::Unknown);
        TransactionError::Unknown(io_error(error))
    }

    /// Whether another producer has begun under the same id.
    fn is_fenced(&self, error: &KafkaError) -> bool {
        let fatal = self.producer.client().fatal_error().map(|(code, _)| code);
        [fatal, error.rdkafka_error_code()].into_iter().flatten().any(|code| {
            matches!(
                code,
                RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::InvalidProducerEpoch
            )
        })
    }
}

/// The transaction did not begin.
fn is_nothing_to_abort(error: &KafkaError) -> bool {
    error.rdkafka_error_code() == Some(RDKafkaErrorCode::State)
}

/// Nobody waits for single records: a failed one fails the transaction.
struct Undelivered(Told);

impl ClientContext for Undelivered {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        // That another has taken over is the caller's to tell.
        if !matches!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::Fatal)) {
            self.0.error(error, reason);
        }
    }
}

impl ProducerContext for Undelivered {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}
