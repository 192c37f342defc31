use std::time::Duration;

use prime_log::{AppendError, ReadError, TopicOptions, WhenFull};

use crate::support::{ALL, open_with, read_from, segment_files, unbounded, value};

fn bounded(bytes_max: u64, when_full: WhenFull) -> TopicOptions {
    TopicOptions { bytes_max, age_max: None, when_full }
}

#[tokio::test]
async fn a_batch_may_have_64_mebibytes() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 1 << 30, unbounded()).unwrap();
    assert!(matches!(partition.append(vec![vec![0; 64 << 20].into()]).await, Err(AppendError::TooLarge { .. })));
    assert_eq!(partition.append(vec![vec![0; (64 << 20) - 40].into()]).await.unwrap(), 0..1);
    assert_eq!(partition.read(0, ALL).unwrap()[0].value.len(), (64 << 20) - 40);
}

#[tokio::test]
async fn what_a_partition_says_to_hold_is_what_its_files_have() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 1 << 30, bounded(100_000, WhenFull::TrimOldest)).unwrap();
    for name in 0..300 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
        let on_disk: u64 = segment_files(dir.path()).iter().map(|file| std::fs::metadata(file).unwrap().len()).sum();
        assert!(on_disk == partition.bounds().bytes && on_disk <= 100_000);
    }
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

#[tokio::test]
async fn what_is_held_stays_beyond_size_and_age_up_to_twice_the_bound() {
    let dir = tempfile::tempdir().unwrap();
    let options = TopicOptions { age_max: Some(Duration::from_secs(60)), ..bounded(100_000, WhenFull::TrimUnheld) };
    let (embedded, files) = open_with(dir.path(), 1 << 30, options.clone()).unwrap();
    let in_memory = prime_log::Log::in_memory();
    let memory = in_memory.partition("held", 0, options).unwrap();
    for (log, partition) in [(&embedded, files), (&in_memory, memory)] {
        partition.hold(10);
        for name in 0..150 {
            partition.append(vec![value(name, 1000)]).await.unwrap();
        }
        log.maintain(i64::MAX).unwrap();
        let bounds = partition.bounds();
        assert!(bounds.start <= 10 && bounds.bytes > 100_000, "{bounds:?}");
        for name in 150..400 {
            partition.append(vec![value(name, 1000)]).await.unwrap();
        }
        let bounds = partition.bounds();
        assert!(bounds.start > 10 && bounds.bytes <= 200_000, "{bounds:?}");
        partition.hold(u64::MAX);
        partition.append(vec![value(400, 1000)]).await.unwrap();
        assert!(partition.bounds().bytes <= 100_000);
    }
}
