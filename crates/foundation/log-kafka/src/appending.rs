//! One idempotent producer for all partitions of a log.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use parking_lot::{Mutex, RwLock};
use prime_log::{AppendError, Offset, OpenError};
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::KafkaError;
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseRecord, Producer, ProducerContext, ThreadedProducer};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::oneshot;

use crate::client::{Clients, Told};
use crate::failure::io_error;

/// How long an append waits before it tries again to get into the client's full queue.
const QUEUE_AGAIN: Duration = Duration::from_millis(5);

pub(crate) struct Appending {
    clients: Clients,
    /// `None` once the log is closed.
    producer: RwLock<Option<Arc<ThreadedProducer<Deliveries>>>>,
}

/// Tells each batch of its records' fate.
pub(crate) struct Deliveries(Told);

/// A batch on its way to the brokers.
pub(crate) struct Batch(Mutex<BatchState>);

struct BatchState {
    /// Records without an answer, and one while the batch is still being handed over.
    waiting: usize,
    first: Option<Offset>,
    last: Option<Offset>,
    failed: Option<KafkaError>,
    answer: Option<oneshot::Sender<Result<Range<Offset>, KafkaError>>>,
}

impl Appending {
    pub(crate) fn new(clients: Clients) -> Result<Self, OpenError> {
        let producer = RwLock::new(Some(Arc::new(open(&clients)?)));
        Ok(Self { clients, producer })
    }

    /// Appends a batch in order. The caller holds its place in the partition's order until all are handed over.
    pub(crate) async fn append(
        &self,
        topic: &str,
        number: i32,
        values: &[Bytes],
        order: &tokio::sync::Mutex<()>,
    ) -> Result<Range<Offset>, AppendError> {
        let bytes_max = self.clients.options().record_bytes_max as u64;
        if let Some(value) = values.iter().find(|value| value.len() as u64 > bytes_max) {
            return Err(AppendError::TooLarge { bytes: value.len() as u64, bytes_max });
        }
        let turn = order.lock().await;
        let Some(producer) = self.producer.read().clone() else { return Err(closed()) };
        let (batch, answer) = Batch::new();
        for value in values {
            if let Err(error) = hand_over(&producer, topic, number, value, &batch).await {
                batch.settle(Err(error));
                break;
            }
        }
        batch.handed_over();
        drop(turn);
        let answered = answer.await.unwrap_or(Err(KafkaError::Canceled));
        answered.map_err(|error| self.refusal(error, &producer, values, bytes_max))
    }

    pub(crate) fn check_open(&self) -> io::Result<()> {
        if self.producer.read().is_some() { Ok(()) } else { Err(io::Error::other(closed())) }
    }

    /// Waits until all that was handed over is answered; nothing more is taken.
    pub(crate) fn close(&self) {
        let Some(producer) = self.producer.write().take() else { return };
        if let Err(error) = producer.flush(self.clients.options().append_timeout) {
            tracing::warn!(%error, "some appends were not acknowledged when the log was closed");
        }
    }

    fn refusal(
        &self,
        error: KafkaError,
        producer: &Arc<ThreadedProducer<Deliveries>>,
        values: &[Bytes],
        bytes_max: u64,
    ) -> AppendError {
        match error.rdkafka_error_code() {
            Some(RDKafkaErrorCode::MessageSizeTooLarge) => {
                let bytes = values.iter().map(|value| value.len() as u64).max().unwrap_or(0);
                // The topic's own bound may be lower than ours.
                return AppendError::TooLarge { bytes, bytes_max: bytes_max.min(bytes.saturating_sub(1)) };
            }
            Some(RDKafkaErrorCode::Fatal) => self.replace(producer),
            _ => {}
        }
        AppendError::Io(Arc::new(io_error(error)))
    }

    /// A producer that lost count of what it has stored stores no more. A new one begins to count anew; what the old one
    /// could not place was answered with an error.
    fn replace(&self, broken: &Arc<ThreadedProducer<Deliveries>>) {
        let mut current = self.producer.write();
        if current.as_ref().is_some_and(|producer| Arc::ptr_eq(producer, broken)) {
            match open(&self.clients) {
                Ok(producer) => *current = Some(Arc::new(producer)),
                Err(error) => tracing::error!(%error, "failed to set up a new producer"),
            }
        }
    }
}

fn open(clients: &Clients) -> Result<ThreadedProducer<Deliveries>, OpenError> {
    clients.create(&clients.producer(), Deliveries(clients.context()))
}

/// Waits while the client's queue is full.
async fn hand_over(
    producer: &ThreadedProducer<Deliveries>,
    topic: &str,
    number: i32,
    value: &Bytes,
    batch: &Arc<Batch>,
) -> Result<(), KafkaError> {
    loop {
        batch.expect_one();
        let record = BaseRecord::<(), [u8], Arc<Batch>>::with_opaque_to(topic, batch.clone())
            .partition(number)
            .payload(value.as_ref());
        let Err((error, _)) = producer.send(record) else { return Ok(()) };
        batch.expect_one_less();
        if error.rdkafka_error_code() != Some(RDKafkaErrorCode::QueueFull) {
            return Err(error);
        }
        tokio::time::sleep(QUEUE_AGAIN).await;
    }
}

fn closed() -> AppendError {
    AppendError::Closed { reason: "the log is closed".into() }
}

impl Batch {
    fn new() -> (Arc<Self>, oneshot::Receiver<Result<Range<Offset>, KafkaError>>) {
        let (sender, answer) = oneshot::channel();
        let state = BatchState { waiting: 1, first: None, last: None, failed: None, answer: Some(sender) };
        (Arc::new(Self(Mutex::new(state))), answer)
    }

    fn expect_one(&self) {
        self.0.lock().waiting += 1;
    }

    fn expect_one_less(&self) {
        self.0.lock().waiting -= 1;
    }

    fn handed_over(&self) {
        self.0.lock().answered();
    }

    /// One record's fate, or why a record could not be handed over. The latter comes with no answer.
    fn settle(&self, fate: Result<i64, KafkaError>) {
        let mut state = self.0.lock();
        match fate {
            Ok(offset) => {
                let offset = Offset::try_from(offset).ok();
                state.first = state.first.or(offset);
                state.last = offset.or(state.last);
            }
            Err(error) => state.failed = state.failed.take().or(Some(error)),
        }
    }

    fn deliver(&self, fate: Result<i64, KafkaError>) {
        self.settle(fate);
        self.0.lock().answered();
    }
}

impl BatchState {
    fn answered(&mut self) {
        self.waiting -= 1;
        if self.waiting > 0 {
            return;
        }
        let Some(answer) = self.answer.take() else { return };
        let range = self.first.zip(self.last).map(|(first, last)| first..last + 1);
        // Without a place to name, the batch may be stored, which is what an error says.
        let fate = match self.failed.take() {
            Some(error) => Err(error),
            None => range.ok_or(KafkaError::MessageProduction(RDKafkaErrorCode::Fail)),
        };
        // Whoever appended may have gone.
        let _ = answer.send(fate);
    }
}

impl ClientContext for Deliveries {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.0.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.0.error(error, reason);
    }
}

impl ProducerContext for Deliveries {
    type DeliveryOpaque = Arc<Batch>;

    fn delivery(&self, result: &DeliveryResult<'_>, batch: Arc<Batch>) {
        batch.deliver(match result {
            Ok(message) => Ok(message.offset()),
            Err((error, _)) => Err(error.clone()),
        });
    }
}
