//! The role `aggregate` on a log that machines share: one node gathers the events of all partitions and keeps profiles.

use std::time::Duration;

use prime_log::{
    AppendError, Offset, Output, Partition, Position, ReadError, ReadLimit, TopicOptions, TransactionError, Transactor,
    WhenFull,
};
use prime_profiles_service::{ProfilesHandle, ServiceStreams};
use prime_runtime::ShutdownSignal;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};

use super::gathered::Gathered;
use super::roles::Parts;
use super::shared_log::SharedLog;
use crate::node::StartError;
use crate::profiles;
use crate::roles::{self, Running};

/// Events that were gathered and that profiles have not taken yet. When there are more, gathering waits.
const GATHERED_BYTES_MAX: u64 = 1 << 30;
/// What is read of one partition at a time.
const READ: ReadLimit = ReadLimit { bytes_max: 2 << 20, records_max: 2_048 };
/// Reads that wait for being written down, over all partitions.
const READS_WAITING: usize = 16;
/// How often positions are written down, what was taken is given back, and the role is claimed anew.
const INTERVAL: Duration = Duration::from_secs(1);
const CLAIM_EVERY: u32 = 5;
const PAUSE: Duration = Duration::from_millis(200);
const OWNER: &str = "aggregate-owner";

/// Opens what is kept and begins to work, in the order in which it stops.
pub(super) async fn start(parts: &Parts<'_>, shared: &SharedLog) -> Result<(ProfilesHandle, Vec<Running>), StartError> {
    let options = TopicOptions { bytes_max: GATHERED_BYTES_MAX, age_max: None, when_full: WhenFull::Refuse };
    let events = parts.own.partition("gathered", 0, options)?;
    let own_parts = profiles::Parts {
        config: parts.config,
        control: parts.control,
        counters: parts.counters,
        problems: parts.problems,
        streams: ServiceStreams { events: events.clone(), computed: shared.computed.clone() },
        written: None,
    };
    let (handle, keeping) = profiles::start(own_parts).await?;
    let folder = parts.config.node.data_dir.join("profiles");
    let gathered =
        Gathered::read(&folder, shared.events.len()).map_err(|source| StartError::DataDir { path: folder, source })?;
    let gatherer = Gatherer { shared: shared.clone(), events, handle: handle.clone(), gathered };
    let gather = roles::run("gather", parts.problems, |stop| gatherer.run(stop));
    let mut running = vec![gather];
    running.extend(keeping);
    Ok((handle, running))
}

struct Gatherer {
    shared: SharedLog,
    /// The node's own stream, one for all partitions.
    events: Partition,
    handle: ProfilesHandle,
    gathered: Gathered,
}

/// Some records of one partition.
struct Part {
    number: usize,
    next: Offset,
    values: Vec<bytes::Bytes>,
}

impl Gatherer {
    /// Gathers until asked to stop, or until another node has the role.
    async fn run(mut self, stop: ShutdownSignal) -> Result<(), String> {
        let log = self.shared.log.clone();
        let claimed = spawn_blocking(move || log.transactor(OWNER)).await.map_err(|panic| panic.to_string())?;
        let claimed = claimed.map_err(|error| format!("the role cannot be claimed: {error}"))?;
        let mut claim = claimed.ok_or("the shared log has no transactions")?;
        let (parts, mut ready) = mpsc::channel(READS_WAITING);
        let mut readers = JoinSet::new();
        for (number, partition) in self.shared.events.iter().enumerate() {
            readers.spawn(follow(number, partition.clone(), self.gathered.next(number), parts.clone()));
        }
        drop(parts);
        let mut ticks = tokio::time::interval(INTERVAL);
        let mut tick = 0u32;
        loop {
            tokio::select! {
                part = ready.recv() => {
                    let part = part.ok_or("all partitions of events have gone")?;
                    self.write(part, &stop).await?;
                }
                _ = ticks.tick() => {
                    tick = tick.wrapping_add(1);
                    if tick % CLAIM_EVERY == 1 {
                        self.claim(&mut claim).await?;
                    }
                    self.tidy().await?;
                }
                () = stop.asked() => return self.tidy().await,
            }
        }
    }

    /// Waits while there is no room.
    async fn write(&mut self, part: Part, stop: &ShutdownSignal) -> Result<(), String> {
        loop {
            match self.events.append(part.values.clone()).await {
                Ok(_) => {
                    self.gathered.move_to(part.number, part.next);
                    return Ok(());
                }
                Err(AppendError::Full { .. }) if !stop.is_asked() => {
                    self.tidy().await?;
                    tokio::time::sleep(PAUSE).await;
                }
                Err(AppendError::Full { .. }) => return Ok(()),
                Err(error) => return Err(format!("what was gathered cannot be kept: {error}")),
            }
        }
    }

    /// Positions first: what is given back is gathered no more.
    async fn tidy(&mut self) -> Result<(), String> {
        let (gathered, events, taken) = (self.gathered.clone(), self.events.clone(), self.handle.events_next());
        let tidied = spawn_blocking(move || {
            gathered.write()?;
            events.trim(taken)
        });
        let tidied = tidied.await.map_err(|panic| panic.to_string())?;
        tidied.map_err(|error| format!("positions cannot be kept: {error}"))
    }

    /// Whoever claimed last has the role.
    async fn claim(&self, claim: &mut Transactor) -> Result<(), String> {
        let outputs: Vec<Output> = Vec::new();
        let position = Position { group: OWNER.to_owned(), partition: self.shared.computed.clone(), next: 0 };
        match claim.commit(outputs, vec![position]).await {
            Ok(()) => Ok(()),
            Err(TransactionError::Fenced) => Err(
                "another node has taken the role aggregate over, and these profiles follow no events any more; only one node \
                 may have it: take it from this one and restart it"
                    .to_owned(),
            ),
            Err(error) => {
                tracing::warn!(%error, "the role aggregate could not be claimed anew; trying again");
                Ok(())
            }
        }
    }
}

/// Reads a partition from a place on, for ever.
async fn follow(number: usize, partition: Partition, from: Option<Offset>, parts: mpsc::Sender<Part>) {
    let mut next = from.unwrap_or_else(|| partition.bounds().start);
    loop {
        let asked = partition.clone();
        let read = spawn_blocking(move || asked.read(next, READ)).await;
        match read {
            Ok(Ok(records)) if records.is_empty() => partition.wait_beyond(next).await,
            Ok(Ok(records)) => {
                next = records.last().map_or(next, |record| record.offset + 1);
                let values = records.into_iter().map(|record| record.value).collect();
                if parts.send(Part { number, next, values }).await.is_err() {
                    return;
                }
            }
            Ok(Err(ReadError::Trimmed { start })) => {
                tracing::error!(
                    partition = number,
                    next,
                    start,
                    "events went before they were gathered; profiles lack them"
                );
                next = start;
            }
            Ok(Err(error)) => {
                tracing::warn!(partition = number, %error, "events cannot be read; trying again");
                tokio::time::sleep(PAUSE).await;
            }
            Err(panic) => {
                tracing::error!(%panic, "reading events ended by a panic");
                return;
            }
        }
    }
}
