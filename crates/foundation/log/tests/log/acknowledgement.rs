use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use prime_log::{AppendError, ReadError, ReadLimit, TopicOptions, WhenFull};

use crate::support::{Random, open, open_with, read_from, unbounded, value, values};

#[tokio::test(flavor = "multi_thread")]
async fn batches_of_concurrent_callers_stay_whole_and_each_learns_its_own_offsets() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open_with(dir.path(), 20_000, unbounded()).unwrap();
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..32 {
        let partition = partition.clone();
        callers.spawn(async move {
            let mut acknowledged = Vec::new();
            for turn in 0..20 {
                let name = (caller * 20 + turn) * 10;
                let batch: Vec<_> = (name..name + 1 + turn % 5).map(|name| value(name, 50)).collect();
                acknowledged.push((partition.append(batch.clone()).await.unwrap(), batch));
            }
            acknowledged
        });
    }
    let acknowledged = callers.join_all().await.concat();
    let records = values(&read_from(&partition, 0).unwrap());
    assert_eq!(records.len(), acknowledged.iter().map(|(_, batch)| batch.len()).sum::<usize>());
    for (offsets, batch) in acknowledged {
        assert_eq!(records[offsets.start as usize..offsets.end as usize], batch);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_of_a_partition_that_grows_and_loses_its_oldest_never_meet_a_wrong_record() {
    let dir = tempfile::tempdir().unwrap();
    let options = TopicOptions { bytes_max: 200_000, age_max: None, when_full: WhenFull::TrimOldest };
    let (_log, partition) = open_with(dir.path(), 1 << 30, options).unwrap();
    let records_total = 3_000;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let partition = partition.clone();
            std::thread::spawn(move || {
                let (mut next, mut read) = (0, 0);
                while next < records_total {
                    match partition.read(next, ReadLimit { bytes_max: 10_000, records_max: 7 }) {
                        Ok(records) => {
                            for record in records {
                                assert_eq!((record.offset, record.value), (next, value(next, 400)));
                                (next, read) = (next + 1, read + 1);
                            }
                        }
                        Err(ReadError::Trimmed { start }) if start > next => next = start,
                        Err(error) => panic!("{error}"),
                    }
                }
                read
            })
        })
        .collect();
    for name in (0..records_total).step_by(3) {
        partition.append((name..name + 3).map(|name| value(name, 400)).collect()).await.unwrap();
    }
    assert!(partition.bounds().start > 0, "some went");
    for reader in readers {
        assert!(reader.join().unwrap() > 300, "a reader gets at least what is kept");
    }
}

#[tokio::test]
async fn closing_makes_durable_what_was_sent_and_refuses_what_comes_after() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
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
    assert!(partition.trim(1).is_err() && log.commit("group", &partition, 0).is_err());
    assert_eq!(read_from(&partition, 0).unwrap().len(), acknowledged, "reading goes on, and a refusal left no trace");
    log.close().await;
}

/// The process that is killed is this test itself, told by its environment to append until then.
#[tokio::test]
async fn what_was_acknowledged_survives_kill_nine() {
    const CHILD: &str = "PRIME_LOG_TEST_APPEND_TO";
    if let Some(dir) = std::env::var_os(CHILD) {
        return append_until_killed(Path::new(&dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut acknowledged = BTreeMap::new();
    for round in 0..8 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["acknowledgement::what_was_acknowledged_survives_kill_nine", "--exact", "--nocapture"])
            .env(CHILD, dir.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut acks = lines.map_while(Result::ok).filter_map(|line| acknowledgement(&line));
        // The time runs from the first acknowledgement, however long a busy machine takes to start the child.
        acknowledged.extend(Some(acks.next().expect("the child got something acknowledged")));
        let killer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(Random(round).below(300)));
            child.kill().and_then(|()| child.wait()).unwrap()
        });
        acknowledged.extend(acks);
        assert!(!killer.join().unwrap().success(), "the child ends by being killed");

        let (log, partition) = open(dir.path());
        for (offset, name) in &acknowledged {
            let record = partition.read(*offset, ReadLimit { bytes_max: 1, records_max: 1 }).unwrap().remove(0);
            assert_eq!(record.value, value(*name, 500), "record {offset}");
        }
        log.close().await;
    }
}

async fn append_until_killed(dir: &Path) {
    let (_log, partition) = open_with(dir, 100_000, unbounded()).unwrap();
    let start = partition.bounds().end;
    let mut callers = tokio::task::JoinSet::new();
    for caller in 0..16 {
        let partition = partition.clone();
        callers.spawn(async move {
            for turn in 0.. {
                let name = (start << 32) | (caller << 24) | turn;
                let offsets = partition.append(vec![value(name, 500)]).await.unwrap();
                // One write of less than a pipe's atomic size: no half lines.
                std::io::stdout().write_all(format!("\nack {} {name}\n", offsets.start).as_bytes()).unwrap();
            }
        });
    }
    callers.join_all().await;
}

fn acknowledgement(line: &str) -> Option<(u64, u64)> {
    let (offset, name) = line.strip_prefix("ack ")?.split_once(' ')?;
    Some((offset.parse().ok()?, name.parse().ok()?))
}
