//! What a server left in its streams, read from its data folder.

use std::path::Path;

use prime_event::{DuplicateRecord, EventRecord, LedgerCounts, LedgerRecord, RejectedRecord};
use prime_log::{Log, LogOptions, ReadLimit, Record, TopicOptions, WhenFull};

/// Every event there is, oldest first. The server must have ended.
pub async fn read_events(data_dir: &Path) -> Vec<EventRecord> {
    let records = read(data_dir, "events").await.into_iter();
    records.map(|record| EventRecord::decode(record.value).expect("an event")).collect()
}

/// Every rejected message there is, oldest first. The server must have ended.
pub async fn read_rejected(data_dir: &Path) -> Vec<RejectedRecord> {
    let records = read(data_dir, "rejected").await.into_iter();
    records.map(|record| RejectedRecord::decode(record.value).expect("a rejected message")).collect()
}

/// Every duplicate there is, oldest first. The server must have ended.
pub async fn read_duplicates(data_dir: &Path) -> Vec<DuplicateRecord> {
    let records = read(data_dir, "duplicates").await.into_iter();
    records.map(|record| DuplicateRecord::decode(record.value).expect("a duplicate")).collect()
}

/// The sum of the ledger. Panics when its records do not join or do not add up. The server must have ended.
pub async fn read_ledger(data_dir: &Path) -> LedgerCounts {
    let mut sum = LedgerCounts::default();
    let mut next = None;
    for record in read(data_dir, "ledger").await {
        let record = LedgerRecord::decode(record.value).expect("a record of the ledger");
        assert!(next.is_none_or(|next| next == record.from), "the ledger goes on at {}, not at {next:?}", record.from);
        next = Some(record.next);
        for line in &record.lines {
            assert!(line.counts.is_balanced(), "{line:?}");
            sum.add(&line.counts);
        }
    }
    sum
}

async fn read(data_dir: &Path, topic: &str) -> Vec<Record> {
    let log = Log::open(LogOptions { dir: data_dir.join("log"), segment_bytes_max: 64 << 20 }).expect("the log opens");
    let options = TopicOptions { bytes_max: 1 << 40, age_max: None, when_full: WhenFull::TrimOldest };
    let partition = log.partition(topic, 0, options).expect("the topic opens");
    let bounds = partition.bounds();
    let mut records = Vec::new();
    let mut next = bounds.start;
    while next < bounds.end {
        let limit = ReadLimit { bytes_max: 16 << 20, records_max: usize::MAX };
        records.extend(partition.read(next, limit).expect("durable records can be read"));
        next = records.last().map_or(bounds.end, |record: &Record| record.offset + 1);
    }
    // Lets go of the folder for whoever opens it next; a dropped log does so a little later.
    log.close().await;
    records
}
