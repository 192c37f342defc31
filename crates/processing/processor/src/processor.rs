//! Drives the pipeline: reads the journal, writes the streams, commits the position.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_event::{EventRecord, RecordError, RequestRecord, Timestamp};
use prime_log::{AppendError, Log, Offset, OpenError, Partition, ReadError, ReadLimit, Record, TransactionError};
use prime_runtime::{Counters, ShutdownSignal};
use thiserror::Error;

use crate::pipeline::{Outputs, Pipeline, Stage};
use crate::progress::Progress;
use crate::tally::Tally;

/// The consumer group under which the processor commits its position in the journal.
pub const GROUP: &str = "processor";

/// How often the position is committed and the journal trimmed. What lies between is found again from the outputs.
const COMMIT_INTERVAL: Duration = Duration::from_secs(1);
/// How long a failed write or read waits before it is tried again.
pub(crate) const RETRY_AFTER: Duration = Duration::from_secs(1);
/// What is appended to a stream at a time.
const APPEND_BYTES_MAX: usize = 16 << 20;
/// A round writes at most this much more than it reads, whatever bodies inflate to.
pub(crate) const INFLATION_MAX: usize = 4;

#[derive(Clone, Copy, Debug)]
pub struct ProcessorOptions {
    /// How much of the journal is read at a time.
    pub batch_bytes_max: usize,
}

/// What the processor reads and writes.
#[derive(Clone)]
pub struct Streams {
    pub journal: Partition,
    pub events: Partition,
    pub rejected: Partition,
}

/// Why the processor cannot go on. None of these passes by itself.
#[derive(Debug, Error)]
pub enum ProcessError {
    #[error(
        "`{stream}` came from a journal that reached request {reached}, but this journal ends at {end}: the journal was replaced; \
         restore it, or move the folders of `events` and `rejected` and the committed positions away too"
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
    #[error("the log has no transactions")]
    NoTransactions,
    #[error("a stage panicked")]
    Panicked,
}

pub struct Processor {
    options: ProcessorOptions,
    log: Log,
    streams: Streams,
    counters: Arc<Counters>,
    pipeline: Pipeline,
    /// Records read and not yet run.
    waiting: VecDeque<Record>,
    progress: Progress,
    committed: Offset,
    committed_at: Instant,
}

/// What one round made of part of the journal.
struct Round {
    outputs: Outputs,
    next: Offset,
}

impl Processor {
    /// Finds its place from what is on disk. `stages` run in order after normalisation. Blocking.
    pub fn open(
        options: ProcessorOptions,
        log: Log,
        streams: Streams,
        counters: Arc<Counters>,
        stages: Vec<Box<dyn Stage>>,
    ) -> Result<Self, ProcessError> {
        let progress = Progress::recover(&log, &streams)?;
        Ok(Self {
            options,
            log,
            streams,
            counters,
            pipeline: Pipeline::new(stages),
            waiting: VecDeque::new(),
            progress,
            committed: progress.next,
            committed_at: Instant::now(),
        })
    }

