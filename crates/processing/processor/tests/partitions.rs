//! Processors of partitions that take over from each other at any moment write each message once.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use prime_event::{
    BodyEncoding, CollectedRecord, Endpoint, EventRecord, RejectedRecord, RequestId, RequestRecord, SourceId,
    Timestamp, WorkspaceId,
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
    for _ in 0..20 {
        let processor = open(&log, &streams, &counters);
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
    assert_eq!((events.len(), rejected.len()), (800, 400));
    assert!(events.is_sorted_by(|a, b| a.origin < b.origin));
    assert!(rejected.is_sorted_by(|a, b| a.origin < b.origin));
    let totals = counters.totals();
    assert_eq!((totals.processed, totals.rejected), (800, 400));
}

fn house() -> (Log, PartitionStreams, Arc<Counters>) {
    let log = Log::in_memory();
    let options = || TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
    let partition = |topic: &str| log.partition(topic, 3, options()).unwrap();
    let streams = PartitionStreams {
        collected: partition("collected"),
        events: partition("events"),
        rejected: partition("rejected"),
    };
    (log, streams, Arc::new(Counters::new()))
}

fn open(log: &Log, streams: &PartitionStreams, counters: &Arc<Counters>) -> PartitionProcessor {
    let options = ProcessorOptions { batch_bytes_max: 65_536 };
    PartitionProcessor::open(options, log.clone(), streams.clone(), Arc::clone(counters), Vec::new()).unwrap()
}

/// Two events and a message to be rejected.
fn collected_record(number: u64) -> Bytes {
    let body = format!(
        r#"{{"batch":[{{"type":"page","userId":"u"}},{{"type":"page"}},{{"type":"track","userId":"u","event":"{number}"}}]}}"#
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
