//! What all partitions of a log use together.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prime_log::{Offset, OpenError};
use rdkafka::admin::AdminClient;
use rdkafka::types::RDKafkaErrorCode;

use crate::appending::Appending;
use crate::client::{Clients, Told};
use crate::cursors::Cursors;
use crate::failure::{io_error, passes};
use crate::groups::Groups;
use crate::partition::PartitionState;
use crate::tail::Tail;

/// How often bounds that somebody has asked for are asked of the brokers.
const REFRESH: Duration = Duration::from_secs(1);

const ASK_AGAIN: Duration = Duration::from_millis(50);

/// The same bounds are asked for at least this often by who is interested.
const INTEREST: Duration = Duration::from_secs(10);

pub(crate) struct Shared {
    pub(crate) clients: Clients,
    pub(crate) admin: AdminClient<Told>,
    pub(crate) appending: Appending,
    pub(crate) cursors: Cursors,
    pub(crate) groups: Groups,
    pub(crate) tail: Tail,
    pub(crate) partitions: Mutex<HashMap<(String, u32), Arc<PartitionState>>>,
    pub(crate) closed: AtomicBool,
}

impl Shared {
    pub(crate) fn open(clients: Clients) -> Result<Arc<Self>, OpenError> {
        let shared = Arc::new(Self {
            admin: clients.create(&clients.common(), clients.context())?,
            appending: Appending::new(clients.clone())?,
            cursors: Cursors::new(clients.clone()),
            groups: Groups::new(clients.clone()),
            tail: Tail::start(&clients)?,
            partitions: Mutex::default(),
            closed: AtomicBool::new(false),
            clients,
        });
        let keeper = Arc::downgrade(&shared);
        std::thread::Builder::new()
            .name("kafka keeper".to_owned())
            .spawn(move || keep(&keeper))
            .map_err(|source| OpenError::Unreachable { what: "a new thread".to_owned(), source })?;
        Ok(shared)
    }

    /// The first offset that is kept, and the one after all that can be read.
    pub(crate) fn fetch_bounds(&self, topic: &str, number: i32) -> io::Result<(Offset, Offset)> {
        let timeout = self.clients.options().request_timeout;
        let (start, stable) = self.until_answered(|| {
            // Of a client that fetches nothing: on one connection brokers answer in turn, and a fetch waits for records.
            let bounds = self.admin.inner().fetch_watermarks(topic, number, timeout);
            bounds.map_err(|error| error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail))
        })?;
        Ok((start.max(0) as Offset, stable.max(0) as Offset))
    }

    pub(crate) fn check_open(&self) -> Result<(), OpenError> {
        if self.closed.load(Ordering::Relaxed) { Err(OpenError::Closed) } else { Ok(()) }
    }

    /// Asks again while the brokers are busy with themselves.
    pub(crate) fn until_answered<T>(&self, ask: impl Fn() -> Result<T, RDKafkaErrorCode>) -> io::Result<T> {
        let deadline = Instant::now() + self.clients.options().request_timeout;
        loop {
            match ask() {
                Ok(answer) => return Ok(answer),
                Err(code) if passes(code) && Instant::now() + ASK_AGAIN < deadline => std::thread::sleep(ASK_AGAIN),
                Err(code) => return Err(io_error(code)),
            }
        }
    }

    fn refresh(&self) {
        let partitions: Vec<_> = self.partitions.lock().values().cloned().collect();
        for partition in partitions.iter().filter(|partition| partition.is_asked_within(INTEREST)) {
            let followed = partition.is_followed();
            match self.fetch_bounds(&partition.kafka_topic, partition.number) {
                // The tail knows the last record, which is better than the end of the gap after it.
                Ok((start, _)) if followed => partition.saw_start(start),
                Ok((start, stable)) => partition.saw_bounds(start, stable),
                Err(error) => {
                    tracing::debug!(%error, "failed to ask Kafka for the bounds of a partition");
                    return;
                }
            }
        }
    }
}

/// Keeps bounds fresh and closes what nobody needs, until the log is gone.
fn keep(shared: &Weak<Shared>) {
    loop {
        std::thread::sleep(REFRESH);
        let Some(shared) = shared.upgrade() else { return };
        shared.refresh();
        shared.tail.leave_idle();
        shared.cursors.close_idle();
        shared.groups.close_idle();
    }
}
