//! Places in groups: Kafka hands out partitions, and takes them back.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prime_log::{Assignment, Membership, OpenError, Release};
use rdkafka::TopicPartitionList;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::KafkaError;
use tokio::sync::{mpsc, oneshot};

use crate::client::{Clients, Told, millis};
use crate::positions::MEMBERS;

/// Changes that a member may leave unread. One that lets more gather does not work any more and is thrown out.
const CHANGES_MAX: usize = 64;

/// How soon a member notices that it is dropped.
const POLL: Duration = Duration::from_millis(100);

const RELEASE_POLL: Duration = Duration::from_millis(5);

/// The members of this process.
#[derive(Clone)]
pub(crate) struct Members {
    clients: Clients,
    threads: Arc<Mutex<Vec<Thread>>>,
}

struct Thread {
    handle: JoinHandle<()>,
    stop: Weak<AtomicBool>,
}

/// Leaves the group when it is dropped.
struct Place {
    stop: Arc<AtomicBool>,
}

impl Drop for Place {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

impl Members {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients, threads: Arc::default() }
    }

    pub(crate) fn join(&self, group: &str, topic: &str) -> Result<Membership, OpenError> {
        let (sender, changes) = mpsc::channel(CHANGES_MAX);
        let stop = Arc::new(AtomicBool::new(false));
        let told = Rebalances {
            told: self.clients.context(),
            changes: sender,
            release_timeout: self.clients.options().release_timeout,
            stop: stop.clone(),
            deaf: AtomicBool::new(false),
        };
        let consumer: BaseConsumer<Rebalances> = self.clients.create(&self.config(group), told)?;
        consumer
            .subscribe(&[&self.clients.name(topic)])
            .map_err(|error| OpenError::Refused { what: format!("Kafka does not let {group} join: {error}") })?;
        let weak = Arc::downgrade(&stop);
        let handle = std::thread::Builder::new()
            .name("kafka member".to_owned())
            .spawn(move || run(&consumer))
            .map_err(|source| OpenError::Unreachable { what: "a new thread".to_owned(), source })?;
        let mut threads = self.threads.lock();
        threads.retain(|thread| !thread.handle.is_finished());
        threads.push(Thread { handle, stop: weak });
        Ok(Membership::new(changes, Place { stop }))
    }

    /// Leaves all groups, so that others need not wait until this process counts as dead.
    pub(crate) fn close(&self) {
        let threads = std::mem::take(&mut *self.threads.lock());
        for thread in &threads {
            if let Some(stop) = thread.stop.upgrade() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        for thread in threads {
            if thread.handle.join().is_err() {
                tracing::error!("a member of a group ended with a panic");
            }
        }
    }

    fn config(&self, group: &str) -> rdkafka::ClientConfig {
        let options = self.clients.options();
        let mut config = self.clients.reader(&format!("{group}{MEMBERS}"));
        config
            // Only what has to move moves, and the rest works on meanwhile.
            .set("partition.assignment.strategy", "cooperative-sticky")
            .set("session.timeout.ms", millis(options.session_timeout))
            .set("heartbeat.interval.ms", millis(options.session_timeout / 4))
            // Whoever waits for a release does not poll meanwhile.
            .set("max.poll.interval.ms", millis(options.release_timeout + options.session_timeout))
            // The member reads nothing itself; there may be no position to begin from.
            .set("auto.offset.reset", "latest")
            .set("topic.metadata.refresh.interval.ms", "10000");
        config
    }
}

/// Takes part in the group until the member is dropped or thrown out.
fn run(consumer: &BaseConsumer<Rebalances>) {
    let context = consumer.context().clone();
    while !context.is_over() {
        match consumer.poll(POLL) {
            // Partitions are paused; what was fetched before is read by others.
            None | Some(Ok(_)) => {}
            Some(Err(KafkaError::MessageConsumptionFatal(code))) => {
                tracing::error!(%code, "Kafka threw a member out of its group");
                return;
            }
            Some(Err(error)) => tracing::debug!(%error, "a member of a group is interrupted"),
        }
    }
}

/// Tells the member's owner what changes.
struct Rebalances {
    told: Told,
    changes: mpsc::Sender<Assignment>,
    release_timeout: Duration,
    stop: Arc<AtomicBool>,
    /// The owner did not take notice of changes.
    deaf: AtomicBool,
}

impl Rebalances {
    fn is_over(&self) -> bool {
        self.stop.load(Ordering::Relaxed) || self.deaf.load(Ordering::Relaxed)
    }

    fn tell(&self, change: Assignment) {
        if self.changes.try_send(change).is_err() {
            self.deaf.store(true, Ordering::Relaxed);
        }
    }

    /// Released, out of time, or nobody there to release: the partitions go on either way.
    fn await_release(&self, mut released: oneshot::Receiver<()>) {
        let deadline = Instant::now() + self.release_timeout;
        while matches!(released.try_recv(), Err(oneshot::error::TryRecvError::Empty)) {
            if Instant::now() >= deadline {
                tracing::warn!("work on lost partitions did not end in time; it can commit no transactions any more");
                return;
            }
            std::thread::sleep(RELEASE_POLL);
        }
    }
}

impl ClientContext for Rebalances {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        self.told.log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        self.told.error(error, reason);
    }
}

impl ConsumerContext for Rebalances {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(lost) = rebalance
            && lost.count() > 0
        {
            let (release, released) = Release::new();
            self.tell(Assignment::Lost { partitions: numbers(lost), release });
            self.await_release(released);
        }
    }

    fn post_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Assign(gained) = rebalance
            && gained.count() > 0
        {
            if let Err(error) = consumer.pause(gained) {
                tracing::debug!(%error, "failed to pause what a member does not read itself");
            }
            self.tell(Assignment::Gained(numbers(gained)));
        }
    }
}

fn numbers(list: &TopicPartitionList) -> Vec<u32> {
    let mut numbers: Vec<u32> = list.elements().iter().map(|element| element.partition() as u32).collect();
    numbers.sort_unstable();
    numbers
}
