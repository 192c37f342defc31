use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use futures::future::{FutureExt, select_all};
use prime_event::Timestamp;
use prime_log::{Partition, ReadError, ReadLimit};
use prime_runtime::ShutdownSignal;
use prime_state::{State, StateError};
use tokio::task::spawn_blocking;
use tracing::{error, warn};

use crate::handle::{ReceiptsHandle, Shared};
use crate::store::{Entry, Families, ReceiptWriter, StoreOptions};

/// One batch of the store: some ten milliseconds of work, and at most some ten MiB with all entries of the index.
const READ: ReadLimit = ReadLimit { bytes_max: 4 << 20, records_max: 4_096 };
/// Pause after a stream could not be read.
const READ_PAUSE: Duration = Duration::from_secs(5);
/// How often it is looked for what is no longer kept.
const EXPIRY_INTERVAL: Duration = Duration::from_secs(10);

/// Follows the partitions of the `receipts` stream into a store.
pub struct ReceiptsService {
    partitions: Vec<Partition>,
    writer: ReceiptWriter,
    shared: Arc<Shared>,
}

/// What a look at one partition came to.
enum Look {
    /// There was nothing new.
    Empty,
    More,
    Failed,
}

impl ReceiptsService {
    /// Opens the store in a state that nothing else writes. Blocking. Reads nothing of the stream yet.
    pub fn open(state: State, options: StoreOptions, partitions: Vec<Partition>) -> Result<Self, StateError> {
        let writer = ReceiptWriter::open(state.clone(), options)?;
        let shared = Shared {
            families: Families::of(&state)?,
            state,
            caught_up: partitions.iter().map(|_| AtomicBool::new(false)).collect(),
            taken: AtomicU64::new(0),
            unreadable: AtomicU64::new(0),
        };
        Ok(Self { partitions, writer, shared: Arc::new(shared) })
    }

    pub fn handle(&self) -> ReceiptsHandle {
        ReceiptsHandle { shared: Some(Arc::clone(&self.shared)) }
    }

    /// Goes on where the store ends and then follows, until a stop is asked for. An error is one of the store; what it holds
    /// is right up to the place in the stream that it names, and can be gone on from by opening it again.
    pub async fn run(mut self, shutdown: ShutdownSignal) -> Result<(), StateError> {
        let mut expired_at = tokio::time::Instant::now();
        while !shutdown.is_asked() {
            let (service, more) = blocking(self, Self::turn).await?;
            self = service;
            if expired_at.elapsed() >= EXPIRY_INTERVAL {
                let (service, may_be_more) = blocking(self, Self::expire).await?;
                self = service;
                if !may_be_more {
                    expired_at = tokio::time::Instant::now();
                }
            }
            match more {
                Look::More => {}
                Look::Empty => self.wait(&shutdown).await?,
                Look::Failed => pause(&shutdown, READ_PAUSE).await,
            }
        }
        self.writer.sync()
    }

    /// Takes the next records of each partition.
    fn turn(&mut self) -> Result<Look, StateError> {
        let mut turn = Look::Empty;
        for place in 0..self.partitions.len() {
            match (self.look(place)?, &turn) {
                (Look::Failed, _) => turn = Look::Failed,
                (Look::More, Look::Empty) => turn = Look::More,
                _ => {}
            }
        }
        Ok(turn)
    }

    fn look(&mut self, place: usize) -> Result<Look, StateError> {
        let (partition, caught_up) = (self.partitions[place].clone(), &self.shared.caught_up[place]);
        let number = partition.number();
        let next = match self.writer.position(number)? {
            Some(next) => next,
            None => partition.bounds().start,
        };
        let records = match partition.read(next, READ) {
            Ok(records) => records,
            Err(ReadError::Trimmed { start }) => {
                error!(
                    partition = number,
                    records = start - next,
                    "receipts are gone from the stream before they were read"
                );
                self.writer.move_to(number, start)?;
                return Ok(Look::More);
            }
            Err(ReadError::Beyond { end, .. }) => {
                warn!(
                    partition = number,
                    "the stream of receipts is another one than before; reading it from its start"
                );
                self.writer.move_to(number, partition.bounds().start.min(end))?;
                return Ok(Look::More);
            }
            Err(error) => {
                if caught_up.swap(false, Ordering::AcqRel) {
                    warn!(partition = number, offset = next, %error, "receipts cannot be read; trying again");
                }
                return Ok(Look::Failed);
            }
        };
        if records.is_empty() {
            caught_up.store(true, Ordering::Release);
            return Ok(Look::Empty);
        }
        let entries: Vec<_> = records
            .iter()
            .map(|record| Entry {
                offset: record.offset,
                written_at: Timestamp::from_millis(record.appended_at_ms),
                value: &record.value,
            })
            .collect();
        let written = self.writer.take(number, &entries)?;
        self.shared.taken.fetch_add(written.taken, Ordering::Relaxed);
        self.shared.unreadable.fetch_add(written.unreadable, Ordering::Relaxed);
        Ok(Look::More)
    }

    fn expire(&mut self) -> Result<bool, StateError> {
        self.writer.expire(Timestamp::now())
    }

    async fn wait(&self, shutdown: &ShutdownSignal) -> Result<(), StateError> {
        let mut news = Vec::with_capacity(self.partitions.len());
        for partition in &self.partitions {
            let next = self.writer.position(partition.number())?.unwrap_or_else(|| partition.bounds().start);
            news.push(partition.wait_beyond(next).boxed());
        }
        if news.is_empty() {
            shutdown.asked().await;
            return Ok(());
        }
        tokio::select! {
            () = shutdown.asked() => {}
            _ = select_all(news) => {}
            () = tokio::time::sleep(EXPIRY_INTERVAL) => {}
        }
        Ok(())
    }
}

async fn pause(shutdown: &ShutdownSignal, pause: Duration) {
    tokio::select! {
        () = shutdown.asked() => {}
        () = tokio::time::sleep(pause) => {}
    }
}

/// Works with the service where blocking is allowed, and gives it back.
async fn blocking<T: Send + 'static>(
    mut service: ReceiptsService,
    work: impl FnOnce(&mut ReceiptsService) -> Result<T, StateError> + Send + 'static,
) -> Result<(ReceiptsService, T), StateError> {
    let done = spawn_blocking(move || work(&mut service).map(|done| (service, done))).await;
    done.unwrap_or_else(|panic| Err(StateError::Damaged(format!("work on the receipts did not finish: {panic}"))))
}
