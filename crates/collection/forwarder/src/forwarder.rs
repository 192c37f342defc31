//! Drives the forwarding: connects, reads the journal, writes transactions, waits out failures.

use std::collections::VecDeque;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use prime_event::RecordError;
use prime_log::{Log, Offset, OpenError, Output, Partition, Position, ReadError, Record, TransactionError, Transactor};
use prime_runtime::ShutdownSignal;
use thiserror::Error;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, timeout};

use crate::round::{Round, round};

/// The group under which a collector remembers its place in its own journal.
pub const GROUP: &str = "forwarder";

/// How often the place is remembered in the collector's own log and the journal trimmed.
const REMEMBER_INTERVAL: Duration = Duration::from_secs(1);

#[derive(Clone, Debug)]
pub struct ForwarderOptions {
    /// Names this collector for good. Two with one name end each other's power to write.
    pub collector: String,
    /// Into how many partitions `collected` is cut.
    pub partitions: NonZeroU32,
    /// How much of the journal is read at a time.
    pub batch_bytes_max: usize,
    /// Waits between attempts grow from the first to the second of these.
    pub backoff_first: Duration,
    pub backoff_max: Duration,
    /// How long a stop waits for the journal to drain.
    pub drain_max: Duration,
}

/// The shared log, opened.
#[derive(Clone)]
pub struct Shared {
    pub log: Log,
    /// The partitions of `collected`, by number.
    pub collected: Vec<Partition>,
}

/// Opens the shared log. Blocking; called again until it succeeds.
pub type Connect = Arc<dyn Fn() -> Result<Shared, OpenError> + Send + Sync>;

/// Is told what is wrong, and with none that nothing is.
type Report = Box<dyn Fn(Option<&ForwardError>) + Send + Sync>;

