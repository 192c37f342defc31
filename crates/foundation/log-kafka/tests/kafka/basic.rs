//! Appending, reading and waiting.

use std::time::{Duration, Instant};

use prime_log::{AppendError, OpenError, ReadError};

use crate::support::{KEPT, LIMIT, PATIENCE, follow, log, open, options, partition, texts};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_appended_is_read_by_another_process_in_order() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    let written = partition(&one, 1);
    let range = written.append(vec!["a".into(), "b".into()]).await.unwrap();
    written.append(vec!["c".into()]).await.unwrap();
    let seen = partition(&other, 1);
    assert_eq!(seen.bounds().end, range.end + 1);
    assert_eq!(texts(&follow(&seen, range.start, 3).await), ["a", "b", "c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_appended_is_there_at_once() {
    let log = log();
    let partition = partition(&log, 0);
    for number in 0..20_u64 {
        let range = partition.append(vec![number.to_string().into()]).await.unwrap();
        assert_eq!(partition.bounds().end, range.end);
        assert_eq!(texts(&partition.read(range.start, LIMIT).unwrap()), [number.to_string()]);
        assert!(partition.read(range.end, LIMIT).unwrap().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_hears_of_a_record_from_elsewhere_within_a_moment() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    let (written, seen) = (partition(&one, 0), partition(&other, 0));
    let mut waits = Vec::new();
    for offset in 0..10 {
        let waiting = seen.clone();
        let waited = tokio::spawn(async move {
            waiting.wait_beyond(offset).await;
            Instant::now()
        });
        tokio::time::sleep(Duration::from_millis(150)).await;
        written.append(vec!["x".into()]).await.unwrap();
        let appended = Instant::now();
        let heard = tokio::time::timeout(PATIENCE, waited).await.expect("it is heard").unwrap();
        waits.push(heard.saturating_duration_since(appended));
        assert_eq!(seen.read(offset, LIMIT).unwrap().len(), 1);
    }
    // Whoever asked for it now and then would wait longer than that for most of them.
    waits.sort_unstable();
    assert!(waits[5] < Duration::from_millis(400), "{waits:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_is_told_at_once_also_while_somebody_waits_for_more() {
    let partition = partition(&log(), 0);
    partition.append(vec!["x".into()]).await.unwrap();
    let waiting = partition.clone();
    let waits = tokio::spawn(async move { waiting.wait_beyond(1).await });
    let mut took = Vec::new();
    for _ in 0..20 {
        let asked = Instant::now();
        assert_eq!(partition.newest_end().await, 1);
        took.push(asked.elapsed());
    }
    took.sort_unstable();
    assert!(took[10] < Duration::from_millis(40), "{took:?}");
    waits.abort();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_not_there_is_told_apart() {
    let options = options();
    let log = open(&options);
    let partition = partition(&log, 0);
    partition.append(vec!["a".into(), "b".into(), "c".into()]).await.unwrap();
    assert!(matches!(partition.read(7, LIMIT), Err(ReadError::Beyond { from: 7, end: 3 })));
    partition.trim(2).unwrap();
    assert_eq!(partition.bounds().start, 2);
    assert!(matches!(partition.read(1, LIMIT), Err(ReadError::Trimmed { start: 2 })));
    assert_eq!(texts(&partition.read(2, LIMIT).unwrap()), ["c"]);
    // Another process learns of it when it reads.
    let other = open(&options);
    assert_eq!(other.partition("events", 0, KEPT).unwrap().bounds().start, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_too_large_is_refused_with_the_bound() {
    let mut options = options();
    options.record_bytes_max = 10_000;
    let log = open(&options);
    let partition = partition(&log, 0);
    partition.append(vec![vec![b'x'; 10_000].into()]).await.unwrap();
    let refused = partition.append(vec!["fits".into(), vec![b'x'; 10_001].into()]).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { bytes: 10_001, bytes_max: 10_000 })), "{refused:?}");
    assert_eq!(partition.bounds().end, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partition_that_the_topic_does_not_have_is_refused_with_its_number() {
    let log = log();
    let refused = log.partition("events", 3, KEPT).unwrap_err();
    assert!(matches!(&refused, OpenError::Refused { what } if what.contains("3 partitions")), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_leads_to_the_first_record_that_is_as_late() {
    let log = log();
    let partition = partition(&log, 0);
    let first = partition.append(vec!["a".into()]).await.unwrap();
    let at = partition.read(first.start, LIMIT).unwrap()[0].appended_at_ms;
    tokio::time::sleep(Duration::from_millis(20)).await;
    partition.append(vec!["b".into()]).await.unwrap();
    assert_eq!(partition.position_at(0), 0);
    assert_eq!(partition.position_at(at), 0);
    assert_eq!(partition.position_at(at + 1), 1);
    assert_eq!(partition.position_at(at + 60_000), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn groups_keep_their_places_and_lose_them_when_forgotten() {
    let options = options();
    let log = open(&options);
    let partition = partition(&log, 2);
    partition.append(vec!["a".into(), "b".into()]).await.unwrap();
    assert_eq!(log.committed("destination/1", &partition).unwrap(), None);
    log.commit("destination/1", &partition, 2).unwrap();
    log.commit("archive", &partition, 1).unwrap();
    log.commit("archive", &partition, 0).unwrap();
    assert!(log.commit("archive", &partition, 3).is_err(), "beyond the end");
    let other = open(&options);
    let there = other.partition("events", 2, KEPT).unwrap();
    assert_eq!(other.committed("destination/1", &there).unwrap(), Some(2));
    assert_eq!(other.committed("archive", &there).unwrap(), Some(0));
    assert_eq!(other.groups().unwrap(), ["archive", "destination/1"]);
    log.forget("destination/1").unwrap();
    log.forget("never heard of").unwrap();
    assert_eq!(other.committed("destination/1", &there).unwrap(), None);
    assert_eq!(other.groups().unwrap(), ["archive"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_log_takes_no_more_and_can_still_be_read() {
    let log = log();
    let partition = partition(&log, 0);
    partition.append(vec!["a".into()]).await.unwrap();
    log.close().await;
    assert!(matches!(partition.append(vec!["b".into()]).await, Err(AppendError::Closed { .. })));
    assert!(partition.trim(1).is_err());
    assert!(log.commit("g", &partition, 1).is_err());
    assert_eq!(texts(&partition.read(0, LIMIT).unwrap()), ["a"]);
}
