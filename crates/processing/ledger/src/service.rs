use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::RwLock;
use prime_log::Partition;
use prime_runtime::ShutdownSignal;
use tokio::task::JoinSet;
use tracing::error;

use crate::fold::Ledger;
use crate::follower::Follower;
use crate::handle::{LedgerHandle, Shared};

/// Follows the partitions of the `ledger` stream.
pub struct LedgerService {
    partitions: Vec<Partition>,
    handle: LedgerHandle,
}

impl LedgerService {
    /// Reads nothing yet.
    pub fn new(partitions: Vec<Partition>) -> Self {
        let caught_up = partitions.iter().map(|_| AtomicBool::new(false)).collect();
        let shared = Arc::new(Shared { ledger: RwLock::new(Ledger::default()), caught_up });
        Self { partitions, handle: LedgerHandle { shared } }
    }

    pub fn handle(&self) -> LedgerHandle {
        self.handle.clone()
    }

    /// Reads from 30 days ago and then follows, until a stop is asked for.
    pub async fn run(self, shutdown: ShutdownSignal) {
        let mut followers = JoinSet::new();
        for (place, partition) in self.partitions.into_iter().enumerate() {
            let follower = Follower::new(partition, place, Arc::clone(&self.handle.shared));
            followers.spawn(follower.run(shutdown.clone()));
        }
        while let Some(ended) = followers.join_next().await {
            if let Err(error) = ended {
                error!(%error, "a follower of the ledger panicked; its partition is followed again after the next start");
            }
        }
    }
}