/// Why requests stay in the journal.
#[derive(Debug, Error)]
pub enum ForwardError {
    #[error("the shared log cannot be opened: {0}")]
    Connect(#[source] OpenError),
    #[error("the shared log has no transactions")]
    NoTransactions,
    #[error("the place in the journal cannot be read: {0}")]
    Position(#[source] std::io::Error),
    #[error("the place in the journal cannot be remembered: {0}")]
    Remember(#[source] std::io::Error),
    #[error("{0}")]
    Transaction(#[from] TransactionError),
    #[error(
        "requests up to {reached} of the journal were forwarded, but this journal ends at {end}: the journal was replaced; \
         restore it, or begin with an empty data folder, which gets a name of its own"
    )]
    ForeignJournal { reached: Offset, end: Offset },
    #[error("a request cannot be read by this version of the program: {0}")]
    Record(#[from] RecordError),
    #[error("the journal cannot be read: {0}")]
    Read(#[from] ReadError),
    #[error("a thread panicked")]
    Panicked,
}

impl ForwardError {
    /// Whether trying again can help.
    fn passes(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Position(_) | Self::Remember(_) | Self::Transaction(_) => true,
            Self::Read(error) => matches!(error, ReadError::Io { .. }),
            Self::NoTransactions | Self::ForeignJournal { .. } | Self::Record(_) | Self::Panicked => false,
        }
    }
}

pub struct Forwarder {
    options: ForwarderOptions,
    /// The collector's own log.
    own: Log,
    journal: Partition,
    connect: Connect,
    report: Report,
    shared: Option<Shared>,
    /// Read from the journal and not shared out yet.
    waiting: VecDeque<Record>,
    remembered: Offset,
    remembered_at: Instant,
    failures: u32,
}

impl Forwarder {
    /// Does nothing yet. `report` is called at each failure, and with none when forwarding goes on.
    pub fn new(
        options: ForwarderOptions,
        own: Log,
        journal: Partition,
        connect: Connect,
        report: impl Fn(Option<&ForwardError>) + Send + Sync + 'static,
    ) -> Self {
        Self {
            options,
            own,
            journal,
            connect,
            report: Box::new(report),
            shared: None,
            waiting: VecDeque::new(),
            remembered: 0,
            remembered_at: Instant::now(),
            failures: 0,
        }
    }

    /// Works until asked to stop, then drains the journal for a bounded time. What is left then waits on disk for the
    /// next start. Returns what cannot pass by itself; everything else is waited out.
    pub async fn run(mut self, stop: ShutdownSignal) -> Result<(), ForwardError> {
        let drain_max = self.options.drain_max;
        let work = self.work(&stop);
        tokio::pin!(work);
        tokio::select! {
            ended = &mut work => return ended,
            () = stop.asked() => {}
        }
        match timeout(drain_max, work).await {
            Ok(ended) => ended,
            Err(_) => {
                tracing::warn!("what is left in the journal is forwarded after the next start");
                Ok(())
            }
        }
    }

    async fn work(&mut self, stop: &ShutdownSignal) -> Result<(), ForwardError> {
        loop {
            let error = match self.forward(stop).await {
                Ok(()) => return Ok(()),
                Err(error) if !error.passes() => return Err(error),
                Err(error) => error,
            };
            (self.report)(Some(&error));
            if self.failures == 0 {
                tracing::warn!(%error, "what is collected cannot be forwarded and waits in the journal");
            }
            if stop.is_asked() {
                return Ok(());
            }
            let doublings = self.failures.min(20);
            self.failures += 1;
            let pause = self.options.backoff_first.saturating_mul(1 << doublings).min(self.options.backoff_max);
            tokio::select! {
                () = sleep(pause) => {}
                () = stop.asked() => {}
            }
        }
    }

    /// Forwards from the committed place on. Ends without an error once a stop is asked for and the journal is drained.
    async fn forward(&mut self, stop: &ShutdownSignal) -> Result<(), ForwardError> {
        let shared = self.shared().await?;
        let (mut transactor, mut next) = self.open(&shared).await?;
        self.waiting.clear();
        loop {
            match self.round(next).await? {
                Some(round) => {
                    next = round.next;
                    transactor.commit(outputs(&shared, round), vec![self.position(&shared, next)]).await?;
                    self.succeeded();
                    self.remember_when_due(next).await?;
                }
                None if stop.is_asked() => return self.remember(next).await,
                None => {
                    self.succeeded();
                    tokio::select! {
                        () = self.journal.wait_beyond(next) => {}
                        () = sleep(REMEMBER_INTERVAL), if self.remembered < next => self.remember(next).await?,
                        () = stop.asked() => {}
                    }
                }
            }
        }
    }

    async fn shared(&mut self) -> Result<Shared, ForwardError> {
        if let Some(shared) = &self.shared {
            return Ok(shared.clone());
        }
        let connect = Arc::clone(&self.connect);
        let shared = blocking(move || connect()).await?.map_err(ForwardError::Connect)?;
        self.shared = Some(shared.clone());
        Ok(shared)
    }

    /// Ends the power of whoever wrote under this name before, and then asks where they got to.
    async fn open(&self, shared: &Shared) -> Result<(Transactor, Offset), ForwardError> {
        let (log, id) = (shared.log.clone(), format!("collector-{}", self.options.collector));
        let transactor = blocking(move || log.transactor(&id)).await?.map_err(ForwardError::Connect)?;
        let transactor = transactor.ok_or(ForwardError::NoTransactions)?;
        let (log, own, journal) = (shared.log.clone(), self.own.clone(), self.journal.clone());
        let place = self.position(shared, 0);
        let (committed, remembered) =
            blocking(move || Ok((log.committed(&place.group, &place.partition)?, own.committed(GROUP, &journal)?)))
                .await?
                .map_err(ForwardError::Position)?;
        let bounds = self.journal.bounds();
        match committed.or(remembered) {
            Some(reached) if reached > bounds.end => Err(ForwardError::ForeignJournal { reached, end: bounds.end }),
            place => Ok((transactor, place.unwrap_or(bounds.start).max(bounds.start))),
        }
    }

    /// Where this collector's place in its journal is kept beside its outputs.
    fn position(&self, shared: &Shared, next: Offset) -> Position {
        Position {
            group: format!("collector/{}", self.options.collector),
            partition: shared.collected[0].clone(),
            next,
        }
    }

    async fn round(&mut self, next: Offset) -> Result<Option<Round>, ForwardError> {
        let (journal, mut waiting) = (self.journal.clone(), std::mem::take(&mut self.waiting));
        let ForwarderOptions { partitions, batch_bytes_max, .. } = self.options;
        let work = move || {
            let round = round(&journal, &mut waiting, next, partitions, batch_bytes_max);
            (waiting, round)
        };
        let (waiting, round) = blocking(work).await?;
        self.waiting = waiting;
        round
    }

    fn succeeded(&mut self) {
        if std::mem::take(&mut self.failures) > 0 {
            tracing::info!("what is collected is forwarded again");
        }
        (self.report)(None);
    }

    async fn remember_when_due(&mut self, next: Offset) -> Result<(), ForwardError> {
        if self.remembered_at.elapsed() < REMEMBER_INTERVAL { Ok(()) } else { self.remember(next).await }
    }

    /// Keeps the place in the collector's own log, for people to see and for the case that the shared one forgets it,
    /// and gives the journal's space back.
    async fn remember(&mut self, next: Offset) -> Result<(), ForwardError> {
        self.remembered_at = Instant::now();
        if self.remembered >= next {
            return Ok(());
        }
        let (own, journal) = (self.own.clone(), self.journal.clone());
        let remember = move || {
            own.commit(GROUP, &journal, next)?;
            journal.trim(next)
        };
        blocking(remember).await?.map_err(ForwardError::Remember)?;
        self.remembered = next;
        Ok(())
    }
}

fn outputs(shared: &Shared, round: Round) -> Vec<Output> {
    let output = |(number, values)| Output { partition: shared.collected[number as usize].clone(), values };
    round.values.into_iter().map(output).collect()
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ForwardError> {
    spawn_blocking(work).await.map_err(|_| ForwardError::Panicked)
}
