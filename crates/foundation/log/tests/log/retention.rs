use std::time::Duration;

use prime_log::{AppendError, ReadError, TopicOptions, WhenFull};

use crate::support::{ALL, open_with, read_from, segment_files, unbounded, value};

fn bounded(bytes_max: u64, when_full: WhenFull) -> TopicOptions {
    TopicOptions { bytes_max, age_max: None, when_full }
}

#[tokio::test]
async fn a_full_partition_refuses_without_a_trace_until_it_is_trimmed() {
    let dir = tempfile::tempdir().unwrap();
    let options = bounded(100_000, WhenFull::Refuse);
    let (log, partition) = open_with(dir.path(), 1 << 30, options.clone()).unwrap();
    let mut stored = 0;
    let error = loop {
        match partition.append(vec![value(stored, 1000)]).await {
            Ok(offsets) => assert_eq!(offsets.start, stored),
            Err(error) => break error,
        }
        stored += 1;
    };
    assert!(matches!(error, AppendError::Full { bytes_max: 100_000, batch_bytes: 1032, .. }), "{error}");
    let bounds = partition.bounds();
    assert!(bounds.bytes <= 100_000 && bounds.bytes > 97_000, "{bounds:?}");
    assert!(partition.append(vec![value(0, 1000)]).await.is_err(), "it stays full");
    assert!(partition.append(vec![value(stored, 1)]).await.is_ok(), "what still fits is taken");

    partition.trim(stored / 2).unwrap();
    assert_eq!(partition.append(vec![value(9, 1000)]).await.unwrap().start, stored + 1);
    assert!(matches!(partition.read(0, ALL), Err(ReadError::Trimmed { .. })));
    log.close().await;
    let (_log, partition) = open_with(dir.path(), 1 << 30, options).unwrap();
    assert_eq!(partition.bounds().end, stored + 2);
}

#[tokio::test]
async fn a_reader_that_keeps_up_never_meets_a_full_partition() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 1 << 30, bounded(40_000, WhenFull::Refuse)).unwrap();
    for name in 0..50 {
        let length = [10, 9_000, 39_000][name as usize % 3];
        partition.trim(partition.bounds().end).unwrap();
        let offsets = partition.append(vec![value(name, length)]).await;
        assert!(offsets.is_ok(), "batch {name} of {length} bytes: {offsets:?}");
        assert!(partition.bounds().bytes <= 40_000);
    }
}

#[tokio::test]
async fn a_batch_that_can_never_fit_is_too_large() {
    let dir = tempfile::tempdir().unwrap();
    let (log, small) = open_with(dir.path(), 1 << 30, bounded(10_000, WhenFull::TrimOldest)).unwrap();
    assert!(matches!(small.append(vec![value(0, 10_000)]).await, Err(AppendError::TooLarge { .. })));
    assert_eq!(small.append(vec![value(0, 9_900)]).await.unwrap(), 0..1);
    let large = log.partition("large", 0, unbounded()).unwrap();
    assert!(matches!(large.append(vec![vec![0; 64 << 20].into()]).await, Err(AppendError::TooLarge { .. })));
    assert_eq!(large.append(vec![vec![0; (64 << 20) - 32].into()]).await.unwrap(), 0..1);
    assert_eq!(large.read(0, ALL).unwrap()[0].value.len(), (64 << 20) - 32);
}

#[tokio::test]
async fn history_lets_its_oldest_records_go_and_stays_within_its_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 1 << 30, bounded(100_000, WhenFull::TrimOldest)).unwrap();
    for name in 0..1000 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
        let bounds = partition.bounds();
        assert!(bounds.bytes <= 100_000, "{bounds:?}");
    }
    let bounds = partition.bounds();
    assert!(bounds.end == 1000 && bounds.start <= 930, "at least three quarters of what fits is kept: {bounds:?}");
    for record in read_from(&partition, bounds.start).unwrap() {
        assert_eq!(record.value, value(record.offset, 1000));
    }
    let on_disk: u64 = segment_files(dir.path()).iter().map(|file| std::fs::metadata(file).unwrap().len()).sum();
    assert_eq!(on_disk, bounds.bytes);
}

#[tokio::test]
async fn records_past_their_age_go_and_offsets_go_on() {
    let dir = tempfile::tempdir().unwrap();
    let options = TopicOptions { age_max: Some(Duration::from_secs(3600)), ..bounded(u64::MAX, WhenFull::TrimOldest) };
    let (log, partition) = open_with(dir.path(), 5_000, options.clone()).unwrap();
    for name in 0..20 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
    }
    let now = read_from(&partition, 0).unwrap()[19].appended_at_ms;
    log.maintain(now + 500_000).unwrap();
    assert_eq!(partition.bounds().start, 0, "nothing is old");

    // Past its age even the segment that is written goes: this round closes it, the next removes it.
    log.maintain(now + 3_700_000).unwrap();
    partition.append(vec![value(20, 1000)]).await.unwrap();
    log.maintain(now + 3_700_000).unwrap();
    assert_eq!((partition.bounds().start, partition.bounds().end), (20, 21));
    log.close().await;
    let (_log, partition) = open_with(dir.path(), 5_000, options).unwrap();
    assert_eq!((partition.bounds().start, partition.bounds().end), (20, 21));
}

#[tokio::test]
async fn a_partition_without_an_age_keeps_old_records() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open_with(dir.path(), 5_000, unbounded()).unwrap();
    for name in 0..20 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
    }
    log.maintain(i64::MAX).unwrap();
    assert_eq!(partition.bounds().start, 0);
}

#[tokio::test]
async fn trimming_takes_whole_segments_below_the_offset_and_no_other_record() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 5_000, unbounded()).unwrap();
    for name in 0..22 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
    }
    assert_eq!(segment_files(dir.path()).len(), 6, "four records to a segment");
    for (before, start) in [(0, 0), (3, 0), (4, 4), (11, 8), (2, 8), (1_000_000, 20)] {
        partition.trim(before).unwrap();
        assert_eq!(partition.bounds().start, start, "trimmed before {before}");
        assert_eq!(read_from(&partition, start).unwrap().len() as u64, 22 - start);
    }
    assert!(matches!(partition.read(19, ALL), Err(ReadError::Trimmed { start: 20 })));
    partition.append((22..30).map(|name| value(name, 1000)).collect()).await.unwrap();
    assert_eq!(partition.bounds().start, 22, "a segment that was trimmed while it was written goes when it is left");
    partition.append(vec![value(30, 1000)]).await.unwrap();
    assert_eq!(read_from(&partition, 22).unwrap().len(), 9, "records appended after a trim are not concerned");
}
