//! Two collectors, two processors and a broker.

use std::time::{Duration, Instant};

use prime_event::{EventRecord, LedgerCounts, LedgerRecord, RejectedRecord};
use prime_log::{Log, Partition, ReadLimit, TopicOptions, WhenFull};
use prime_log_kafka::{KafkaLog, KafkaOptions};
use prime_test_broker::Broker;
use prime_testkit::{Server, ServerOptions};

const PARTITIONS: u32 = 4;

pub(crate) struct House {
    pub(crate) broker: Broker,
    pub(crate) collectors: [Server; 2],
    /// The first one has the console and keeps profiles, too.
    pub(crate) processors: [Server; 2],
    streams: Streams,
}

/// What the processors wrote, read from the broker.
struct Streams {
    events: Vec<Partition>,
    rejected: Vec<Partition>,
    ledger: Vec<Partition>,
    _log: Log,
}

impl House {
    /// Everything started, and the collectors know the sources.
    pub(crate) async fn start() -> Self {
        let broker = Broker::start();
        let servers = broker.bootstrap_servers();
        let first = options(&servers, "process,aggregate,deliver,console").start().await;
        let (second, one, two) = tokio::join!(
            options(&servers, "process,deliver").start(),
            options(&servers, "collect").start(),
            options(&servers, "collect").start(),
        );
        let streams = tokio::task::spawn_blocking(move || Streams::open(&servers)).await.unwrap();
        let house = Self { broker, collectors: [one, two], processors: [first, second], streams };
        for collector in &house.collectors {
            eventually("the collector knows its sources", async || {
                let (status, _) = collector.post("/v1/batch", house.batch("")).await;
                assert!([200, 503].contains(&status), "{status}");
                status == 200
            })
            .await;
        }
        house
    }

    pub(crate) fn write_key(&self) -> String {
        self.processors[0].write_key().to_owned()
    }

    /// A body with these messages, each as JSON, with commas between.
    pub(crate) fn batch(&self, messages: &str) -> String {
        format!(r#"{{"writeKey":"{}","batch":[{messages}]}}"#, self.write_key())
    }

    /// All events and all rejected messages, each partition in its order.
    pub(crate) async fn outputs(&self) -> (Vec<Vec<EventRecord>>, Vec<RejectedRecord>) {
        let (events, rejected) = (self.streams.events.clone(), self.streams.rejected.clone());
        let read = tokio::task::spawn_blocking(move || {
            let events = events.iter().map(|partition| {
                values(partition).map(|value| EventRecord::decode(value).expect("an event")).collect()
            });
            let rejected = rejected.iter().flat_map(values);
            (events.collect(), rejected.map(|value| RejectedRecord::decode(value).expect("a rejection")).collect())
        });
        read.await.unwrap()
    }
}

impl House {
    /// The records of each partition's ledger join, add up, and count as many processed messages as there are events.
    pub(crate) async fn ledger_counts_all_events(&self, events: usize) {
        let ledger = self.streams.ledger.clone();
        let summed = tokio::task::spawn_blocking(move || {
            let mut sum = LedgerCounts::default();
            for partition in &ledger {
                let mut next = None;
                for record in values(partition).map(|value| LedgerRecord::decode(value).expect("a record")) {
                    assert!(next.is_none_or(|next| next == record.from), "a gap in the ledger at {next:?}");
                    next = Some(record.next);
                    for line in &record.lines {
                        assert!(line.counts.is_balanced(), "{line:?}");
                        sum.add(&line.counts);
                    }
                }
            }
            sum
        });
        let sum = summed.await.unwrap();
        println!("the ledger: {sum:?}");
        assert_eq!(sum.processed, events as u64);
        assert!(sum.duplicates > 100, "too few were sent again to prove anything");
    }
}

impl Streams {
    fn open(servers: &str) -> Self {
        let log = KafkaLog::open(KafkaOptions::new(servers)).unwrap();
        let open = |topic: &str| {
            let options = || TopicOptions { bytes_max: 1 << 40, age_max: None, when_full: WhenFull::TrimOldest };
            (0..PARTITIONS).map(|number| log.partition(topic, number, options()).unwrap()).collect()
        };
        Self { events: open("events"), rejected: open("rejected"), ledger: open("ledger"), _log: log }
    }
}

fn options(servers: &str, roles: &str) -> ServerOptions {
    ServerOptions::new(env!("CARGO_BIN_EXE_primedata"))
        .set("PRIMEDATA_NODE__ROLES", roles)
        .set("PRIMEDATA_LOG__PROVIDER", "kafka")
        .set("PRIMEDATA_KAFKA__BOOTSTRAP_SERVERS", servers)
        .set("PRIMEDATA_KAFKA__PARTITIONS", PARTITIONS)
        .set("PRIMEDATA_KAFKA__REPLICATION_FACTOR", 1)
        .set("PRIMEDATA_STREAMS__SEGMENT_BYTES_MAX", 4 << 20)
        .set("PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS", true)
}

fn values(partition: &Partition) -> impl Iterator<Item = bytes::Bytes> + use<> {
    let (mut values, mut next) = (Vec::new(), partition.bounds().start);
    while next < partition.bounds().end {
        let limit = ReadLimit { bytes_max: 16 << 20, records_max: usize::MAX };
        let Ok(records) = partition.read(next, limit) else { continue };
        let Some(last) = records.last() else { break };
        next = last.offset + 1;
        values.extend(records.into_iter().map(|record| record.value));
    }
    values.into_iter()
}

/// Waits until something holds, for at most a minute and a half.
pub(crate) async fn eventually(what: &str, holds: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(90);
    while !holds().await {
        assert!(Instant::now() < deadline, "it did not come about that {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The sum of a counter over its labels.
pub(crate) async fn metric(server: &Server, name: &str) -> u64 {
    let text = reqwest::get(format!("{}/metrics", server.url())).await.unwrap().text().await.unwrap();
    let of_it = text.lines().filter(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])));
    of_it.map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap()).sum()
}
