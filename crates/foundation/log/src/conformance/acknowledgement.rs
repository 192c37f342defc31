use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::Harness;
use super::support::{fresh, fresh_with, plain_value, read_from, reopened, unbounded, value, values, values_named};
use crate::{AppendError, ReadError, ReadLimit, TopicOptions, WhenFull};

pub(super) async fn batches_of_concurrent_callers_stay_whole_and_each_learns_its_own_offsets(harness: &dyn Harness) {
    let (_log, partition) = fresh_with(harness, 20_000, unbounded()).await;
    let start = partition.bounds().start;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..32 {
        let partition = partition.clone();
        callers.spawn(async move {
            let mut acknowledged = Vec::new();
            for turn in 0..20 {
                let name = (caller * 20 + turn) * 10;
                let batch = values_named(name..name + 1 + turn % 5, 50);
                acknowledged.push((partition.append(batch.clone()).await.unwrap(), batch));
            }
            acknowledged
        });
    }
    let acknowledged = callers.join_all().await.concat();
    let records = read_from(&partition, start).unwrap();
    assert_eq!(records.len(), acknowledged.iter().map(|(_, batch)| batch.len()).sum::<usize>());
    let by_offset: BTreeMap<_, _> = records.into_iter().map(|record| (record.offset, record.value)).collect();
    for (offsets, batch) in acknowledged {
        assert!(offsets.clone().count() == batch.len() && by_offset.range(offsets).map(|(_, value)| value).eq(&batch));
    }
}

pub(super) async fn readers_of_a_partition_that_grows_and_loses_its_oldest_never_meet_a_wrong_record(
    harness: &dyn Harness,
) {
    let options = TopicOptions { bytes_max: 200_000, age_max: None, when_full: WhenFull::TrimOldest };
    let (_log, partition) = fresh_with(harness, 1 << 30, options).await;
    let (start, complete) = (partition.bounds().start, Arc::new(AtomicBool::new(false)));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (partition, complete) = (partition.clone(), complete.clone());
            std::thread::spawn(move || {
                let (mut next, mut read, mut newest) = (start, 0, None);
                loop {
                    let last_round = complete.load(Ordering::Acquire);
                    match partition.read(next, ReadLimit { bytes_max: 10_000, records_max: 7 }) {
                        Ok(records) if records.is_empty() && last_round => return (read, newest),
                        Ok(records) => {
                            for record in records {
                                let name = u64::from_le_bytes(record.value[..8].try_into().unwrap());
                                assert!(record.offset >= next && newest.is_none_or(|newest| name > newest));
                                assert_eq!(record.value, value(name, 400));
                                (next, read, newest) = (record.offset + 1, read + 1, Some(name));
                            }
                        }
                        Err(ReadError::Trimmed { start }) if start > next => next = start,
                        Err(error) => panic!("{error}"),
                    }
                }
            })
        })
        .collect();
    for name in (0..3_000).step_by(3) {
        partition.append(values_named(name..name + 3, 400)).await.unwrap();
    }
    complete.store(true, Ordering::Release);
    assert!(partition.bounds().start > start, "some went");
    for reader in readers {
        let (read, newest) = reader.join().unwrap();
        assert!(read > 300 && newest == Some(2_999), "a reader gets at least what is kept: {read} up to {newest:?}");
    }
}

pub(super) async fn closing_makes_durable_what_was_sent_and_refuses_what_comes_after(harness: &dyn Harness) {
    let (instance, partition) = fresh(harness).await;
    let (log, start) = (instance.log(), partition.bounds().start);
    let sent: Vec<_> = (0..50)
        .map(|name| {
            let partition = partition.clone();
            tokio::spawn(async move { partition.append(vec![value(name, 100)]).await })
        })
        .collect();
    tokio::task::yield_now().await;
    log.close().await;
    let mut acknowledged = 0;
    for sent in sent {
        match sent.await.unwrap() {
            Ok(_) => acknowledged += 1,
            Err(error) => assert!(matches!(error, AppendError::Closed { .. }), "{error}"),
        }
    }
    let refused = partition.append(vec![value(99, 1)]).await.unwrap_err();
    assert_eq!(refused.to_string(), "the partition takes no more records: the log is closed");
    assert!(partition.trim(start + 1).is_err() && log.commit("group", &partition, start).is_err());
    assert_eq!(
        read_from(&partition, start).unwrap().len(),
        acknowledged,
        "reading goes on, and a refusal left no trace"
    );
    log.close().await;
}

pub(super) async fn what_was_acknowledged_is_there_after_reopening(harness: &dyn Harness) {
    let (mut log, mut partition) = fresh_with(harness, 30_000, unbounded()).await;
    let (start, mut stored) = (partition.bounds().start, Vec::new());
    for round in 0..5 {
        for turn in 0..5 {
            let name = round * 10 + turn;
            let batch = vec![value(name, 3_000), plain_value(name, 9_000), value(name, 0), plain_value(name, 40)];
            partition.append(batch.clone()).await.unwrap();
            stored.extend(batch);
        }
        partition = reopened(harness, &mut log, partition, unbounded()).await;
        assert_eq!(values(&read_from(&partition, start).unwrap()), stored);
    }
}
