use std::time::Duration;

use super::Harness;
use super::support::{ALL, fresh_with, read_from, unbounded, value, values, values_named};
use crate::{AppendError, ReadError, TopicOptions, WhenFull};

fn bounded(bytes_max: u64, when_full: WhenFull) -> TopicOptions {
    TopicOptions { bytes_max, age_max: None, when_full }
}

pub(super) async fn a_full_partition_refuses_without_a_trace_until_it_is_trimmed(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 1 << 30, bounded(100_000, WhenFull::Refuse)).await;
    let mut stored = 0;
    let error = loop {
        match partition.append(vec![value(stored, 1000)]).await {
            Ok(offsets) => assert_eq!(offsets.start, stored),
            Err(error) => break error,
        }
        stored += 1;
    };
    assert!(matches!(error, AppendError::Full { bytes_max: 100_000, .. }), "{error}");
    let bounds = partition.bounds();
    assert!(bounds.bytes <= 100_000 && bounds.bytes > 97_000, "{bounds:?}");
    assert!(partition.append(vec![value(0, 1000)]).await.is_err(), "it stays full");
    assert_eq!(partition.bounds(), bounds, "a refused batch left no trace");
    assert!(partition.append(vec![value(stored, 1)]).await.is_ok(), "what still fits is taken");
    partition.trim(stored / 2).unwrap();
    assert_eq!(partition.append(vec![value(9, 1000)]).await.unwrap().start, stored + 1);
    assert!(matches!(partition.read(0, ALL), Err(ReadError::Trimmed { .. })));
}

pub(super) async fn a_reader_that_keeps_up_never_meets_a_full_partition(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 1 << 30, bounded(40_000, WhenFull::Refuse)).await;
    for name in 0..50 {
        let length = [10, 9_000, 39_000][name as usize % 3];
        partition.trim(partition.bounds().end).unwrap();
        let offsets = partition.append(vec![value(name, length)]).await;
        assert!(offsets.is_ok(), "batch {name} of {length} bytes: {offsets:?}");
        assert!(partition.bounds().bytes <= 40_000);
    }
}

pub(super) async fn a_batch_that_can_never_fit_is_too_large(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 1 << 30, bounded(10_000, WhenFull::TrimOldest)).await;
    let refused = partition.append(vec![value(0, 10_000)]).await;
    assert!(matches!(refused, Err(AppendError::TooLarge { .. })), "{refused:?}");
    assert!(partition.append(vec![value(0, 9_800)]).await.is_ok());
    assert_eq!(partition.bounds().end, 1);
}

pub(super) async fn history_lets_its_oldest_records_go_and_stays_within_its_bytes(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 1 << 30, bounded(100_000, WhenFull::TrimOldest)).await;
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
}

pub(super) async fn records_past_their_age_go_and_offsets_go_on(harness: &dyn Harness) {
    let options = TopicOptions { age_max: Some(Duration::from_secs(3600)), ..unbounded() };
    let (instance, partition) = fresh_with(harness, 5_000, options).await;
    let log = instance.log();
    for name in 0..20 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
    }
    let now = read_from(&partition, 0).unwrap()[19].appended_at_ms;
    log.maintain(now + 500_000).unwrap();
    assert_eq!(partition.bounds().start, 0, "nothing is old");
    // Where whole files go, this round closes the one that is written, and the next removes it.
    log.maintain(now + 3_700_000).unwrap();
    partition.append(vec![value(20, 1000)]).await.unwrap();
    log.maintain(now + 3_700_000).unwrap();
    let bounds = partition.bounds();
    assert!(bounds.start >= 20 && bounds.end == 21, "{bounds:?}");
}

pub(super) async fn a_partition_without_an_age_keeps_old_records(harness: &dyn Harness) {
    let (instance, partition) = fresh_with(harness, 5_000, unbounded()).await;
    let start = partition.append(values_named(0..20, 1000)).await.unwrap().start;
    instance.log().maintain(i64::MAX).unwrap();
    assert_eq!(read_from(&partition, start).unwrap().len(), 20);
}

pub(super) async fn trimming_takes_records_below_the_offset_and_no_other(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 5_000, unbounded()).await;
    let mut offsets = Vec::new();
    for name in 0..22 {
        offsets.extend(partition.append(vec![value(name, 1000)]).await.unwrap());
    }
    let mut start = partition.bounds().start;
    for place in [0, 3, 4, 11, 2, 20] {
        partition.trim(offsets[place]).unwrap();
        let bounds = partition.bounds();
        assert!(
            bounds.start >= start && bounds.start <= offsets[place].max(start),
            "trimmed before {place}: {bounds:?}"
        );
        start = bounds.start;
        let kept: Vec<_> = (0..22).filter(|name| offsets[*name as usize] >= start).collect();
        assert_eq!(values(&read_from(&partition, start).unwrap()), values_named(kept, 1000));
    }
    assert!(start > offsets[0], "something went");
    let trimmed = partition.read(offsets[0], ALL).unwrap_err();
    assert!(matches!(trimmed, ReadError::Trimmed { start: told } if told == start), "{trimmed}");
    partition.trim(u64::MAX).unwrap();
    let after = partition.append(values_named(22..30, 1000)).await.unwrap();
    assert_eq!(values(&read_from(&partition, after.start).unwrap()), values_named(22..30, 1000), "they came after it");
}
