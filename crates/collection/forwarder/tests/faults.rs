//! Whatever the shared log does, each request is in `collected` once, and in order for each person.

use std::io;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use prime_event::{
    BodyEncoding, CollectedRecord, Endpoint, RequestBody, RequestId, RequestRecord, SourceId, Timestamp, WorkspaceId,
    partition,
};
use prime_forwarder::{Connect, ForwardError, Forwarder, ForwarderOptions, GROUP, Shared};
use prime_log::{
    InMemoryLog, Log, LogOptions, Membership, Offset, OpenError, Output, Partition, PartitionProvider, Position,
    Provider, ReadLimit, TopicOptions, Transact, TransactionError, Transactor, WhenFull,
};
use prime_runtime::Shutdown;

const PARTITIONS: NonZeroU32 = NonZeroU32::new(5).unwrap();

#[tokio::test(flavor = "multi_thread")]
async fn every_request_arrives_once_and_in_order_through_faults_and_restarts() {
    let house = House::new();
    house.shared.is_faulty.store(true, Relaxed);
    let mut sent = 0;
    for start in 0..12 {
        let stop = Shutdown::new();
        let running = tokio::spawn(house.forwarder(Arc::default()).run(stop.signal()));
        for _ in 0..30 {
            house.journal.append(vec![request(sent).encode()]).await.unwrap();
            sent += 1;
            tokio::time::sleep(Duration::from_micros(300)).await;
        }
        match start % 3 {
            // As a crash does: wherever it stands.
            0 => running.abort(),
            _ => stop.begin(),
        }
        let _ = running.await;
    }
    house.shared.is_faulty.store(false, Relaxed);
    house.drain().await;

    let mut seen = 0;
    for number in 0..PARTITIONS.get() {
        let arrived = house.arrived(number);
        seen += arrived.len();
        for who in 0..PEOPLE {
            let of_one: Vec<u64> = arrived.iter().filter(|(user, _)| *user == who).map(|(_, number)| *number).collect();
            assert!(of_one.is_sorted_by(|a, b| a < b), "person {who} in partition {number}: {of_one:?}");
            let home = partition(&WorkspaceId::new("w"), &format!("u{who}"), PARTITIONS);
            assert!(of_one.is_empty() || home == number);
        }
    }
    assert_eq!(seen as u64, sent * PEOPLE);
    assert!(house.shared.faults.load(Relaxed) > 20, "too few faults to prove anything");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_shared_log_is_away_requests_wait_and_the_trouble_is_told() {
    let house = House::new();
    house.shared.is_away.store(true, Relaxed);
    house.journal.append((0..10).map(|number| request(number).encode()).collect()).await.unwrap();
    let (stop, trouble) = (Shutdown::new(), Arc::default());
    let running = tokio::spawn(house.forwarder(Arc::clone(&trouble)).run(stop.signal()));
    wait_until(|| trouble.lock().unwrap().as_ref().is_some_and(|told: &String| told.contains("cannot be opened")))
        .await;
    house.shared.is_away.store(false, Relaxed);
    wait_until(|| trouble.lock().unwrap().is_none()).await;
    wait_until(|| {
        (0..PARTITIONS.get()).map(|number| house.arrived(number).len()).sum::<usize>() == 10 * PEOPLE as usize
    })
    .await;
    stop.begin();
    running.await.unwrap().unwrap();
    assert_eq!(house.own.committed(GROUP, &house.journal).unwrap(), Some(10));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_is_shorter_than_what_was_forwarded_is_refused() {
    let house = House::new();
    house.journal.append((0..10).map(|number| request(number).encode()).collect()).await.unwrap();
    house.drain().await;
    let other = House { shared: house.shared.clone(), ..House::new() };
    let refused = other.forwarder(Arc::default()).run(Shutdown::new().signal()).await;
    assert!(matches!(refused, Err(ForwardError::ForeignJournal { reached: 10, end: 0 })), "{refused:?}");
}

const PEOPLE: u64 = 4;

/// One message about each of some people.
fn request(number: u64) -> RequestRecord {
    let messages: Vec<String> =
        (0..PEOPLE).map(|who| format!(r#"{{"type":"track","userId":"u{who}","event":"{number}"}}"#)).collect();
    RequestRecord {
        id: RequestId(std::array::from_fn(|at| (number >> (at % 8)) as u8)),
        received_at: Timestamp::from_millis(1_700_000_000_000),
        workspace: WorkspaceId::new("w"),
        source: SourceId::new("s"),
        endpoint: Endpoint::Batch { client_side: false },
        client: None,
        refusal: None,
        encoding: BodyEncoding::Plain,
        body: Bytes::from(format!(r#"{{"batch":[{}]}}"#, messages.join(","))),
    }
}

async fn wait_until(holds: impl Fn() -> bool) {
    for _ in 0..6_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("it did not come about within half a minute");
}

/// A collector's folder, and the log that it shares with others.
struct House {
    _folder: tempfile::TempDir,
    own: Log,
    journal: Partition,
    shared: Faulty,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = Log::open(LogOptions { dir: folder.path().to_owned(), segment_bytes_max: 8 << 20 }).unwrap();
        let journal = own.partition("journal", 0, topic(WhenFull::Refuse)).unwrap();
        Self { _folder: folder, own, journal, shared: Faulty::default() }
    }

    fn forwarder(&self, trouble: Arc<Mutex<Option<String>>>) -> Forwarder {
        let options = ForwarderOptions {
            collector: "one".into(),
            partitions: PARTITIONS,
            batch_bytes_max: 4_096,
            backoff_first: Duration::from_millis(1),
            backoff_max: Duration::from_millis(5),
            drain_max: Duration::from_secs(10),
        };
        let shared = self.shared.clone();
        let connect: Connect = Arc::new(move || {
            shared.check("connecting").map_err(|source| OpenError::Io { path: "shared".into(), source })?;
            let log = Log::of(shared.clone());
            let collected =
                (0..PARTITIONS.get()).map(|number| log.partition("collected", number, topic(WhenFull::TrimOldest)));
            Ok(Shared { collected: collected.collect::<Result<_, _>>()?, log })
        });
        let report = move |error: Option<&ForwardError>| *trouble.lock().unwrap() = error.map(ToString::to_string);
        Forwarder::new(options, self.own.clone(), self.journal.clone(), connect, report)
    }

    async fn drain(&self) {
        let stop = Shutdown::new();
        stop.begin();
        self.forwarder(Arc::default()).run(stop.signal()).await.unwrap();
        assert_eq!(self.own.committed(GROUP, &self.journal).unwrap(), Some(self.journal.bounds().end));
    }

    /// Person and number of each message in a partition of `collected`.
    fn arrived(&self, number: u32) -> Vec<(u64, u64)> {
        let partition =
            Log::of(self.shared.clone()).partition("collected", number, topic(WhenFull::TrimOldest)).unwrap();
        let limit = ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };
        let records = partition.read(0, limit).unwrap();
        records.into_iter().flat_map(|record| messages(CollectedRecord::decode(record.value).unwrap())).collect()
    }
}

fn messages(record: CollectedRecord) -> Vec<(u64, u64)> {
    let CollectedRecord::Share { request, .. } = record else { panic!("several people live in several partitions") };
    let body = RequestBody::parse(&request.body, request.endpoint).unwrap();
    let read = body.messages().map(|message| {
        let text = std::str::from_utf8(message.raw).unwrap();
        let field = |name: &str| text.split(&format!("\"{name}\":\"")).nth(1).unwrap().split('"').next().unwrap();
        (field("userId")[1..].parse().unwrap(), field("event").parse().unwrap())
    });
    read.collect()
}

fn topic(when_full: WhenFull) -> TopicOptions {
    TopicOptions { bytes_max: 1 << 30, age_max: None, when_full }
}

/// A log in memory whose transactions are refused, or done and reported as unknown, by chance.
#[derive(Clone)]
struct Faulty {
    inner: Arc<InMemoryLog>,
    is_faulty: Arc<AtomicBool>,
    is_away: Arc<AtomicBool>,
    chance: Arc<AtomicU64>,
    faults: Arc<AtomicU64>,
}

impl Default for Faulty {
    fn default() -> Self {
        let inner = Arc::new(InMemoryLog::new());
        let chance = Arc::new(AtomicU64::new(0x5EED));
        Self { inner, chance, is_faulty: Arc::default(), is_away: Arc::default(), faults: Arc::default() }
    }
}

impl Faulty {
    fn roll(&self, sides: u64) -> u64 {
        let next =
            self.chance.load(Relaxed).wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.chance.store(next, Relaxed);
        (next >> 33) % sides
    }

    fn check(&self, what: &str) -> io::Result<()> {
        let fails = self.is_away.load(Relaxed) || self.is_faulty.load(Relaxed) && self.roll(8) == 0;
        if fails { Err(io::Error::other(format!("{what} failed by chance"))) } else { Ok(()) }
    }
}

#[async_trait]
impl Provider for Faulty {
    fn partition(
        &self,
        topic: &str,
        number: u32,
        options: TopicOptions,
    ) -> Result<Arc<dyn PartitionProvider>, OpenError> {
        self.inner.partition(topic, number, options)
    }

    fn committed(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>> {
        self.check("asking")?;
        self.inner.committed(group, topic, number)
    }

    fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        self.inner.commit(group, partition, next)
    }

    fn forget(&self, group: &str) -> io::Result<()> {
        self.inner.forget(group)
    }

    fn groups(&self) -> io::Result<Vec<String>> {
        self.inner.groups()
    }

    fn maintain(&self, now_ms: i64) -> io::Result<()> {
        self.inner.maintain(now_ms)
    }

    fn join(&self, group: &str, topic: &str, partitions: u32) -> Result<Membership, OpenError> {
        self.inner.join(group, topic, partitions)
    }

    fn transactor(&self, id: &str) -> Result<Option<Transactor>, OpenError> {
        let transactor = self.inner.transactor(id)?.expect("a log in memory has transactions");
        Ok(Some(Transactor::new(FaultyTransact { transactor, log: self.clone() })))
    }

    async fn close(&self) {
        self.inner.close().await;
    }
}

struct FaultyTransact {
    transactor: Transactor,
    log: Faulty,
}

#[async_trait]
impl Transact for FaultyTransact {
    async fn commit(&mut self, outputs: Vec<Output>, positions: Vec<Position>) -> Result<(), TransactionError> {
        if !self.log.is_faulty.load(Relaxed) {
            return self.transactor.commit(outputs, positions).await;
        }
        let chance = self.log.roll(6);
        self.log.faults.fetch_add(u64::from(chance < 3), Relaxed);
        match chance {
            0 => Err(TransactionError::Aborted(io::Error::other("by chance"))),
            1 => Err(TransactionError::Unknown(io::Error::other("by chance"))),
            2 => {
                self.transactor.commit(outputs, positions).await?;
                Err(TransactionError::Unknown(io::Error::other("by chance")))
            }
            _ => self.transactor.commit(outputs, positions).await,
        }
    }
}
