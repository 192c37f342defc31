//! Clients that read and write the positions of one group each, without being its members.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prime_log::Offset;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset as Place, TopicPartitionList};

use crate::client::{Clients, Told, millis};
use crate::failure::io_error;
use crate::native;

/// A client takes some threads and a connection. More groups than this at once take turns, each at the cost of asking the
/// brokers who keeps the group.
const GROUPS_MAX: usize = 64;

/// One that nobody used for this long is closed. Readers commit about once a second.
const IDLE_MAX: Duration = Duration::from_secs(60);

pub(crate) struct Groups {
    clients: Clients,
    open: Mutex<HashMap<String, Entry>>,
}

struct Entry {
    client: Arc<GroupClient>,
    used_at: Instant,
}

pub(crate) struct GroupClient(BaseConsumer<Told>);

impl Groups {
    pub(crate) fn new(clients: Clients) -> Self {
        Self { clients, open: Mutex::default() }
    }

    /// The client of a group, by the brokers' name of the group.
    pub(crate) fn client(&self, group: &str) -> io::Result<Arc<GroupClient>> {
        let mut open = self.open.lock();
        let now = Instant::now();
        if let Some(entry) = open.get_mut(group) {
            entry.used_at = now;
            return Ok(entry.client.clone());
        }
        let client = Arc::new(self.connect(group).map_err(io_error)?);
        let oldest = open.iter().min_by_key(|(_, entry)| entry.used_at).map(|(name, _)| name.clone());
        let closed = oldest.filter(|_| open.len() >= GROUPS_MAX).and_then(|name| open.remove(&name));
        open.insert(group.to_owned(), Entry { client: client.clone(), used_at: now });
        drop(open);
        drop(closed);
        Ok(client)
    }

    /// Closes those that nobody needs. Waits some milliseconds for each.
    pub(crate) fn close_idle(&self) {
        let mut closed = Vec::new();
        self.open.lock().retain(|_, entry| {
            let kept = entry.used_at.elapsed() < IDLE_MAX;
            if !kept {
                closed.push(entry.client.clone());
            }
            kept
        });
    }

    fn connect(&self, group: &str) -> Result<GroupClient, KafkaError> {
        let mut config = self.clients.reader("positions");
        let timeout = millis(self.clients.options().request_timeout);
        config
            .set("group.id", group)
            // How long a commit waits for whoever keeps the group.
            .set("session.timeout.ms", &timeout)
            .set("socket.timeout.ms", &timeout);
        Ok(GroupClient(config.create_with_context(self.clients.context())?))
    }
}

impl GroupClient {
    /// `None` where the group has none. Waits until open transactions that set it have ended.
    pub(crate) fn position(
        &self,
        topic: &str,
        number: i32,
        timeout: Duration,
    ) -> Result<Option<Offset>, RDKafkaErrorCode> {
        self.hear();
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(topic, number);
        let found = self.0.committed_offsets(list, timeout).map_err(code_of)?;
        let mut position = None;
        for place in found.elements() {
            place.error().map_err(code_of)?;
            if let Place::Offset(offset) = place.offset() {
                position = Offset::try_from(offset).ok();
            }
        }
        Ok(position)
    }

    /// Waits for as long as the client gives a request: some times `request_timeout` where the brokers are away. Its other
    /// form, which does not wait, never tells how a commit went.
    pub(crate) fn set_position(&self, place: &native::Place) -> Result<(), RDKafkaErrorCode> {
        self.hear();
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&place.topic, place.number, Place::Offset(place.next)).map_err(code_of)?;
        self.0.commit(&list, CommitMode::Sync).map_err(code_of)
    }

    /// What the client has to tell would gather otherwise.
    fn hear(&self) {
        while let Some(told) = self.0.poll(Duration::ZERO) {
            if let Err(error) = told {
                tracing::debug!(%error, "a client of a group's positions is interrupted");
            }
        }
    }
}

fn code_of(error: KafkaError) -> RDKafkaErrorCode {
    error.rdkafka_error_code().unwrap_or(RDKafkaErrorCode::Fail)
}
