//! This node's share of a topic: the partitions that its group gives it, each with work of its own.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::future::{BoxFuture, join_all};
use prime_log::{Assignment, Log, Membership, OpenError};
use prime_runtime::{Shutdown, ShutdownSignal};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::health::Problems;

/// How long to wait before joining a group again, and before beginning again with work that ended by itself.
const PAUSE: Duration = Duration::from_secs(1);

/// A group and the topic that it shares.
pub(super) struct Share {
    pub(super) log: Log,
    pub(super) group: &'static str,
    pub(super) topic: &'static str,
    pub(super) partitions: u32,
    pub(super) problems: Problems,
}

/// Works on one partition until asked to stop, or until it cannot go on.
pub(super) type Work = Box<dyn Fn(u32, ShutdownSignal) -> BoxFuture<'static, ()> + Send + Sync>;

struct AtWork {
    stop: Shutdown,
    task: JoinHandle<()>,
}

impl Share {
    /// Works on the partitions that are this node's until asked to stop. A partition is let go once its work has ended.
    pub(super) async fn run(self, work: Work, stop: ShutdownSignal) {
        let work: std::sync::Arc<Work> = work.into();
        while !stop.is_asked() {
            let joined = tokio::select! {
                joined = self.join() => joined,
                () = stop.asked() => return,
            };
            match joined {
                Ok(membership) => {
                    self.problems.resolve(self.group);
                    self.work_as_member(membership, &work, &stop).await;
                }
                Err(error) => {
                    tracing::warn!(group = self.group, %error, "the group cannot be joined; trying again");
                    self.problems.report(self.group, format!("the group cannot be joined: {error}"));
                }
            }
            pause(&stop).await;
        }
    }

    async fn join(&self) -> Result<Membership, OpenError> {
        let (log, group, topic, partitions) = (self.log.clone(), self.group, self.topic, self.partitions);
        spawn_blocking(move || log.join(group, topic, partitions)).await.unwrap_or(Err(OpenError::Closed))
    }

    async fn work_as_member(&self, mut membership: Membership, work: &std::sync::Arc<Work>, stop: &ShutdownSignal) {
        let mut at_work: BTreeMap<u32, AtWork> = BTreeMap::new();
        loop {
            let change = tokio::select! {
                change = membership.next() => change,
                () = stop.asked() => None,
            };
            match change {
                Some(Assignment::Gained(partitions)) => {
                    tracing::info!(group = self.group, ?partitions, "partitions are this node's now");
                    for number in partitions {
                        at_work.entry(number).or_insert_with(|| begin(number, work));
                    }
                }
                Some(Assignment::Lost { partitions, release }) => {
                    tracing::info!(group = self.group, ?partitions, "partitions go to other nodes");
                    end(partitions.iter().filter_map(|number| at_work.remove(number))).await;
                    partitions.iter().for_each(|number| self.problems.resolve(&name(self.group, *number)));
                    drop(release);
                }
                None => break,
            }
        }
        end(at_work.into_values()).await;
    }
}

/// Under what the trouble of a partition is told.
pub(super) fn name(group: &str, number: u32) -> String {
    format!("{group}, partition {number}")
}

fn begin(number: u32, work: &std::sync::Arc<Work>) -> AtWork {
    let (stop, work) = (Shutdown::new(), std::sync::Arc::clone(work));
    let asked = stop.signal();
    let task = tokio::spawn(async move {
        while !asked.is_asked() {
            work(number, asked.clone()).await;
            pause(&asked).await;
        }
    });
    AtWork { stop, task }
}

async fn end(work: impl Iterator<Item = AtWork>) {
    let ending = work.map(async |at_work| {
        at_work.stop.begin();
        if let Err(panic) = at_work.task.await {
            tracing::error!(%panic, "the work on a partition ended by a panic");
        }
    });
    join_all(ending).await;
}

async fn pause(stop: &ShutdownSignal) {
    tokio::select! {
        () = tokio::time::sleep(PAUSE) => {}
        () = stop.asked() => {}
    }
}
