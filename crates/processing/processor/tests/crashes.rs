//! A processor that is started on any prefix of its own output continues it without a gap and without a repeat.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use prime_event::{
    BodyEncoding, DiscardCode, Endpoint, EventRecord, Origin, Refusal, RejectedRecord, RequestId, RequestRecord,
    SourceId, Timestamp, WorkspaceId,
};
use prime_log::{Log, LogOptions, Partition, ReadLimit, TopicOptions, WhenFull};
use prime_processor::{GROUP, ProcessError, Processor, ProcessorOptions, Streams};
use prime_runtime::{Counters, Shutdown};

/// A log in a folder with the three topics.
struct Place {
    log: Log,
    streams: Streams,
}

impl Place {
    fn open(folder: &Path) -> Self {
        let log = Log::open(LogOptions { dir: folder.to_owned(), segment_bytes_max: 8 << 20 }).unwrap();
        let topic = |name: &str, when_full| {
            log.partition(name, 0, TopicOptions { bytes_max: 1 << 30, age_max: None, when_full }).unwrap()
        };
        let streams = Streams {
            journal: topic("journal", WhenFull::Refuse),
            events: topic("events", WhenFull::TrimOldest),
            rejected: topic("rejected", WhenFull::TrimOldest),
        };
        Self { log, streams }
    }

    /// Processes the journal to its end, as a stop does.
    async fn process(&self, counters: &Arc<Counters>) -> Result<(), ProcessError> {
        let options = ProcessorOptions { batch_bytes_max: 65_536 };
        let (log, streams) = (self.log.clone(), self.streams.clone());
        let processor = Processor::open(options, log, streams, Arc::clone(counters), Vec::new())?;
        let stop = Shutdown::new();
        stop.begin();
        processor.run(stop.signal()).await
    }
}

fn values(partition: &Partition) -> Vec<Bytes> {
    let mut values = Vec::new();
    while (values.len() as u64) < partition.bounds().end {
        let limit = ReadLimit { bytes_max: 1 << 20, records_max: 1_000 };
        values.extend(partition.read(values.len() as u64, limit).unwrap().into_iter().map(|record| record.value));
    }
    values
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }
}

fn request(chance: &mut Chance, number: u64) -> RequestRecord {
    let message = |chance: &mut Chance| match chance.below(4) {
        0 => r#"{"type":"page"}"#.to_owned(),
        _ => format!(r#"{{"type":"track","userId":"u","event":"e{}"}}"#, chance.below(1_000)),
    };
    let messages: Vec<String> = (0..chance.below(6)).map(|_| message(chance)).collect();
    let refused = chance.below(12) == 0;
    RequestRecord {
        id: RequestId(std::array::from_fn(|at| (number >> (at % 8)) as u8)),
        received_at: Timestamp::from_millis(1_700_000_000_000 + number as i64),
        workspace: WorkspaceId::new("w"),
        source: SourceId::new("s"),
        endpoint: Endpoint::Batch { client_side: false },
        client: None,
        refusal: refused.then(|| Refusal { code: DiscardCode::BadRequest, detail: "no".into() }),
        encoding: BodyEncoding::Plain,
        body: Bytes::from(format!(r#"{{"batch":[{}]}}"#, messages.join(","))),
    }
}

/// The offset of the request that the last of these outputs came from, and 0 for none.
fn reached(events: &[Bytes], rejected: &[Bytes]) -> u64 {
    let event = events.last().map(|value| EventRecord::decode(value.clone()).unwrap().origin);
    let rejected = rejected.last().map(|value| RejectedRecord::decode(value.clone()).unwrap().origin);
    event.max(rejected).map_or(0, |origin: Origin| origin.offset)
}

#[tokio::test]
async fn any_prefix_of_the_outputs_is_continued_to_the_same_whole() {
    let mut chance = Chance(7);
    let folder = tempfile::tempdir().unwrap();
    let whole = Place::open(&folder.path().join("whole"));
    let requests: Vec<Bytes> = (0..400).map(|number| request(&mut chance, number).encode()).collect();
    whole.streams.journal.append(requests.clone()).await.unwrap();
    whole.process(&Arc::default()).await.unwrap();
    let (events, rejected) = (values(&whole.streams.events), values(&whole.streams.rejected));
    assert!(events.len() > 300 && rejected.len() > 100);

    for round in 0..40 {
        let place = Place::open(&folder.path().join(format!("round-{round}")));
        place.streams.journal.append(requests.clone()).await.unwrap();
        let kept_events = &events[..chance.below(events.len() as u64 + 1) as usize];
        let kept_rejected = &rejected[..chance.below(rejected.len() as u64 + 1) as usize];
        if !kept_events.is_empty() {
            place.streams.events.append(kept_events.to_vec()).await.unwrap();
        }
        if !kept_rejected.is_empty() {
            place.streams.rejected.append(kept_rejected.to_vec()).await.unwrap();
        }
        // A position is committed once both outputs are written that far, so it lags behind the one that is behind.
        let committed = reached(kept_events, &[]).min(reached(&[], kept_rejected));
        place.log.commit(GROUP, &place.streams.journal, chance.below(committed + 1)).unwrap();
        let counters: Arc<Counters> = Arc::default();
        place.process(&counters).await.unwrap();
        let written = (events.len() - kept_events.len()) as u64;
        assert_eq!(counters.totals().processed, written, "only what was missing is counted, round {round}");
        assert_eq!(values(&place.streams.events), events, "round {round}");
        assert_eq!(values(&place.streams.rejected), rejected, "round {round}");
        assert_eq!(place.log.committed(GROUP, &place.streams.journal).unwrap(), Some(400));
    }
}

#[tokio::test]
async fn what_is_counted_adds_up() {
    let mut chance = Chance(11);
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(folder.path());
    let requests: Vec<RequestRecord> = (0..200).map(|number| request(&mut chance, number)).collect();
    let accepted: u64 = requests.iter().filter(|request| request.refusal.is_none()).map(messages).sum();
    place.streams.journal.append(requests.iter().map(RequestRecord::encode).collect()).await.unwrap();
    let counters: Arc<Counters> = Arc::default();
    place.process(&counters).await.unwrap();
    let totals = counters.totals();
    assert_eq!(totals.processed + totals.rejected, accepted);
    assert_eq!(totals.processed, place.streams.events.bounds().end);
}

/// As the door counts them: an empty batch is one thing.
fn messages(request: &RequestRecord) -> u64 {
    let body = prime_event::RequestBody::parse(&request.body, request.endpoint).unwrap();
    body.len().max(1) as u64
}

#[tokio::test]
async fn streams_of_another_journal_are_refused() {
    let mut chance = Chance(3);
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(folder.path());
    let requests = (0..50).map(|number| request(&mut chance, number).encode()).collect();
    place.streams.journal.append(requests).await.unwrap();
    place.process(&Arc::default()).await.unwrap();
    let events = values(&place.streams.events);

    let foreign = Place::open(&folder.path().join("foreign"));
    foreign.streams.events.append(events).await.unwrap();
    let refused = foreign.process(&Arc::default()).await;
    assert!(matches!(refused, Err(ProcessError::ForeignJournal { stream: "events", .. })), "{refused:?}");
}
