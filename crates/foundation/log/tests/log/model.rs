//! Random histories of one partition and two groups against a list in memory.

use std::collections::BTreeMap;
use std::path::Path;

use bytes::Bytes;
use prime_log::{Log, Offset, Partition, ReadError, ReadLimit};

use crate::support::{Random, open_with, read_from, unbounded, value, values};

const HISTORIES: u64 = 40;
const STEPS: u64 = 150;

#[tokio::test]
async fn every_history_reads_as_a_list_would() {
    for seed in 0..HISTORIES {
        let dir = tempfile::tempdir().unwrap();
        let mut history = History::new(dir.path(), seed);
        for _ in 0..STEPS {
            history.step().await;
        }
        history.check_all();
        history.log.close().await;
    }
}

struct History<'a> {
    dir: &'a Path,
    random: Random,
    segment_bytes_max: u64,
    log: Log,
    partition: Partition,
    /// Every value ever appended; its place is its offset.
    appended: Vec<Bytes>,
    trimmed: Offset,
    start: Offset,
    committed: BTreeMap<&'static str, Offset>,
    seed: u64,
}

impl<'a> History<'a> {
    fn new(dir: &'a Path, seed: u64) -> Self {
        let mut random = Random(seed);
        let segment_bytes_max = 100 + random.below(30_000);
        let (log, partition) = open_with(dir, segment_bytes_max, unbounded()).unwrap();
        Self {
            dir,
            random,
            segment_bytes_max,
            log,
            partition,
            appended: Vec::new(),
            trimmed: 0,
            start: 0,
            committed: BTreeMap::new(),
            seed,
        }
    }

    async fn step(&mut self) {
        match self.random.below(20) {
            0..9 => self.append().await,
            9..14 => self.read(),
            14 => self.trim(),
            15..17 => self.commit(),
            17 => self.forget(),
            18 => self.reopen().await,
            _ => self.log.maintain(i64::MAX).unwrap(),
        }
        self.check_bounds();
    }

    async fn append(&mut self) {
        let count = self.random.below(6);
        let longest = [10, 500, 5_000, 200_000][self.random.below(4) as usize];
        let first = self.appended.len() as u64;
        let batch: Vec<_> =
            (first..first + count).map(|name| value(name, self.random.below(longest) as usize)).collect();
        let offsets = self.partition.append(batch.clone()).await.unwrap();
        assert_eq!(offsets, first..first + count, "seed {}", self.seed);
        self.appended.extend(batch);
    }

    fn read(&mut self) {
        let end = self.appended.len() as u64;
        let from = self.random.below(end + 2);
        let limit =
            ReadLimit { bytes_max: self.random.below(100_000) as usize, records_max: self.random.below(50) as usize };
        let seed = self.seed;
        match self.partition.read(from, limit) {
            Err(ReadError::Trimmed { start }) => assert!(from < start && start == self.start, "seed {seed}"),
            Err(ReadError::Beyond { .. }) => assert!(from > end, "seed {seed}"),
            Err(other) => panic!("seed {seed}: {other}"),
            Ok(records) => {
                assert!(from >= self.start && from <= end, "seed {seed}");
                assert_eq!(records.is_empty(), from == end, "seed {seed}");
                assert!(records.len() <= limit.records_max.max(1), "seed {seed}");
                let bytes: usize = records.iter().map(|record| record.value.len()).sum();
                assert!(bytes <= limit.bytes_max || records.len() == 1, "seed {seed}");
                let place = from as usize;
                assert_eq!(values(&records), self.appended[place..place + records.len()], "seed {seed}");
            }
        }
    }

    fn trim(&mut self) {
        let before = self.random.below(self.appended.len() as u64 + 2);
        self.partition.trim(before).unwrap();
        self.trimmed = self.trimmed.max(before);
    }

    fn commit(&mut self) {
        let group = ["a", "b"][self.random.below(2) as usize];
        let next = self.random.below(self.appended.len() as u64 + 1);
        self.log.commit(group, &self.partition, next).unwrap();
        self.committed.insert(group, next);
    }

    fn forget(&mut self) {
        let group = ["a", "b"][self.random.below(2) as usize];
        self.log.forget(group).unwrap();
        self.committed.remove(group);
    }

    async fn reopen(&mut self) {
        self.log.close().await;
        (self.log, self.partition) = open_with(self.dir, self.segment_bytes_max, unbounded()).unwrap();
        self.check_all();
    }

    fn check_bounds(&mut self) {
        let bounds = self.partition.bounds();
        assert_eq!(bounds.end, self.appended.len() as u64, "seed {}", self.seed);
        assert!(bounds.start >= self.start && bounds.start <= self.trimmed, "seed {}: {bounds:?}", self.seed);
        self.start = bounds.start;
    }

    fn check_all(&self) {
        let records = read_from(&self.partition, self.start).unwrap();
        assert_eq!(values(&records), self.appended[self.start as usize..], "seed {}", self.seed);
        assert!(records.is_sorted_by_key(|record| record.appended_at_ms), "seed {}", self.seed);
        let groups: Vec<_> = self.committed.keys().map(|group| (*group).to_owned()).collect();
        assert_eq!(self.log.groups().unwrap(), groups, "seed {}", self.seed);
        for (group, next) in &self.committed {
            assert_eq!(self.log.committed(group, &self.partition).unwrap(), Some(*next), "seed {}", self.seed);
        }
    }
}
