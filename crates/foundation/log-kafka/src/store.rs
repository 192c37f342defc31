//! The provider.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use prime_log::names;
use prime_log::{Log, Membership, Offset, OpenError, Partition, PartitionProvider, Provider, TopicOptions, Transactor};

use crate::client::Clients;
use crate::member;
use crate::options::KafkaOptions;
use crate::partition::{KafkaPartition, PartitionState};
use crate::shared::Shared;
use crate::topics;
use crate::transaction::KafkaTransact;

/// A log in Kafka.
pub struct KafkaLog {
    shared: Arc<Shared>,
    members: member::Members,
}

impl KafkaLog {
    /// Sets the clients up. Does not need the brokers yet: who opens a partition does.
    pub fn open(options: KafkaOptions) -> Result<Log, OpenError> {
        let shared = Shared::open(Clients::new(options))?;
        let members = member::Members::new(shared.clients.clone());
        Ok(Log::of(Self { shared, members }))
    }

    /// The partition's state, which all its handles share.
    fn state(&self, topic: &str, number: u32, options: &TopicOptions) -> Result<Arc<PartitionState>, OpenError> {
        let name = (topic.to_owned(), number);
        if let Some(state) = self.shared.partitions.lock().get(&name) {
            return Ok(state.clone());
        }
        let kafka_topic = self.shared.clients.name(topic);
        let partitions = topics::ensure(&self.shared.clients, &self.shared.admin, &kafka_topic, options)?;
        if number >= partitions {
            let what =
                format!("Kafka's topic {kafka_topic} has {partitions} partitions, and number {number} was asked for");
            return Err(OpenError::Refused { what });
        }
        let bounds = self.shared.fetch_bounds(&kafka_topic, number as i32);
        let (start, stable) =
            bounds.map_err(|source| OpenError::Unreachable { what: format!("Kafka's topic {kafka_topic}"), source })?;
        let state = PartitionState::new(topic, &kafka_topic, number as i32, start, stable);
        Ok(self.shared.partitions.lock().entry(name).or_insert_with(|| Arc::new(state)).clone())
    }
}

#[async_trait]
impl Provider for KafkaLog {
    /// Waits for the brokers. A topic that is not there is created.
    fn partition(
        &self,
        topic: &str,
        number: u32,
        options: TopicOptions,
    ) -> Result<Arc<dyn PartitionProvider>, OpenError> {
        names::check_topic(topic)?;
        self.shared.check_open()?;
        let state = self.state(topic, number, &options)?;
        Ok(Arc::new(KafkaPartition { shared: self.shared.clone(), state }))
    }

    fn committed(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>> {
        self.shared.position(group, topic, number)
    }

    fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        self.shared.appending.check_open()?;
        self.shared.set_position(group, partition, next)
    }

    fn forget(&self, group: &str) -> io::Result<()> {
        self.shared.appending.check_open()?;
        self.shared.forget_group(group)
    }

    fn groups(&self) -> io::Result<Vec<String>> {
        self.shared.group_names()
    }

    /// The brokers carry out retention.
    fn maintain(&self, _now_ms: i64) -> io::Result<()> {
        Ok(())
    }

    /// The topic's own number of partitions counts. The topic has to be there: open one of its partitions first.
    fn join(&self, group: &str, topic: &str, _partitions: u32) -> Result<Membership, OpenError> {
        names::check_topic(topic)?;
        self.shared.check_open()?;
        self.members.join(group, topic)
    }

    /// Waits for the brokers, which end what an earlier transactor with this id left open.
    fn transactor(&self, id: &str) -> Result<Option<Transactor>, OpenError> {
        self.shared.check_open()?;
        Ok(Some(Transactor::new(KafkaTransact::begin(&self.shared, id)?)))
    }

    async fn close(&self) {
        self.shared.closed.store(true, Ordering::Relaxed);
        let (shared, members) = (self.shared.clone(), self.members.clone());
        let closing = tokio::task::spawn_blocking(move || {
            members.close();
            shared.appending.close();
        });
        if let Err(error) = closing.await {
            tracing::error!(%error, "closing the log failed");
        }
    }
}
