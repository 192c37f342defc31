use std::io;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;

use super::faulty_disk::{Faults, FaultyDisk, SyncFault};
use super::{KEEP_ALL, all_values, open};
use crate::embedded::Environment;
use crate::{AppendError, Log, LogOptions, OpenError, Partition};

const NONE: Faults = Faults { write_after: None, sync: None, set_length: false, create: false };

fn value(name: u64, length: u64) -> Bytes {
    format!("{name:0>width$}", width = length as usize + 20).into()
}

#[tokio::test]
async fn a_write_that_fails_at_any_byte_leaves_no_trace_and_the_next_succeeds() {
    for bytes in 0..200 {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
        partition.append(vec!["first".into()]).await.unwrap();
        let before = partition.bounds();
        disk.fail(Faults { write_after: Some(bytes), ..NONE });
        let refused = partition.append(vec![value(1, 100), value(2, 100)]).await.unwrap_err();
        assert!(matches!(&refused, AppendError::Io(error) if error.kind() == io::ErrorKind::StorageFull), "{refused}");
        assert_eq!(partition.bounds(), before);
        assert_eq!(partition.append(vec!["second".into()]).await.unwrap(), 1..2);
        log.close().await;
        let (log, partition) = open(dir.path(), 1 << 30, Environment::system());
        assert_eq!(all_values(&partition), ["first", "second"], "failed after {bytes} bytes");
        log.close().await;
    }
}

#[tokio::test]
async fn after_a_failed_sync_the_partition_goes_on_in_a_new_file() {
    for fault in [SyncFault::Refused, SyncFault::DoneButReportedFailed] {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
        partition.append(vec!["first".into()]).await.unwrap();
        disk.fail(Faults { sync: Some(fault), ..NONE });
        assert!(matches!(partition.append(vec!["unknown".into()]).await, Err(AppendError::Io(_))));
        assert_eq!(all_values(&partition), ["first"], "what may not be durable cannot be read");
        disk.fail(Faults { create: true, ..NONE });
        assert!(matches!(partition.append(vec!["refused".into()]).await, Err(AppendError::Io(_))));
        assert_eq!(partition.append(vec!["second".into()]).await.unwrap(), 1..2);
        assert_eq!(std::fs::read_dir(dir.path().join("topics/events/0")).unwrap().count(), 2);
        log.close().await;
        let (log, partition) = open(dir.path(), 1 << 30, Environment::system());
        assert_eq!(all_values(&partition), ["first", "second"]);
        log.close().await;
    }
}

#[tokio::test]
async fn a_write_that_cannot_be_taken_back_is_out_of_reach_in_the_file_that_it_was_left_in() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
    partition.append(vec!["first".into()]).await.unwrap();
    disk.fail(Faults { write_after: Some(10), set_length: true, ..NONE });
    assert!(matches!(partition.append(vec!["lost".into()]).await, Err(AppendError::Io(_))));
    assert_eq!(partition.append(vec!["second".into()]).await.unwrap(), 1..2);
    assert_eq!(all_values(&partition), ["first", "second"]);
    log.close().await;
    let (_log, partition) = open(dir.path(), 1 << 30, Environment::system());
    assert_eq!(all_values(&partition), ["first", "second"]);
}

#[tokio::test]
async fn a_segment_that_cannot_be_created_refuses_the_append_and_is_tried_again() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (_log, partition) = open(dir.path(), 200, disk.environment());
    partition.append(vec![value(0, 80)]).await.unwrap();
    disk.fail(Faults { create: true, ..NONE });
    assert!(matches!(partition.append(vec![value(1, 80)]).await, Err(AppendError::Io(_))));
    assert_eq!(partition.append(vec![value(2, 80)]).await.unwrap(), 1..2);
    assert_eq!(all_values(&partition), [value(0, 80), value(2, 80)]);
}

#[tokio::test]
async fn positions_recover_from_failed_writes_by_writing_the_file_anew() {
    let faults = [
        Faults { write_after: Some(0), ..NONE },
        Faults { write_after: Some(20), ..NONE },
        Faults { write_after: Some(usize::MAX), ..NONE },
        Faults { sync: Some(SyncFault::Refused), ..NONE },
        Faults { sync: Some(SyncFault::DoneButReportedFailed), ..NONE },
    ];
    for fault in faults {
        let dir = tempfile::tempdir().unwrap();
        let disk = FaultyDisk::default();
        let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
        partition.append((0..9).map(|name| value(name, 1)).collect()).await.unwrap();
        log.commit("steady", &partition, 3).unwrap();
        log.commit("moved", &partition, 1).unwrap();
        disk.fail(fault);
        log.commit("moved", &partition, 2).unwrap_err();
        assert_eq!(log.committed("moved", &partition).unwrap(), Some(1), "a commit that failed does not count");
        disk.fail(Faults { create: true, ..NONE });
        log.commit("moved", &partition, 3).unwrap_err();
        log.commit("moved", &partition, 4).unwrap();
        log.commit("late", &partition, 5).unwrap();
        log.close().await;
        let (log, partition) = open(dir.path(), 1 << 30, Environment::system());
        let committed = ["steady", "moved", "late"].map(|group| log.committed(group, &partition).unwrap());
        assert_eq!(committed, [Some(3), Some(4), Some(5)]);
        log.close().await;
    }
}

