use std::time::Duration;

use bytes::Bytes;

use super::Harness;
use super::support::{ALL, ONE, fresh, fresh_with, read_from, reopened, unbounded, value, values, values_named};
use crate::{OpenError, ReadError, ReadLimit};

pub(super) async fn records_are_read_back_in_order(harness: &dyn Harness) {
    let (_log, partition) = fresh(harness).await;
    let first = partition.append(vec![value(0, 10), value(1, 0)]).await.unwrap();
    assert_eq!(first.end - first.start, 2);
    let second = partition.append(vec![value(2, 900_000)]).await.unwrap();
    assert!(second.start >= first.end && second.end == second.start + 1, "{first:?} {second:?}");
    let records = read_from(&partition, first.start).unwrap();
    assert_eq!(values(&records), [value(0, 10), value(1, 0), value(2, 900_000)]);
    let offsets: Vec<_> = records.iter().map(|record| record.offset).collect();
    assert_eq!(offsets, [first.start, first.start + 1, second.start]);
    let bounds = partition.bounds();
    assert!(bounds.start <= first.start && bounds.end >= second.end, "{bounds:?}");
    assert!(bounds.bytes > 0 || !harness.capabilities().bounds_bytes, "{bounds:?}");
    assert_eq!((partition.topic(), partition.number()), ("events", 0));
}

pub(super) async fn an_empty_batch_appends_nothing(harness: &dyn Harness) {
    let (_log, partition) = fresh(harness).await;
    partition.append(vec![value(0, 1)]).await.unwrap();
    let before = partition.bounds().end;
    assert_eq!(partition.append(Vec::new()).await.unwrap(), before..before);
    assert_eq!(partition.bounds().end, before);
}

pub(super) async fn the_end_reads_as_empty_and_what_lies_beyond_is_an_error(harness: &dyn Harness) {
    let (_log, partition) = fresh(harness).await;
    for _ in 0..2 {
        let end = partition.bounds().end;
        assert!(partition.read(end, ALL).unwrap().is_empty());
        let beyond = partition.read(end + 1, ALL).unwrap_err();
        assert!(matches!(beyond, ReadError::Beyond { from, .. } if from == end + 1), "{beyond}");
        partition.append(vec![value(0, 1)]).await.unwrap();
    }
}

pub(super) async fn a_read_keeps_within_its_limits_but_returns_at_least_one_record(harness: &dyn Harness) {
    let (_log, partition) = fresh(harness).await;
    let offsets = partition.append(values_named(0..100, 1000)).await.unwrap();
    let count = |bytes_max, records_max| {
        let records = partition.read(offsets.start + 7, ReadLimit { bytes_max, records_max }).unwrap();
        assert_eq!(records[0].value, value(7, 1000));
        records.len()
    };
    assert_eq!(count(usize::MAX, 5), 5);
    assert_eq!(count(usize::MAX, 1), 1);
    assert_eq!(count(1, usize::MAX), 1);
    assert_eq!(count(0, 0), 1);
    for bytes_max in [999, 1000, 5_000, 20_000] {
        assert!(count(bytes_max, usize::MAX) <= (bytes_max / 1000).max(1), "{bytes_max}");
    }
    assert!(count(20_000, usize::MAX) > 5, "a read makes use of most of what it may");
    assert_eq!(read_from(&partition, offsets.start + 7).unwrap().len(), 93);
}

pub(super) async fn any_record_can_be_read_first(harness: &dyn Harness) {
    let (mut log, partition) = fresh_with(harness, 100_000, unbounded()).await;
    let mut offsets = Vec::new();
    for batch in 0..10 {
        offsets.extend(partition.append(values_named(batch * 50..batch * 50 + 50, 700)).await.unwrap());
    }
    let partition = reopened(harness, &mut log, partition, unbounded()).await;
    for (name, offset) in offsets.into_iter().enumerate().rev() {
        let record = partition.read(offset, ONE).unwrap().remove(0);
        assert_eq!((record.offset, record.value), (offset, value(name as u64, 700)));
    }
}

pub(super) async fn a_reader_is_woken_when_the_record_it_waits_for_is_durable(harness: &dyn Harness) {
    let (_log, partition) = fresh(harness).await;
    let before = partition.append(vec![value(0, 1), value(1, 1)]).await.unwrap().end;
    let reader = partition.clone();
    let waiting = tokio::spawn(async move {
        reader.wait_beyond(before).await;
        reader.bounds().end
    });
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert!(!waiting.is_finished(), "the record is not there yet");
    let after = partition.append(vec![value(2, 1)]).await.unwrap().end;
    let seen = tokio::time::timeout(super::support::PATIENCE, waiting).await.expect("the reader is woken").unwrap();
    assert_eq!(seen, after);
    partition.wait_beyond(before).await;
}

pub(super) async fn a_time_leads_to_the_first_record_appended_since(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 2000, unbounded()).await;
    for name in 0..30 {
        partition.append(vec![value(name, 300)]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let (records, bounds) = (read_from(&partition, partition.bounds().start).unwrap(), partition.bounds());
    assert!(records.is_sorted_by_key(|record| record.appended_at_ms));
    for time in records[0].appended_at_ms - 1..records[29].appended_at_ms + 2 {
        let first = records.iter().find(|record| record.appended_at_ms >= time);
        assert_eq!(partition.position_at(time), first.map_or(bounds.end, |record| record.offset));
    }
    assert_eq!(partition.position_at(i64::MIN), records[0].offset);
    assert_eq!(partition.position_at(i64::MAX), bounds.end);
}

pub(super) async fn partitions_are_separate_and_asking_twice_gives_the_same_one(harness: &dyn Harness) {
    let (instance, first) = fresh(harness).await;
    let log = instance.log();
    let second = log.partition("events", 1, unbounded()).unwrap();
    let other = log.partition("rejected", 0, unbounded()).unwrap();
    let offsets = first.append(vec![value(1, 1)]).await.unwrap();
    for empty in [second, other] {
        assert_eq!(empty.bounds().start, empty.bounds().end);
        assert!(read_from(&empty, empty.bounds().start).unwrap().is_empty());
    }
    let again = log.partition("events", 0, unbounded()).unwrap();
    again.append(vec![value(2, 1)]).await.unwrap();
    assert_eq!(values(&read_from(&first, offsets.start).unwrap()), [value(1, 1), value(2, 1)]);
}

pub(super) async fn names_that_could_not_be_folders_are_refused(harness: &dyn Harness) {
    let (instance, _) = fresh(harness).await;
    for name in ["", "..", "../other", "a/b", ".hidden", "Events", "ev ents", "é", &"a".repeat(101)] {
        let refused = instance.log().partition(name, 0, unbounded());
        assert!(matches!(refused, Err(OpenError::TopicName { .. })), "{name:?}");
    }
}

pub(super) async fn what_is_shown_for_diagnosis_holds_no_values(harness: &dyn Harness) {
    let (instance, partition) = fresh(harness).await;
    let offsets = partition.append(vec![Bytes::from_static(b"secret")]).await.unwrap();
    let records = partition.read(offsets.start, ALL).unwrap();
    let shown = format!("{:?} {partition:?} {records:?}", instance.log());
    assert!(shown.contains("value_bytes: 6") && !shown.contains("secret") && !shown.contains("115, 101"), "{shown}");
}
