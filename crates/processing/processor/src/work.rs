//! The part of the work that is the same on every log: decode, judge, encode, off the asynchronous threads.

use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};

use prime_event::Timestamp;
use prime_log::{Offset, Partition};
use prime_runtime::Counters;
use tokio::task::spawn_blocking;

use crate::ahead::Ahead;
use crate::candidate::Stage;
use crate::deduplication::Deduplication;
use crate::held::Held;
use crate::intake::InputKind;
use crate::judge::Judge;
use crate::outputs::Encoded;
use crate::processor::{ProcessError, ProcessorOptions};
use crate::tally::Tally;

/// How often the state of the deduplication is told, and what is old in it given up.
const UPKEEP_INTERVAL: Duration = Duration::from_secs(1);

pub(crate) struct Work {
    options: ProcessorOptions,
    /// The partition that is worked on.
    number: u32,
    events: Partition,
    counters: Arc<Counters>,
    ahead: Ahead,
    judge: JudgePlace,
    /// The end of `events` after the last write, until the deduplication is told.
    written: Option<Offset>,
    upkeep_at: Instant,
}

/// The judge is where its thread is.
enum JudgePlace {
    /// Not begun.
    Stages(Vec<Box<dyn Stage>>),
    Here(Box<Judge>),
    /// A stage panicked, or the work is closed.
    Gone,
}

/// What a bounded part of the input became.
pub(crate) struct Round {
    pub(crate) from: Offset,
    /// Where the next round begins.
    pub(crate) next: Offset,
    pub(crate) outputs: Encoded,
    /// All of it.
    pub(crate) tally: Tally,
    /// What outputs did not hold before.
    pub(crate) fresh: Tally,
}

impl Work {
    pub(crate) fn new(
        options: ProcessorOptions,
        input: Partition,
        kind: InputKind,
        events: Partition,
        stages: Vec<Box<dyn Stage>>,
        counters: Arc<Counters>,
    ) -> Self {
        Self {
            number: input.number(),
            ahead: Ahead::new(input, kind, options.batch_bytes_max),
            options,
            events,
            counters,
            judge: JudgePlace::Stages(stages),
            written: None,
            upkeep_at: Instant::now(),
        }
    }

    /// Opens the deduplication, brings it up to the end of `events`, and goes to `next`.
    pub(crate) async fn begin(&mut self, next: Offset) -> Result<(), ProcessError> {
        let JudgePlace::Stages(stages) = mem::replace(&mut self.judge, JudgePlace::Gone) else {
            return Err(ProcessError::Panicked);
        };
        let (options, events) = (self.options.dedupe.clone(), self.events.clone());
        let opened = spawn_blocking(move || Deduplication::open(&options, events)).await;
        let deduplication = opened.map_err(|_| ProcessError::Panicked)??;
        self.judge = JudgePlace::Here(Box::new(Judge::new(deduplication, stages)));
        self.catch_up().await?;
        self.ahead.seek(next).await
    }

    /// As [`Work::begin`] after a failed write: what of it is in `events` nobody knows.
    pub(crate) async fn begin_again(&mut self, next: Offset) -> Result<(), ProcessError> {
        self.written = None;
        self.with_judge(|judge| judge.deduplication().retract_unwritten()).await?;
        self.catch_up().await?;
        self.ahead.seek(next).await
    }

    async fn catch_up(&mut self) -> Result<(), ProcessError> {
        loop {
            let step = |judge: &mut Judge| {
                let more = judge.deduplication().catch_up()?;
                Ok::<_, ProcessError>((more, judge.deduplication().status()))
            };
            let (more, status) = self.with_judge(step).await??;
            self.counters.deduplication(self.number, Some(status));
            if !more {
                return Ok(());
            }
        }
    }

    /// Gives every message of a bounded part of the input its end; none at the end of the input. What `held` says is
    /// written already is left out of the outputs.
    pub(crate) async fn round(&mut self, held: &mut Held) -> Result<Option<Round>, ProcessError> {
        let Some(stretch) = self.ahead.next().await? else {
            self.upkeep().await?;
            return Ok(None);
        };
        let (written, upkeep_due) = (self.written.take(), self.is_upkeep_due());
        let known = mem::take(held);
        let work = move |judge: &mut Judge| {
            tell(judge, written);
            let judged = judge.judge(stretch.decoded, &known);
            let status = upkeep_due.then(|| judge.deduplication().status());
            (judged.outputs.encode(), judged.tally, judged.fresh, known, status)
        };
        let (outputs, tally, fresh, known, status) = self.with_judge(work).await?;
        *held = known;
        self.show(status);
        Ok(Some(Round { from: stretch.from, next: stretch.next, outputs, tally, fresh }))
    }

    /// The outputs of the last round are durable, and `events` ends here.
    pub(crate) fn written(&mut self, events_end: Offset) {
        self.written = Some(events_end);
    }

    /// Keeps what is remembered for the next start.
    pub(crate) async fn close(mut self) -> Result<(), ProcessError> {
        let written = self.written.take();
        self.with_judge(move |judge| tell(judge, written)).await?;
        if let JudgePlace::Here(judge) = mem::replace(&mut self.judge, JudgePlace::Gone) {
            spawn_blocking(move || judge.close()).await.map_err(|_| ProcessError::Panicked)?;
        }
        Ok(())
    }

    fn is_upkeep_due(&self) -> bool {
        self.upkeep_at.elapsed() >= UPKEEP_INTERVAL
    }

    /// While nothing comes, time passes all the same.
    async fn upkeep(&mut self) -> Result<(), ProcessError> {
        if !self.is_upkeep_due() {
            return Ok(());
        }
        let (written, now) = (self.written.take(), Timestamp::now());
        let work = move |judge: &mut Judge| {
            tell(judge, written);
            judge.deduplication().maintain(now);
            judge.deduplication().status()
        };
        let status = self.with_judge(work).await?;
        self.show(Some(status));
        Ok(())
    }

    fn show(&mut self, status: Option<prime_runtime::DedupeStatus>) {
        if status.is_some() {
            self.upkeep_at = Instant::now();
            self.counters.deduplication(self.number, status);
        }
    }

    async fn with_judge<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Judge) -> T + Send + 'static,
    ) -> Result<T, ProcessError> {
        let JudgePlace::Here(mut judge) = mem::replace(&mut self.judge, JudgePlace::Gone) else {
            return Err(ProcessError::Panicked);
        };
        let worked = spawn_blocking(move || {
            let result = work(&mut judge);
            (judge, result)
        });
        let (judge, result) = worked.await.map_err(|_| ProcessError::Panicked)?;
        self.judge = JudgePlace::Here(judge);
        Ok(result)
    }
}

/// Whoever has the partition next tells how it stands.
impl Drop for Work {
    fn drop(&mut self) {
        self.counters.deduplication(self.number, None);
    }
}

fn tell(judge: &mut Judge, written: Option<Offset>) {
    if let Some(events_end) = written {
        judge.deduplication().written(events_end);
    }
}