    /// Works until asked to stop, then finishes what is in the journal and commits.
    ///
    /// Failures of the disk are logged and tried again; what cannot pass by itself is returned.
    pub async fn run(mut self, stop: ShutdownSignal) -> Result<(), ProcessError> {
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
                    self = self.reopened()?;
                    continue;
                }
                Err(error) => return Err(error),
            }
            if stop.is_asked() {
                return self.commit();
            }
            let journal = self.streams.journal.clone();
            let uncommitted = self.committed < self.progress.next;
            tokio::select! {
                () = journal.wait_beyond(self.progress.next) => {}
                () = tokio::time::sleep(COMMIT_INTERVAL), if uncommitted => self.commit_when_due()?,
                () = stop.asked() => {}
            }
        }
    }

    /// Processes a bounded part of the journal. False when there was nothing to do.
    async fn round(&mut self) -> Result<bool, ProcessError> {
        let Some(round) = self.decide().await? else { return Ok(false) };
        let now = Timestamp::now();
        let outputs = self.unwritten(round.outputs);
        let tally = Tally::of(&outputs);
        self.write(outputs).await?;
        self.progress.next = round.next;
        tally.count(&self.counters, now);
        self.commit_when_due()?;
        Ok(true)
    }

    /// Reads where needed and runs the pipeline, off the asynchronous threads.
    async fn decide(&mut self) -> Result<Option<Round>, ProcessError> {
        let mut pipeline = std::mem::take(&mut self.pipeline);
        let mut waiting = std::mem::take(&mut self.waiting);
        let (journal, progress) = (self.streams.journal.clone(), self.progress);
        let limit = ReadLimit { bytes_max: self.options.batch_bytes_max, records_max: usize::MAX };
        let work = move || {
            let round = decide(&mut pipeline, &mut waiting, &journal, progress, limit);
            (pipeline, waiting, round)
        };
        let (pipeline, waiting, round) = tokio::task::spawn_blocking(work).await.map_err(|_| ProcessError::Panicked)?;
        (self.pipeline, self.waiting) = (pipeline, waiting);
        round
    }

    /// What the streams do not hold yet: after a crash the position lags behind them.
    fn unwritten(&self, mut outputs: Outputs) -> Outputs {
        let held = self.progress;
        outputs.events.retain(|event| held.last_event < Some(event.origin));
        outputs.rejected.retain(|it| held.last_rejected < Some(it.record.origin));
        outputs
    }

    /// Appends to both streams. Durable when it returns.
    async fn write(&mut self, Outputs { events, rejected, .. }: Outputs) -> Result<(), ProcessError> {
        let last_event = events.last().map(|event| event.origin);
        let last_rejected = rejected.last().map(|it| it.record.origin);
        let (to_events, to_rejected) = tokio::join!(
            append(&self.streams.events, events.iter().map(EventRecord::encode).collect()),
            append(&self.streams.rejected, rejected.iter().map(|it| it.record.encode()).collect()),
        );
        to_events?;
        to_rejected?;
        self.progress.last_event = self.progress.last_event.max(last_event);
        self.progress.last_rejected = self.progress.last_rejected.max(last_rejected);
        Ok(())
    }

    fn commit_when_due(&mut self) -> Result<(), ProcessError> {
        if self.committed_at.elapsed() < COMMIT_INTERVAL { Ok(()) } else { self.commit() }
    }

    fn commit(&mut self) -> Result<(), ProcessError> {
        if self.committed < self.progress.next {
            self.log.commit(GROUP, &self.streams.journal, self.progress.next).map_err(ProcessError::Commit)?;
            self.committed = self.progress.next;
            self.streams.journal.trim(self.committed).map_err(ProcessError::Commit)?;
        }
        self.committed_at = Instant::now();
        Ok(())
    }

    /// After a failed write only the disk knows what is there.
    fn reopened(self) -> Result<Self, ProcessError> {
        let progress = Progress::recover(&self.log, &self.streams)?;
        Ok(Self { progress, committed: progress.next, waiting: VecDeque::new(), ..self })
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

fn decide(
    pipeline: &mut Pipeline,
    waiting: &mut VecDeque<Record>,
    journal: &Partition,
    progress: Progress,
    limit: ReadLimit,
) -> Result<Option<Round>, ProcessError> {
    if waiting.is_empty() {
        if journal.bounds().end <= progress.next {
            return Ok(None);
        }
        waiting.extend(journal.read(progress.next, limit)?);
    }
    let mut round = Round { outputs: Outputs::default(), next: progress.next };
    while round.outputs.bytes < limit.bytes_max * INFLATION_MAX
        && let Some(record) = waiting.pop_front()
    {
        let request = RequestRecord::decode(record.value)?;
        pipeline.run(record.offset, &request, &mut round.outputs);
        round.next = record.offset + 1;
    }
    Ok(Some(round))
}
