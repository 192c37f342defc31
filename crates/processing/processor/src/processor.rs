//! Drives the pipeline over a journal: reads it, writes the streams, then the ledger, then commits the position.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_dedupe::DedupeOptions;
use prime_event::{RecordError, Timestamp};
use prime_log::{AppendError, Log, Offset, OpenError, Partition, ReadError, TransactionError};
use prime_runtime::{Counters, ShutdownSignal};
use thiserror::Error;

use crate::candidate::Stage;
use crate::intake::InputKind;
use crate::outputs::Encoded;
use crate::progress::Progress;
use crate::tally::Tally;
use crate::work::Work;

/// The consumer group under which the processor commits its position in the journal.
pub const GROUP: &str = "processor";

/// How often the ledger is written, the position committed and the journal trimmed. What lies between is found again
/// from the outputs.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
/// How long a failed write or read waits before it is tried again.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);
/// What is appended to a stream at a time.
const APPEND_BYTES_MAX: usize = 16 << 20;

#[derive(Clone, Debug)]
pub struct ProcessorOptions {
    /// How much of the input is read at a time.
    pub batch_bytes_max: usize,
    pub dedupe: DedupeOptions,
}

/// What the processor reads and writes.
#[derive(Clone)]
pub struct Streams {
    pub journal: Partition,
    pub events: Partition,
    pub rejected: Partition,
    pub duplicates: Partition,
    pub ledger: Partition,
}

