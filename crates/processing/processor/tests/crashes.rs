//! A processor that is started on any prefix of its own output continues it without a gap and without a repeat, and its
//! ledger counts every message once.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use prime_dedupe::{DedupeOptions, Secret};
use prime_event::{
    BodyEncoding, DiscardCode, DuplicateRecord, Endpoint, EventRecord, LedgerCounts, LedgerRecord, MessageIdentity,
    Origin, Refusal, RejectedRecord, RequestId, RequestRecord, SourceId, Timestamp, WorkspaceId,
};
use prime_log::{Log, LogOptions, Partition, ReadLimit, TopicOptions, WhenFull};
use prime_processor::{GROUP, ProcessError, Processor, ProcessorOptions, Streams};
use prime_runtime::{Counters, Shutdown};

/// A log in a folder with the topics, and what deduplication remembers beside it.
struct Place {
    log: Log,
    streams: Streams,
    dedupe: PathBuf,
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
            duplicates: topic("duplicates", WhenFull::TrimOldest),
            ledger: topic("ledger", WhenFull::TrimOldest),
        };
        Self { log, streams, dedupe: folder.join("dedupe") }
    }

    /// Processes the journal to its end, as a stop does.
    async fn process(&self, counters: &Arc<Counters>) -> Result<(), ProcessError> {
        let options = ProcessorOptions {
            batch_bytes_max: 65_536,
            dedupe: DedupeOptions::new(self.dedupe.clone(), Secret([7; 16]), [1; 16]),
        };
        let (log, streams) = (self.log.clone(), self.streams.clone());
        let processor = Processor::open(options, log, streams, Arc::clone(counters), Vec::new())?;
        let stop = Shutdown::new();
        stop.begin();
        processor.run(stop.signal()).await
    }

    /// The sum of the ledger, whose records have to join.
    fn ledger(&self) -> LedgerCounts {
        let (mut counts, mut next) = (LedgerCounts::default(), 0);
        for value in values(&self.streams.ledger) {
            let record = LedgerRecord::decode(value).unwrap();
            assert_eq!(record.from, next);
            next = record.next;
            record.lines.iter().for_each(|line| counts.add(&line.counts));
        }
        assert_eq!(next, self.streams.journal.bounds().end);
        counts
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
        // Some ids come again, from far and near.
        1 => format!(r#"{{"type":"page","userId":"u","messageId":"m{}"}}"#, chance.below(150)),
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

fn origin_of_event(value: &Bytes) -> Origin {
    EventRecord::decode(value.clone()).unwrap().origin
}

fn origin_of_rejected(value: &Bytes) -> Origin {
    RejectedRecord::decode(value.clone()).unwrap().origin
}

fn origin_of_duplicate(value: &Bytes) -> Origin {
    DuplicateRecord::decode(value.clone()).unwrap().origin
}

/// Some of the values from the front.
async fn cut(chance: &mut Chance, from: &[Bytes], to: &Partition) -> usize {
    let kept = chance.below(from.len() as u64 + 1) as usize;
    if kept > 0 {
        to.append(from[..kept].to_vec()).await.unwrap();
    }
    kept
}

/// The first request of which not everything was kept.
fn complete_below(all: &[Bytes], kept: usize, origin: fn(&Bytes) -> Origin) -> u64 {
    all.get(kept).map_or(u64::MAX, |value| origin(value).offset)
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
    let duplicates = values(&whole.streams.duplicates);
    assert!(events.len() > 300 && rejected.len() > 100 && duplicates.len() > 50);
    let ledger = whole.ledger();
    assert!(ledger.is_balanced());

    for round in 0..40 {
        let place = Place::open(&folder.path().join(format!("round-{round}")));
        place.streams.journal.append(requests.clone()).await.unwrap();
        let kept_events = cut(&mut chance, &events, &place.streams.events).await;
        let kept_rejected = cut(&mut chance, &rejected, &place.streams.rejected).await;
        let kept_duplicates = cut(&mut chance, &duplicates, &place.streams.duplicates).await;
        // The ledger, and after it the position, are written once all outputs are written that far.
        let complete = complete_below(&events, kept_events, origin_of_event)
            .min(complete_below(&rejected, kept_rejected, origin_of_rejected))
            .min(complete_below(&duplicates, kept_duplicates, origin_of_duplicate))
            .min(400);
        let committed = chance.below(complete + 1);
        if committed > 0 {
            let record = LedgerRecord { from: 0, next: committed, lines: Vec::new() };
            place.streams.ledger.append(vec![record.encode()]).await.unwrap();
        }
        place.log.commit(GROUP, &place.streams.journal, chance.below(committed + 1)).unwrap();
        let counters: Arc<Counters> = Arc::default();
        place.process(&counters).await.unwrap();
        let written = (events.len() - kept_events) as u64;
        assert_eq!(counters.totals().processed, written, "only what was missing is counted, round {round}");
        assert_eq!(values(&place.streams.events), events, "round {round}");
        assert_eq!(values(&place.streams.rejected), rejected, "round {round}");
        let firsts_aside = |values: &[Bytes]| values.iter().map(origin_of_duplicate).collect::<Vec<_>>();
        assert_eq!(firsts_aside(&values(&place.streams.duplicates)), firsts_aside(&duplicates), "round {round}");
        assert_eq!(place.log.committed(GROUP, &place.streams.journal).unwrap(), Some(400));
        // What the record that stands for the lost process left out, this one has counted.
        let counted = place.ledger();
        assert!(counted.is_balanced());
        if committed == 0 {
            assert_eq!(counted, ledger, "round {round}");
        }
    }
}

#[tokio::test]
async fn duplicating_any_requests_changes_nothing_in_events() {
    let mut chance = Chance(23);
    let folder = tempfile::tempdir().unwrap();
    let once: Vec<RequestRecord> = (0..300).map(|number| identified(&mut chance, number)).collect();
    let mut again = Vec::new();
    for (place, request) in once.iter().enumerate() {
        again.push(request.clone());
        // A retry: the same bytes later on, as another request.
        if chance.below(3) == 0 {
            let earlier = &once[chance.below(place as u64 + 1) as usize];
            again.push(RequestRecord {
                id: RequestId([0xff; 16]),
                received_at: request.received_at,
                ..earlier.clone()
            });
        }
    }
    assert!(again.len() > 350);
    let mut ids = Vec::new();
    for (name, requests) in [("once", &once), ("again", &again)] {
        let place = Place::open(&folder.path().join(name));
        // In several runs, so that what is remembered is also read again.
        for part in requests.chunks(97) {
            place.streams.journal.append(part.iter().map(RequestRecord::encode).collect()).await.unwrap();
            place.process(&Arc::default()).await.unwrap();
        }
        ids.push(message_ids(&place.streams.events));
        let ledger = place.ledger();
        assert!(ledger.is_balanced());
        assert_eq!(ledger.duplicates, place.streams.duplicates.bounds().end);
    }
    assert_eq!(ids[0], ids[1]);
    assert_eq!(ids[0].iter().collect::<HashSet<_>>().len(), ids[0].len(), "each id once");
}

#[tokio::test]
async fn a_duplicate_tells_where_the_first_one_went_and_keeps_its_own_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let place = Place::open(folder.path());
    let mut chance = Chance(1);
    let mut first = identified(&mut chance, 0);
    first.body = Bytes::from_static(br#"{"batch":[{"type":"page","userId":"u","messageId":"twice"}]}"#);
    let other = RequestRecord {
        workspace: WorkspaceId::new("other"),
        received_at: Timestamp::from_millis(first.received_at.as_millis() + 5),
        ..first.clone()
    };
    let second = RequestRecord {
        received_at: Timestamp::from_millis(first.received_at.as_millis() + 60_000),
        body: Bytes::from_static(br#"{"batch":[ {"type":"page","userId":"u", "messageId":"twice"} ]}"#),
        ..first.clone()
    };
    for request in [&first, &other, &second] {
        place.streams.journal.append(vec![request.encode()]).await.unwrap();
        place.process(&Arc::default()).await.unwrap();
    }
    assert_eq!(place.streams.events.bounds().end, 2, "a message of another workspace is another message");
    let duplicates = values(&place.streams.duplicates);
    let [duplicate] = &duplicates[..] else { panic!("{} duplicates", duplicates.len()) };
    let duplicate = DuplicateRecord::decode(duplicate.clone()).unwrap();
    assert_eq!(duplicate.message_id, "twice");
    assert_eq!(duplicate.original.as_ref(), br#"{"type":"page","userId":"u", "messageId":"twice"}"#);
    assert!(duplicate.first.received.contains(&first.received_at), "{:?}", duplicate.first);
    assert!(duplicate.first.events.is_none_or(|events| events.contains(&0)));
}

/// A request whose messages all have ids of their own.
fn identified(chance: &mut Chance, number: u64) -> RequestRecord {
    let messages: Vec<String> = (0..=chance.below(4))
        .map(|place| format!(r#"{{"type":"page","userId":"u{}","messageId":"{number}-{place}"}}"#, chance.below(9)))
        .collect();
    let body = Bytes::from(format!(r#"{{"batch":[{}]}}"#, messages.join(",")));
    RequestRecord { refusal: None, body, ..request(chance, number) }
}

fn message_ids(events: &Partition) -> Vec<String> {
    let id = |value: Bytes| MessageIdentity::read(&EventRecord::decode(value).unwrap().payload).unwrap().message_id;
    values(events).into_iter().map(id).collect()
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
    assert_eq!(totals.processed + totals.duplicates + totals.rejected, accepted);
    let ledger = place.ledger();
    assert_eq!((ledger.accepted, ledger.processed, ledger.duplicates), (accepted, totals.processed, totals.duplicates));
    assert!(ledger.is_balanced() && totals.duplicates > 0);
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
