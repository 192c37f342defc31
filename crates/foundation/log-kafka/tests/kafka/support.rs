//! One broker for all tests that do not hurt it, and logs with names of their own in it.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use prime_log::{Log, Offset, Partition, ReadLimit, Record, TopicOptions, WhenFull};
use prime_log_kafka::{KafkaLog, KafkaOptions};
use prime_test_broker::Broker;

pub(crate) const KEPT: TopicOptions = TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::Refuse };
pub(crate) const LIMIT: ReadLimit = ReadLimit { bytes_max: 1 << 20, records_max: 1000 };

/// Long beside what is waited for, short beside a person's patience.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// Settings for a broker that all tests share, with names that no other test uses.
pub(crate) fn options() -> KafkaOptions {
    static BROKER: OnceLock<Broker> = OnceLock::new();
    options_of(BROKER.get_or_init(Broker::start))
}

pub(crate) fn options_of(broker: &Broker) -> KafkaOptions {
    static NAMES: AtomicU32 = AtomicU32::new(0);
    let mut options = KafkaOptions::new(broker.bootstrap_servers());
    options.prefix = format!("test{}.", NAMES.fetch_add(1, Ordering::Relaxed));
    options.partitions = 3;
    options.session_timeout = Duration::from_secs(2);
    options.release_timeout = Duration::from_secs(2);
    options
}

pub(crate) fn open(options: &KafkaOptions) -> Log {
    KafkaLog::open(options.clone()).expect("the settings are in order")
}

pub(crate) fn log() -> Log {
    open(&options())
}

pub(crate) fn partition(log: &Log, number: u32) -> Partition {
    log.partition("events", number, KEPT).expect("the broker runs")
}

pub(crate) fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(|record| String::from_utf8_lossy(&record.value).into_owned()).collect()
}

/// Reads on from an offset as a follower does, until there are so many records.
pub(crate) async fn follow(partition: &Partition, mut from: Offset, count: usize) -> Vec<Record> {
    let mut records = Vec::new();
    let all = async {
        while records.len() < count {
            partition.wait_beyond(from).await;
            for record in partition.read(from, LIMIT).expect("the broker runs") {
                from = record.offset + 1;
                records.push(record);
            }
        }
    };
    tokio::time::timeout(PATIENCE, all).await.expect("records come");
    records
}
