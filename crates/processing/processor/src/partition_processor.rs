//! Drives the pipeline over one partition of `collected`, where outputs, ledger and position are one transaction.

use std::sync::Arc;
use std::time::{Duration, Instant};

use prime_event::Timestamp;
use prime_log::{Log, Offset, Output, Partition, Position, ReadError, TransactionError, Transactor};
use prime_runtime::{Counters, ShutdownSignal};
use tokio::task::spawn_blocking;

use crate::candidate::Stage;
use crate::held::Held;
use crate::intake::InputKind;
use crate::outputs::Encoded;
use crate::processor::{GROUP, ProcessError, ProcessorOptions, RETRY_AFTER};
use crate::work::Work;

/// How often what is processed is given back.
const TRIM_INTERVAL: Duration = Duration::from_secs(10);

/// What a processor of one partition reads and writes: partitions of one number.
#[derive(Clone)]
pub struct PartitionStreams {
    pub collected: Partition,
    pub events: Partition,
    pub rejected: Partition,
    pub duplicates: Partition,
    pub ledger: Partition,
}

/// Processes one partition of `collected`, as long as nobody else takes it over.
pub struct PartitionProcessor {
    log: Log,
    streams: PartitionStreams,
    counters: Arc<Counters>,
    work: Work,
    transactor: Transactor,
    next: Offset,
    trimmed_at: Instant,
}

impl PartitionProcessor {
    /// Ends the power of whoever processed this partition before, and begins where they got to. `stages` run in order
    /// after normalisation and deduplication. Blocking.
    pub fn open(
        options: ProcessorOptions,
        log: Log,
        streams: PartitionStreams,
        counters: Arc<Counters>,
        stages: Vec<Box<dyn Stage>>,
    ) -> Result<Self, ProcessError> {
        let (transactor, next) = take_over(&log, &streams)?;
        let (collected, events) = (streams.collected.clone(), streams.events.clone());
        let work = Work::new(options, collected, InputKind::Collected, events, stages, Arc::clone(&counters));
        Ok(Self { log, streams, counters, work, transactor, next, trimmed_at: Instant::now() })
    }

    /// Works until asked to stop, and then stops after the transaction under way; what is left is for whoever comes
    /// next. `TransactionError::Fenced` says that they are there already.
    pub async fn run(mut self, stop: ShutdownSignal) -> Result<(), ProcessError> {
        self.work.begin(self.next).await?;
        while !stop.is_asked() {
            match self.round().await {
                Ok(true) => {}
                Ok(false) => {
                    let collected = self.streams.collected.clone();
                    tokio::select! {
                        () = collected.wait_beyond(self.next) => {}
                        () = tokio::time::sleep(TRIM_INTERVAL) => {}
                        () = stop.asked() => {}
                    }
                }
                Err(error) if passes(&error) => {
                    tracing::warn!(%error, partition = self.streams.collected.number(), "processing failed and will be tried again");
                    tokio::select! {
                        () = tokio::time::sleep(RETRY_AFTER) => {}
                        () = stop.asked() => return self.work.close().await,
                    }
                    self.begin_again().await?;
                }
                Err(error) => return Err(error),
            }
        }
        self.work.close().await
    }

    /// Processes a bounded part of the partition. False when there was nothing to do.
    async fn round(&mut self) -> Result<bool, ProcessError> {
        // A transaction leaves no part of a round behind.
        let Some(round) = self.work.round(&mut Held::default()).await? else { return Ok(false) };
        let ledger = round.tally.into_record(round.from, round.next);
        let position =
            Position { group: GROUP.to_owned(), partition: self.streams.collected.clone(), next: round.next };
        let mut outputs = self.outputs(round.outputs);
        outputs.push(Output { partition: self.streams.ledger.clone(), values: vec![ledger.encode()] });
        self.transactor.commit(outputs, vec![position]).await?;
        self.next = round.next;
        self.work.written(self.streams.events.bounds().end);
        round.fresh.count(&self.counters, Timestamp::now());
        self.trim_when_due().await;
        Ok(true)
    }

    fn outputs(&self, encoded: Encoded) -> Vec<Output> {
        let streams = [
            (&self.streams.events, encoded.events),
            (&self.streams.rejected, encoded.rejected),
            (&self.streams.duplicates, encoded.duplicates),
        ];
        let filled = streams.into_iter().filter(|(_, values)| !values.is_empty());
        filled.map(|(partition, values)| Output { partition: partition.clone(), values }).collect()
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

    /// After a failed transaction only the log knows what happened.
    async fn begin_again(&mut self) -> Result<(), ProcessError> {
        let (log, streams) = (self.log.clone(), self.streams.clone());
        let taken = spawn_blocking(move || take_over(&log, &streams)).await.map_err(|_| ProcessError::Panicked)?;
        (self.transactor, self.next) = taken?;
        self.work.begin_again(self.next).await
    }
}

/// Whether trying again here can help. After being fenced it would only fence whoever came after us.
fn passes(error: &ProcessError) -> bool {
    match error {
        ProcessError::Transaction(error) => !matches!(error, TransactionError::Fenced),
        ProcessError::Read(error) => matches!(error, ReadError::Io { .. } | ReadError::Unreachable(_)),
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
