//! Drives the pipeline over one partition of `collected`, where outputs and position are one transaction.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use prime_event::{CollectedRecord, EventRecord, Timestamp};
use prime_log::{Log, Offset, Output, Partition, Position, ReadError, ReadLimit, Record, TransactionError, Transactor};
use prime_runtime::{Counters, ShutdownSignal};
use tokio::task::spawn_blocking;

use crate::pipeline::{Outputs, Pipeline, Stage};
use crate::processor::{GROUP, INFLATION_MAX, ProcessError, ProcessorOptions, RETRY_AFTER};
use crate::tally::Tally;

/// How often what is processed is given back.
const TRIM_INTERVAL: Duration = Duration::from_secs(10);

/// What a processor of one partition reads and writes: partitions of one number.
#[derive(Clone)]
pub struct PartitionStreams {
    pub collected: Partition,
    pub events: Partition,
    pub rejected: Partition,
}

/// Processes one partition of `collected`, as long as nobody else takes it over.
pub struct PartitionProcessor {
    options: ProcessorOptions,
    log: Log,
    streams: PartitionStreams,
    counters: Arc<Counters>,
    pipeline: Pipeline,
    transactor: Transactor,
    /// Records read and not yet run.
    waiting: VecDeque<Record>,
    next: Offset,
    trimmed_at: Instant,
}

/// What one round made of part of the partition.
struct Round {
    outputs: Outputs,
    next: Offset,
}

impl PartitionProcessor {
    /// Ends the power of whoever processed this partition before, and begins where they got to. `stages` run in order
    /// after normalisation. Blocking.
    pub fn open(
        options: ProcessorOptions,
        log: Log,
        streams: PartitionStreams,
        counters: Arc<Counters>,
        stages: Vec<Box<dyn Stage>>,
    ) -> Result<Self, ProcessError> {
        let (transactor, next) = take_over(&log, &streams)?;
        let pipeline = Pipeline::new(stages);
        Ok(Self {
            options,
            log,
            streams,
            counters,
            pipeline,
            transactor,
            waiting: VecDeque::new(),
            next,
            trimmed_at: Instant::now(),
        })
    }

    /// Works until asked to stop, and then stops after the transaction under way; what is left is for whoever comes
    /// next. `TransactionError::Fenced` says that they are there already.
    pub async fn run(mut self, stop: ShutdownSignal) -> Result<(), ProcessError> {
        while !stop.is_asked() {
            match self.round().await {
                Ok(true) => {}
                Ok(false) => {
                    let collected = self.streams.collected.clone();
                    tokio::select! {
                        () = collected.wait_beyond(self.next) => {}
                        () = stop.asked() => {}
                    }
                }
                Err(error) if passes(&error) => {
                    tracing::warn!(%error, partition = self.streams.collected.number(), "processing failed and will be tried again");
                    tokio::select! {
                        () = tokio::time::sleep(RETRY_AFTER) => {}
                        () = stop.asked() => return Ok(()),
                    }
                    self = self.reopened().await?;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Processes a bounded part of the partition. False when there was nothing to do.
    async fn round(&mut self) -> Result<bool, ProcessError> {
        let Some(round) = self.decide().await? else { return Ok(false) };
        let tally = Tally::of(&round.outputs);
        let position =
            Position { group: GROUP.to_owned(), partition: self.streams.collected.clone(), next: round.next };
        self.transactor.commit(self.encoded(&round.outputs), vec![position]).await?;
        self.next = round.next;
        tally.count(&self.counters, Timestamp::now());
        self.trim_when_due().await;
        Ok(true)
    }

    /// Gives back what is processed: nobody else reads it, and it is kept until somebody does this.
    async fn trim_when_due(&mut self) {
        if self.trimmed_at.elapsed() < TRIM_INTERVAL {
            return;
        }
        self.trimmed_at = Instant::now();
        let (collected, next) = (self.streams.collected.clone(), self.next);
        if let Ok(Err(error)) = spawn_blocking(move || collected.trim(next)).await {
            tracing::warn!(%error, partition = self.streams.collected.number(), "processed requests are kept for longer");
        }
    }

    /// Reads where needed and runs the pipeline, off the asynchronous threads.
    async fn decide(&mut self) -> Result<Option<Round>, ProcessError> {
        let mut pipeline = std::mem::take(&mut self.pipeline);
        let mut waiting = std::mem::take(&mut self.waiting);
        let (collected, next) = (self.streams.collected.clone(), self.next);
        let limit = ReadLimit { bytes_max: self.options.batch_bytes_max, records_max: usize::MAX };
        let work = move || {
            let round = decide(&mut pipeline, &mut waiting, &collected, next, limit);
            (pipeline, waiting, round)
        };
        let (pipeline, waiting, round) = spawn_blocking(work).await.map_err(|_| ProcessError::Panicked)?;
        (self.pipeline, self.waiting) = (pipeline, waiting);
        round
    }

    fn encoded(&self, outputs: &Outputs) -> Vec<Output> {
        let events: Vec<Bytes> = outputs.events.iter().map(EventRecord::encode).collect();
        let rejected: Vec<Bytes> = outputs.rejected.iter().map(|it| it.record.encode()).collect();
        let streams = [(&self.streams.events, events), (&self.streams.rejected, rejected)];
        let filled = streams.into_iter().filter(|(_, values)| !values.is_empty());
        filled.map(|(partition, values)| Output { partition: partition.clone(), values }).collect()
    }

    /// After a failed transaction only the log knows what happened.
    async fn reopened(self) -> Result<Self, ProcessError> {
        let (log, streams) = (self.log.clone(), self.streams.clone());
        let taken = spawn_blocking(move || take_over(&log, &streams)).await.map_err(|_| ProcessError::Panicked)?;
        let (transactor, next) = taken?;
        Ok(Self { transactor, next, waiting: VecDeque::new(), ..self })
    }
}

/// Whether trying again here can help. After being fenced it would only fence whoever came after us.
fn passes(error: &ProcessError) -> bool {
    match error {
        ProcessError::Transaction(error) => !matches!(error, TransactionError::Fenced),
        ProcessError::Read(error) => matches!(error, ReadError::Io { .. }),
        _ => false,
    }
}

/// First ends the power of the one before, then asks where they got to: they can get no further.
fn take_over(log: &Log, streams: &PartitionStreams) -> Result<(Transactor, Offset), ProcessError> {
    let id = format!("processor-{}", streams.collected.number());
    let transactor = log.transactor(&id)?.ok_or(ProcessError::NoTransactions)?;
    let committed = log.committed(GROUP, &streams.collected).map_err(ProcessError::Position)?;
    let start = streams.collected.bounds().start;
    Ok((transactor, committed.unwrap_or(start).max(start)))
}

fn decide(
    pipeline: &mut Pipeline,
    waiting: &mut VecDeque<Record>,
    collected: &Partition,
    next: Offset,
    limit: ReadLimit,
) -> Result<Option<Round>, ProcessError> {
    if waiting.is_empty() {
        if collected.bounds().end <= next {
            return Ok(None);
        }
        waiting.extend(collected.read(next, limit)?);
    }
    let mut round = Round { outputs: Outputs::default(), next };
    while round.outputs.bytes < limit.bytes_max * INFLATION_MAX
        && let Some(record) = waiting.pop_front()
    {
        pipeline.run_collected(record.offset, &CollectedRecord::decode(record.value)?, &mut round.outputs);
        round.next = record.offset + 1;
    }
    Ok((round.next > next).then_some(round))
}
