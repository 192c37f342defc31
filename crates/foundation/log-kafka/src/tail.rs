//! One client follows the ends of all partitions where somebody waits. The brokers answer its fetches when there is
//! something new, so that nobody has to ask again and again.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use parking_lot::Mutex;
use prime_log::{Offset, OpenError};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset as Place, TopicPartitionList};

use crate::client::{Clients, Told};
use crate::cursors::record_of;
use crate::partition::PartitionState;

/// Partitions that nobody waits at for this long are no longer followed. A reader that is merely busy comes back sooner.
const LEFT_MAX: Duration = Duration::from_secs(5);

/// How soon the thread notices that the log is gone.
const POLL: Duration = Duration::from_millis(100);

pub(crate) struct Tail {
    consumer: Arc<BaseConsumer<Told>>,
    followed: Arc<Followed>,
    stop: Arc<AtomicBool>,
}

/// By topic and number.
type Followed = Mutex<HashMap<String, HashMap<i32, Arc<PartitionState>>>>;

impl Tail {
    pub(crate) fn start(clients: &Clients) -> Result<Self, OpenError> {
        let mut config = clients.reader("tail");
        // The time until a partition that is followed from now on is part of a fetch.
        config.set("fetch.wait.max.ms", "100");
        let consumer: Arc<BaseConsumer<Told>> = Arc::new(clients.create(&config, clients.context())?);
        let followed = Arc::<Followed>::default();
        let stop = Arc::<AtomicBool>::default();
        let thread = (consumer.clone(), followed.clone(), stop.clone());
        std::thread::Builder::new()
            .name("kafka tail".to_owned())
            .spawn(move || run(&thread.0, &thread.1, &thread.2))
            .map_err(|source| OpenError::Unreachable { what: "a new thread".to_owned(), source })?;
        Ok(Self { consumer, followed, stop })
    }

    pub(crate) fn consumer(&self) -> &BaseConsumer<Told> {
        &self.consumer
    }

    /// Every new record of the partition comes to it from now on.
    pub(crate) fn follow(&self, partition: &Arc<PartitionState>) {
        let mut followed = self.followed.lock();
        let Some(from) = partition.follow() else { return };
        if let Err(error) = assign(&self.consumer, partition, from) {
            partition.unfollow();
            tracing::error!(topic = partition.topic, partition = partition.number, %error, "failed to follow a partition");
            return;
        }
        followed.entry(partition.kafka_topic.clone()).or_default().insert(partition.number, partition.clone());
    }

    /// As its end turned out to lie before what was believed.
    pub(crate) fn follow_anew(&self, partition: &Arc<PartitionState>) {
        self.leave(partition);
        self.follow(partition);
    }

    /// Leaves the partitions where nobody waits any more.
    pub(crate) fn leave_idle(&self) {
        let idle: Vec<_> = {
            let followed = self.followed.lock();
            let all = followed.values().flat_map(HashMap::values);
            all.filter(|partition| partition.is_left_since(LEFT_MAX)).cloned().collect()
        };
        for partition in idle {
            self.leave(&partition);
        }
    }

    fn leave(&self, partition: &Arc<PartitionState>) {
        let mut followed = self.followed.lock();
        let Some(numbers) = followed.get_mut(&partition.kafka_topic) else { return };
        if numbers.remove(&partition.number).is_some() {
            let mut list = TopicPartitionList::with_capacity(1);
            list.add_partition(&partition.kafka_topic, partition.number);
            if let Err(error) = self.consumer.incremental_unassign(&list) {
                tracing::debug!(%error, "failed to leave a partition");
            }
            partition.unfollow();
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn run(consumer: &BaseConsumer<Told>, followed: &Followed, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        match consumer.poll(POLL) {
            None => {}
            Some(Ok(message)) => {
                let partition = {
                    let followed = followed.lock();
                    followed.get(message.topic()).and_then(|numbers| numbers.get(&message.partition())).cloned()
                };
                if let Some(partition) = partition {
                    partition.take(record_of(&message));
                }
            }
            Some(Err(KafkaError::MessageConsumption(
                RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange,
            ))) => assign_anew(consumer, followed),
            // The client goes on by itself.
            Some(Err(error)) => tracing::debug!(%error, "the tail of Kafka is interrupted"),
        }
    }
}

/// Which partition's place is gone is not told, so all are set to where they are.
fn assign_anew(consumer: &BaseConsumer<Told>, followed: &Followed) {
    let followed = followed.lock();
    tracing::warn!("the end of a partition in Kafka is not where it was; looking again");
    for partition in followed.values().flat_map(HashMap::values) {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition(&partition.kafka_topic, partition.number);
        let bounds = consumer.fetch_watermarks(&partition.kafka_topic, partition.number, Duration::from_secs(5));
        let Ok((start, stable)) = bounds else { continue };
        partition.saw_bounds(start.max(0) as Offset, stable.max(0) as Offset);
        partition.unfollow();
        let Some(from) = partition.follow() else { continue };
        let again = consumer.incremental_unassign(&list).and_then(|()| assign(consumer, partition, from));
        if let Err(error) = again {
            tracing::error!(topic = partition.topic, partition = partition.number, %error, "failed to follow a partition");
        }
    }
}

fn assign(consumer: &BaseConsumer<Told>, partition: &PartitionState, from: Offset) -> KafkaResult<()> {
    let mut list = TopicPartitionList::with_capacity(1);
    list.add_partition_offset(&partition.kafka_topic, partition.number, Place::Offset(from as i64))?;
    consumer.incremental_assign(&list)
}
