//! Processors of partitions that take over from each other at any moment write each message once.

use std::collections::HashSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prime_dedupe::{DedupeOptions, Secret};
use prime_event::{
    BodyEncoding, CollectedRecord, Endpoint, EventRecord, LedgerRecord, MessageIdentity, RejectedRecord, RequestId,
    RequestRecord, SourceId, Timestamp, WorkspaceId,
};
use prime_log::{Log, Partition, ReadLimit, TopicOptions, TransactionError, WhenFull};
use prime_processor::{GROUP, PartitionProcessor, PartitionStreams, ProcessError, ProcessorOptions};
use prime_runtime::{Counters, Shutdown};

#[tokio::test(flavor = "multi_thread")]
async fn takeovers_at_any_moment_leave_each_message_once_and_in_order() {
    let (log, streams, counters) = house();
    let writing = tokio::spawn({
        let collected = streams.collected.clone();
        async move {
            for number in 0..400u64 {
                collected.append(vec![collected_record(number)]).await.unwrap();
                tokio::time::sleep(Duration::from_micros(500)).await;
            }
        }
    });
    let (stop, mut older) = (Shutdown::new(), Vec::new());
    let folder = tempfile::tempdir().unwrap();
    for node in 0..20 {
        let processor = open(&log, &streams, &counters, &folder.path().join(node.to_string()));
        older.push(tokio::spawn(processor.run(stop.signal())));
        tokio::time::sleep(Duration::from_millis(8)).await;
    }
    writing.await.unwrap();
    while log.committed(GROUP, &streams.collected).unwrap() != Some(400) {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    stop.begin();
    let mut fenced = 0;
    for processor in older {
        match processor.await.unwrap() {
            Err(ProcessError::Transaction(TransactionError::Fenced)) => fenced += 1,
            ended => ended.unwrap(),
        }
    }
    assert!(fenced > 5, "only {fenced} were taken over from while they wrote");

    let events: Vec<EventRecord> =
        values(&streams.events).into_iter().map(|value| EventRecord::decode(value).unwrap()).collect();
    let rejected: Vec<RejectedRecord> =
        values(&streams.rejected).into_iter().map(|value| RejectedRecord::decode(value).unwrap()).collect();
    assert_eq!((events.len(), rejected.len()), (600, 400));
    assert!(events.is_sorted_by(|a, b| a.origin < b.origin));
    assert!(rejected.is_sorted_by(|a, b| a.origin < b.origin));
    let id = |event: &EventRecord| MessageIdentity::read(&event.payload).unwrap().message_id;
    assert_eq!(events.iter().map(id).collect::<HashSet<_>>().len(), 600, "each id once");
    let totals = counters.totals();
    assert_eq!((totals.processed, totals.duplicates, totals.rejected), (600, 200, 400));
    assert_eq!(ledger(&streams.ledger), (1_200, 600, 200));
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_have_a_partition_in_turns_remember_what_the_others_wrote() {
    let (log, streams, counters) = house();
    let folder = tempfile::tempdir().unwrap();
    for turn in 0..9u64 {
        streams.collected.append((0..40).map(|number| collected_record(turn * 20 + number)).collect()).await.unwrap();
        let processor = open(&log, &streams, &counters, &folder.path().join((turn % 3).to_string()));
        let stop = Shutdown::new();
        let running = tokio::spawn(processor.run(stop.signal()));
        while log.committed(GROUP, &streams.collected).unwrap() != Some((turn + 1) * 40) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        // Some stop in order, some are killed.
        if turn % 2 == 0 {
            stop.begin();
            running.await.unwrap().unwrap();
        } else {
            running.abort();
            let _ = running.await;
        }
    }
    let (accepted, processed, duplicates) = ledger(&streams.ledger);
    // 200 different requests came, 160 of them twice; of each, the page is new once, and of each two, the track.
    assert_eq!((accepted, processed, duplicates), (9 * 120, 200 + 100, 9 * 80 - 300));
}

/// Accepted, processed and duplicates of a ledger whose records join.
fn ledger(partition: &Partition) -> (u64, u64, u64) {
    let (mut sums, mut next) = ((0, 0, 0), 0);
    for value in values(partition) {
        let record = LedgerRecord::decode(value).unwrap();
        assert_eq!(record.from, next);
        next = record.next;
        for line in record.lines {
            assert!(line.counts.is_balanced());
            sums.0 += line.counts.accepted;
            sums.1 += line.counts.processed;
            sums.2 += line.counts.duplicates;
        }
    }
    sums
}

fn house() -> (Log, PartitionStreams, Arc<Counters>) {
    let log = Log::in_memory();
    let options = || TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
    let partition = |topic: &str| log.partition(topic, 3, options()).unwrap();
    let streams = PartitionStreams {
        collected: partition("collected"),
        events: partition("events"),
        rejected: partition("rejected"),
        duplicates: partition("duplicates"),
        ledger: partition("ledger"),
    };
    (log, streams, Arc::new(Counters::new()))
}

fn open(log: &Log, streams: &PartitionStreams, counters: &Arc<Counters>, folder: &Path) -> PartitionProcessor {
    let dedupe = DedupeOptions::new(folder.to_owned(), Secret([7; 16]), [1; 16]);
    let options = ProcessorOptions { batch_bytes_max: 65_536, dedupe };
    PartitionProcessor::open(options, log.clone(), streams.clone(), Arc::clone(counters), Vec::new()).unwrap()
}

/// An event, a message to be rejected, and a message whose id comes twice.
fn collected_record(number: u64) -> Bytes {
    let body = format!(
        r#"{{"batch":[{{"type":"page","userId":"u"}},{{"type":"page"}},{{"type":"track","userId":"u","event":"e","messageId":"m{}"}}]}}"#,
        number / 2
    );
    let request = RequestRecord {
        id: RequestId(std::array::from_fn(|at| (number >> (at % 8)) as u8)),
        received_at: Timestamp::from_millis(1_700_000_000_000 + number as i64),
        workspace: WorkspaceId::new("w"),
        source: SourceId::new("s"),
        endpoint: Endpoint::Batch { client_side: false },
        client: None,
        refusal: None,
        encoding: BodyEncoding::Plain,
        body: Bytes::from(body),
    };
    CollectedRecord::Whole(request).encode()
}

fn values(partition: &Partition) -> Vec<Bytes> {
    let limit = ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };
    partition.read(0, limit).unwrap().into_iter().map(|record| record.value).collect()
}