/// Why the processor cannot go on. None of these passes by itself.
#[derive(Debug, Error)]
pub enum ProcessError {
    #[error(
        "`{stream}` came from a journal that reached request {reached}, but this journal ends at {end}: the journal was replaced; \
         restore it, or move the folders of the other streams and the committed positions away too"
    )]
    ForeignJournal { stream: &'static str, reached: Offset, end: Offset },
    #[error("a record cannot be read by this version of the program: {0}")]
    Record(#[from] RecordError),
    #[error("failed to read a stream: {0}")]
    Read(#[from] ReadError),
    #[error("failed to read the position: {0}")]
    Position(#[source] std::io::Error),
    #[error("failed to commit the position: {0}")]
    Commit(#[source] std::io::Error),
    #[error("failed to write a stream: {0}")]
    Append(#[from] AppendError),
    #[error("failed to write a transaction: {0}")]
    Transaction(#[from] TransactionError),
    #[error("failed to open the log for writing: {0}")]
    Open(#[from] OpenError),
    #[error("failed to open what deduplication remembers: {0}")]
    Dedupe(#[from] prime_dedupe::OpenError),
    #[error("the log has no transactions")]
    NoTransactions,
    #[error("a stage panicked")]
    Panicked,
}

pub struct Processor {
    log: Log,
    streams: Streams,
    counters: Arc<Counters>,
    work: Work,
    progress: Progress,
    /// What is written since the ledger was.
    tally: Tally,
    /// The ledger's end.
    committed: Offset,
    committed_at: Instant,
}

impl Processor {
    /// Finds its place from what is on disk. `stages` run in order after normalisation and deduplication. Blocking.
    pub fn open(
        options: ProcessorOptions,
        log: Log,
        streams: Streams,
        counters: Arc<Counters>,
        stages: Vec<Box<dyn Stage>>,
    ) -> Result<Self, ProcessError> {
        let progress = Progress::recover(&log, &streams)?;
        let (journal, events) = (streams.journal.clone(), streams.events.clone());
        let work = Work::new(options, journal, InputKind::Journal, events, stages, Arc::clone(&counters));
        Ok(Self {
            log,
            streams,
            counters,
            work,
            committed: progress.next,
            progress,
            tally: Tally::default(),
            committed_at: Instant::now(),
        })
    }

    /// Works until asked to stop, then finishes what is in the journal and commits.
    ///
    /// Failures of the disk are logged and tried again; what cannot pass by itself is returned.
    pub async fn run(mut self, stop: ShutdownSignal) -> Result<(), ProcessError> {
        self.work.begin(self.progress.next).await?;
        loop {
            match self.round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(
                    error @ (ProcessError::Append(_)
                    | ProcessError::Position(_)
                    | ProcessError::Commit(_)
                    | ProcessError::Read(ReadError::Io { .. } | ReadError::Unreachable(_))),
                ) if !stop.is_asked() => {
                    tracing::error!(%error, "processing failed and will be tried again");
                    tokio::time::sleep(RETRY_AFTER).await;
                    self.begin_again().await?;
                    continue;
                }
                Err(error) => return Err(error),
            }
            if stop.is_asked() {
                self.commit().await?;
                return self.work.close().await;
            }
            let journal = self.streams.journal.clone();
            let uncommitted = self.committed < self.progress.next;
            tokio::select! {
                () = journal.wait_beyond(self.progress.next) => {}
                () = tokio::time::sleep(COMMIT_INTERVAL), if uncommitted => self.commit_when_due().await?,
                () = stop.asked() => {}
            }
        }
    }

    /// Processes a bounded part of the journal. False when there was nothing to do.
    async fn round(&mut self) -> Result<bool, ProcessError> {
        let Some(round) = self.work.round(&mut self.progress.held).await? else { return Ok(false) };
        let now = Timestamp::now();
        self.write(round.outputs).await?;
        self.work.written(self.streams.events.bounds().end);
        self.progress.next = round.next;
        self.tally.add_all(round.tally);
        round.fresh.count(&self.counters, now);
        self.commit_when_due().await?;
        Ok(true)
    }

    /// Appends to all streams. Durable when it returns.
    async fn write(&mut self, outputs: Encoded) -> Result<(), ProcessError> {
        let (events, rejected, duplicates) = tokio::join!(
            append(&self.streams.events, outputs.events),
            append(&self.streams.rejected, outputs.rejected),
            append(&self.streams.duplicates, outputs.duplicates),
        );
        events?;
        rejected?;
        duplicates?;
        self.progress.held.ends.move_to(outputs.ends);
        Ok(())
    }

    async fn commit_when_due(&mut self) -> Result<(), ProcessError> {
        if self.committed_at.elapsed() < COMMIT_INTERVAL { Ok(()) } else { self.commit().await }
    }

    /// The ledger first: where it ends is where the next process begins.
    async fn commit(&mut self) -> Result<(), ProcessError> {
        let next = self.progress.next;
        if self.committed < next {
            let record = std::mem::take(&mut self.tally).into_record(self.committed, next);
            self.streams.ledger.append(vec![record.encode()]).await?;
            self.committed = next;
            self.progress.held.forget_below(next);
            self.log.commit(GROUP, &self.streams.journal, next).map_err(ProcessError::Commit)?;
            self.streams.journal.trim(next).map_err(ProcessError::Commit)?;
        }
        self.committed_at = Instant::now();
        Ok(())
    }

    /// After a failed write only the disk knows what is there.
    async fn begin_again(&mut self) -> Result<(), ProcessError> {
        self.progress = Progress::recover(&self.log, &self.streams)?;
        self.committed = self.progress.next;
        self.tally = Tally::default();
        self.work.begin_again(self.progress.next).await
    }
}

/// Appends in pieces: a crash between two of them leaves a prefix, as one within a piece does.
async fn append(stream: &Partition, values: Vec<Bytes>) -> Result<(), AppendError> {
    let mut values = values.into_iter().peekable();
    while values.peek().is_some() {
        let mut bytes = 0;
        let piece = std::iter::from_fn(|| {
            let value = values.next_if(|value| bytes == 0 || bytes + value.len() <= APPEND_BYTES_MAX)?;
            bytes += value.len();
            Some(value)
        });
        stream.append(piece.collect()).await?;
    }
    Ok(())
}
