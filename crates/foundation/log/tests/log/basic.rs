use std::time::Duration;

use bytes::Bytes;
use prime_log::{Log, LogOptions, OpenError, ReadError, ReadLimit};

use crate::support::{ALL, open, open_with, read_from, unbounded, value, values};

#[tokio::test]
async fn records_are_read_back_in_order_with_dense_offsets() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    assert_eq!(partition.append(vec![value(0, 10), value(1, 0)]).await.unwrap(), 0..2);
    assert_eq!(partition.append(vec![value(2, 3_000_000)]).await.unwrap(), 2..3);
    let records = read_from(&partition, 0).unwrap();
    assert_eq!(values(&records), [value(0, 10), value(1, 0), value(2, 3_000_000)]);
    assert_eq!(records.iter().map(|record| record.offset).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!((partition.bounds().start, partition.bounds().end), (0, 3));
    assert_eq!((partition.topic(), partition.number()), ("events", 0));
}

#[tokio::test]
async fn an_empty_batch_appends_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    partition.append(vec![value(0, 1)]).await.unwrap();
    assert_eq!(partition.append(Vec::new()).await.unwrap(), 1..1);
    assert_eq!(partition.bounds().end, 1);
}

#[tokio::test]
async fn the_end_reads_as_empty_and_what_lies_beyond_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    assert!(partition.read(0, ALL).unwrap().is_empty());
    assert!(matches!(partition.read(1, ALL), Err(ReadError::Beyond { from: 1, end: 0 })));
}

#[tokio::test]
async fn a_read_keeps_within_its_limits_but_returns_at_least_one_record() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    partition.append((0..100).map(|name| value(name, 1000)).collect()).await.unwrap();
    let count = |bytes_max, records_max| partition.read(7, ReadLimit { bytes_max, records_max }).unwrap().len();
    assert_eq!(count(usize::MAX, usize::MAX), 93);
    assert_eq!(count(usize::MAX, 5), 5);
    assert_eq!(count(10 * 1032, usize::MAX), 10);
    assert_eq!(count(10 * 1032 - 1, usize::MAX), 9);
    assert_eq!(count(1, usize::MAX), 1);
    assert_eq!(count(0, 0), 1);
}

#[tokio::test]
async fn any_record_can_be_read_first_also_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open_with(dir.path(), 400_000, unbounded()).unwrap();
    for batch in 0..20 {
        partition.append((batch * 100..batch * 100 + 100).map(|name| value(name, 700)).collect()).await.unwrap();
    }
    log.close().await;
    let (_log, partition) = open_with(dir.path(), 400_000, unbounded()).unwrap();
    for offset in (0..2000).rev() {
        let record = partition.read(offset, ReadLimit { bytes_max: 1, records_max: 1 }).unwrap().remove(0);
        assert_eq!((record.offset, record.value), (offset, value(offset, 700)));
    }
}

#[tokio::test]
async fn a_reader_is_woken_when_the_record_it_waits_for_is_durable() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    let reader = partition.clone();
    let waiting = tokio::spawn(async move {
        reader.wait_beyond(2).await;
        reader.bounds().end
    });
    partition.append(vec![value(0, 1), value(1, 1)]).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished(), "record 2 is not there yet");
    partition.append(vec![value(2, 1)]).await.unwrap();
    assert_eq!(waiting.await.unwrap(), 3);
    partition.wait_beyond(2).await;
}

#[tokio::test]
async fn a_time_leads_to_the_first_record_appended_since() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 2000, unbounded()).unwrap();
    for name in 0..30 {
        partition.append(vec![value(name, 300)]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let records = read_from(&partition, 0).unwrap();
    for time in records[0].appended_at_ms - 1..records[29].appended_at_ms + 2 {
        let first = records.iter().find(|record| record.appended_at_ms >= time).map_or(30, |record| record.offset);
        assert_eq!(partition.position_at(time), first);
    }
    assert_eq!(partition.position_at(i64::MIN), 0);
    assert_eq!(partition.position_at(i64::MAX), 30);
}

#[tokio::test]
async fn partitions_are_separate_and_asking_twice_gives_the_same_one() {
    let dir = tempfile::tempdir().unwrap();
    let (log, first) = open(dir.path());
    let second = log.partition("events", 1, unbounded()).unwrap();
    let other = log.partition("rejected", 0, unbounded()).unwrap();
    first.append(vec![value(1, 1)]).await.unwrap();
    assert_eq!((second.bounds().end, other.bounds().end), (0, 0));
    assert_eq!(log.partition("events", 0, unbounded()).unwrap().append(vec![value(2, 1)]).await.unwrap(), 1..2);
    assert_eq!(first.bounds().end, 2);
}

#[tokio::test]
async fn a_folder_belongs_to_one_log_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    let options = LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 << 20 };
    let error = Log::open(options.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    partition.append(vec![value(0, 1)]).await.unwrap();
    log.close().await;
    Log::open(options).expect("a closed log leaves its folder to the next");
}

#[tokio::test]
async fn a_log_that_nobody_holds_any_more_frees_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    partition.append(vec![value(0, 1)]).await.unwrap();
    drop((log, partition));
    let options = LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 << 20 };
    for _ in 0..500 {
        if Log::open(options.clone()).is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the folder stays locked");
}

#[test]
fn names_that_would_leave_the_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let log = Log::open(LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 << 20 }).unwrap();
    for name in ["", "..", "../other", "a/b", ".hidden", "Events", "ev ents", "é", &"a".repeat(101)] {
        assert!(matches!(log.partition(name, 0, unbounded()), Err(OpenError::TopicName { .. })), "{name:?}");
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_named_in_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Log::open(LogOptions { dir: file.join("log"), segment_bytes_max: 1 << 20 }).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains("file"), "{error}");
}

#[tokio::test]
async fn what_is_shown_for_diagnosis_holds_no_values() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    partition.append(vec![Bytes::from_static(b"secret")]).await.unwrap();
    let shown = format!("{log:?} {partition:?} {:?}", partition.read(0, ALL).unwrap());
    assert!(shown.contains("value_bytes: 6") && !shown.contains("secret") && !shown.contains("115, 101"), "{shown}");
}