/// Whoever writes for all may fail, but the others' changes are not lost with it.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_that_succeeds_is_stored_even_when_it_was_first_tried_with_one_that_failed() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
    disk.hold_syncs();
    let groups = std::thread::scope(|scope| {
        let commit = |group: &'static str| {
            let (log, partition) = (&log, &partition);
            scope.spawn(move || (group, log.commit(group, partition, 0)))
        };
        let before = disk.syncs();
        let first = commit("first");
        while disk.syncs() == before {
            std::thread::sleep(Duration::from_millis(1));
        }
        let others = ["second", "third", "fourth"].map(commit);
        std::thread::sleep(Duration::from_millis(300));
        disk.fail(Faults { write_after: Some(7), ..NONE });
        disk.release_syncs();
        others.into_iter().chain([first]).map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    assert_eq!(groups.iter().filter(|(_, outcome)| outcome.is_err()).count(), 1);
    log.close().await;
    let (log, partition) = open(dir.path(), 1 << 30, Environment::system());
    for (group, outcome) in groups {
        assert!(outcome.is_err() || log.committed(group, &partition).unwrap() == Some(0), "{group}");
    }
}

#[tokio::test]
async fn what_is_found_on_opening_is_made_durable_before_anyone_reads_it() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (log, _) = open(dir.path(), 1 << 30, disk.environment());
    log.close().await;
    let before = disk.syncs();
    let log =
        Log::open_in(LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 }, disk.environment()).unwrap();
    assert_eq!(disk.syncs() - before, 1, "the positions");
    disk.fail(Faults { sync: Some(SyncFault::Refused), ..NONE });
    assert!(matches!(log.partition("events", 0, KEEP_ALL), Err(OpenError::Io { .. })));
    log.partition("events", 0, KEEP_ALL).unwrap();
    assert_eq!(disk.syncs() - before, 3);
    log.close().await;
}

/// Histories of appends on a disk that fails now and then. What was acknowledged is there, in order and exact; a batch
/// that was not is there whole or not at all, and only if its error says that it may be.
#[tokio::test]
async fn random_faults_lose_nothing_that_was_acknowledged() {
    for seed in 0..60 {
        let dir = tempfile::tempdir().unwrap();
        let mut history = History::new(dir.path(), seed);
        for _ in 0..60 {
            history.step().await;
        }
        history.reopen().await;
        history.log.close().await;
    }
}

struct History<'a> {
    dir: &'a Path,
    random: u64,
    disk: FaultyDisk,
    log: Log,
    partition: Partition,
    stored: Vec<Bytes>,
    /// Batches of which it is not known whether they are stored.
    unknown: Vec<Vec<Bytes>>,
    named: u64,
}

impl<'a> History<'a> {
    fn new(dir: &'a Path, seed: u64) -> Self {
        let disk = FaultyDisk::default();
        let (log, partition) = open(dir, 5_000, disk.environment());
        let random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        Self { dir, random, disk, log, partition, stored: Vec::new(), unknown: Vec::new(), named: 0 }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        self.random % bound
    }

    async fn step(&mut self) {
        let faults = self.choose_faults();
        self.disk.fail(faults);
        let batches: Vec<Vec<Bytes>> = (0..1 + self.below(4)).map(|_| self.batch()).collect();
        let appends: Vec<_> = batches
            .iter()
            .map(|batch| {
                let (partition, batch) = (self.partition.clone(), batch.clone());
                tokio::spawn(async move { partition.append(batch).await })
            })
            .collect();
        let mut answers = Vec::new();
        for append in appends {
            answers.push(append.await.unwrap());
        }
        let left = self.disk.pending();
        self.disk.fail(NONE);
        let sync_failed = faults.sync.is_some() && left.sync.is_none();
        let cut_failed = faults.set_length && !left.set_length;
        for (batch, answer) in batches.into_iter().zip(answers) {
            match answer {
                Ok(offsets) => {
                    assert_eq!(offsets.start, self.stored.len() as u64);
                    self.stored.extend(batch);
                }
                Err(AppendError::Io(_)) if sync_failed || cut_failed => self.unknown.push(batch),
                Err(AppendError::Io(_)) => {}
                Err(AppendError::Closed { .. }) => assert!(sync_failed || cut_failed),
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(all_values(&self.partition), self.stored, "what can be read is what was acknowledged");
        if sync_failed || cut_failed || self.below(10) == 0 {
            self.reopen().await;
        }
    }

    fn choose_faults(&mut self) -> Faults {
        match self.below(12) {
            0 => Faults { write_after: Some(self.below(3_000) as usize), ..NONE },
            1 => Faults { write_after: Some(usize::MAX), ..NONE },
            2 => Faults { write_after: Some(self.below(3_000) as usize), set_length: true, ..NONE },
            3 => Faults { sync: Some(SyncFault::Refused), ..NONE },
            4 => Faults { sync: Some(SyncFault::DoneButReportedFailed), ..NONE },
            5 => Faults { create: true, ..NONE },
            _ => NONE,
        }
    }

    fn batch(&mut self) -> Vec<Bytes> {
        let count = 1 + self.below(4);
        (0..count)
            .map(|_| {
                self.named += 1;
                value(self.named, self.below(800))
            })
            .collect()
    }

    async fn reopen(&mut self) {
        self.log.close().await;
        (self.log, self.partition) = open(self.dir, 5_000, self.disk.environment());
        let found = all_values(&self.partition);
        let mut possible = self.stored.clone();
        for batch in std::mem::take(&mut self.unknown) {
            if found == possible {
                break;
            }
            possible.extend(batch);
        }
        assert_eq!(found, possible, "the acknowledged records and some first ones of the unknown batches");
        self.stored = found;
    }
}
