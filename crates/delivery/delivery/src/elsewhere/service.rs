use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;
use prime_archive::Elsewhere;
use prime_destination::Standing;
use prime_event::{DestinationId, Timestamp};
use prime_log::{Offset, Partition, ReadError, ReadLimit, Record};
use prime_runtime::ShutdownSignal;
use tokio::task::{JoinSet, spawn_blocking};
use tokio::time::sleep;
use tracing::{error, warn};

use super::standings::{DESTINATIONS_MAX, Standings};
use crate::handle::DeliveryHandle;
use crate::progress::Line;

/// A sum names each destination twice: what it is owed, and how it stands.
const RECORDS_FROM_END: u64 = 2 * DESTINATIONS_MAX as u64;
/// A lock is held for about a millisecond.
const READ: ReadLimit = ReadLimit { bytes_max: 1 << 20, records_max: 1_024 };
/// Pause after the stream could not be read.
const READ_PAUSE: Duration = Duration::from_secs(5);

/// Follows what whoever delivers tells of destinations where [`DeliveryOptions::tell_others`](crate::DeliveryOptions) is set, and
/// shows it. Only reads.
///
/// Knows of what waits, and of what stands in the stream, within ten seconds of its start; after that what it shows is some seconds
/// old. Takes at most some 25 MiB a partition.
pub struct StandingsService {
    progress: Vec<Partition>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared(RwLock<BTreeMap<u32, Standings>>);

impl StandingsService {
    /// `deliveries` shows it from now on, for partitions that are not delivered there. Reads nothing yet.
    pub fn new(progress: Vec<Partition>, deliveries: &DeliveryHandle) -> Self {
        let shared = Arc::<Shared>::default();
        deliveries.wall.look_at(Arc::clone(&shared) as Arc<dyn Elsewhere>);
        Self { progress, shared }
    }

    /// Follows all partitions until a stop is asked for.
    pub async fn run(self, shutdown: ShutdownSignal) {
        let mut followers = JoinSet::new();
        for partition in self.progress {
            let follower = Follower { partition, shared: Arc::clone(&self.shared), next: 0, is_failing: false };
            followers.spawn(follower.run(shutdown.clone()));
        }
        while let Some(ended) = followers.join_next().await {
            if let Err(error) = ended {
                error!(%error, "a follower of progress panicked; what its partition's deliverer tells is not seen before the next start");
            }
        }
    }
}

impl Elsewhere for Shared {
    fn standings(&self, destination: &DestinationId) -> Vec<(u32, Standing)> {
        let now = Timestamp::now();
        let partitions = self.0.read();
        partitions.iter().filter_map(|(number, known)| Some((*number, known.get(destination, now)?))).collect()
    }
}

struct Follower {
    partition: Partition,
    shared: Arc<Shared>,
    next: Offset,
    /// Whether the last read failed: that is said once.
    is_failing: bool,
}

impl Follower {
    async fn run(mut self, shutdown: ShutdownSignal) {
        let near_end = self.partition.newest_end().await.saturating_sub(RECORDS_FROM_END);
        self.next = near_end.max(self.partition.bounds().start);
        while !shutdown.is_asked() {
            let read = self.read().await;
            let was_failing = mem::replace(&mut self.is_failing, read.is_err());
            match read {
                Ok(records) if records.is_empty() => tokio::select! {
                    () = shutdown.asked() => {}
                    () = self.partition.wait_beyond(self.next) => {}
                },
                Ok(records) => self.take(records),
                Err(ReadError::Trimmed { start }) => self.go_to(start),
                Err(ReadError::Beyond { end, .. }) => self.go_to(end),
                Err(error) => {
                    if !was_failing {
                        let partition = self.partition.number();
                        warn!(partition, %error, "how destinations stand elsewhere cannot be read; trying again");
                    }
                    tokio::select! {
                        () = shutdown.asked() => {}
                        () = sleep(READ_PAUSE) => {}
                    }
                }
            }
        }
    }

    async fn read(&self) -> Result<Vec<Record>, ReadError> {
        let (partition, from) = (self.partition.clone(), self.next);
        let read = spawn_blocking(move || partition.read(from, READ)).await;
        read.unwrap_or_else(|panic| Err(ReadError::Unreachable(std::io::Error::other(panic))))
    }

    fn go_to(&mut self, offset: Offset) {
        self.next = offset;
        self.shared.0.write().entry(self.partition.number()).or_default().skip();
    }

    fn take(&mut self, records: Vec<Record>) {
        let number = self.partition.number();
        let mut partitions = self.shared.0.write();
        let standings = partitions.entry(number).or_default();
        for record in records {
            self.next = record.offset + 1;
            match Line::decode(record.value) {
                Ok(line) => standings.take(line),
                Err(error) => {
                    warn!(partition = number, offset = record.offset, %error, "a record of progress cannot be read")
                }
            }
        }
    }
}
