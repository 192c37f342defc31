//! Random histories of one partition and two groups against a list in memory.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::support::{Random, fresh_with, plain_value, read_from, reopened, unbounded, value, values};
use super::{Harness, Instance};
use crate::{Offset, Partition, ReadError, ReadLimit};

const STEPS: u64 = 150;

pub(super) async fn every_history_reads_as_a_list_would(harness: &dyn Harness) {
    for seed in 0..harness.capabilities().histories {
        let mut history = History::new(harness, seed).await;
        for _ in 0..STEPS {
            history.step().await;
        }
        history.check_all();
        history.instance.log().close().await;
    }
}

struct History<'a> {
    harness: &'a dyn Harness,
    random: Random,
    instance: Box<dyn Instance>,
    partition: Partition,
    /// Every value ever appended.
    appended: BTreeMap<Offset, Bytes>,
    named: u64,
    end: Offset,
    trimmed: Offset,
    start: Offset,
    committed: BTreeMap<&'static str, Offset>,
    seed: u64,
}

impl<'a> History<'a> {
    async fn new(harness: &'a dyn Harness, seed: u64) -> Self {
        let mut random = Random(seed);
        let (instance, partition) = fresh_with(harness, 100 + random.below(30_000), unbounded()).await;
        let bounds = partition.bounds();
        Self {
            harness,
            random,
            instance,
            partition,
            appended: BTreeMap::new(),
            named: 0,
            end: bounds.end,
            trimmed: bounds.start,
            start: bounds.start,
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
            _ => self.instance.log().maintain(i64::MAX).unwrap(),
        }
        self.check_bounds();
    }

    async fn append(&mut self) {
        let count = self.random.below(6);
        let longest = [10, 500, 5_000, 200_000][self.random.below(4) as usize];
        let batch: Vec<_> = (0..count).map(|_| self.value(longest)).collect();
        let offsets = self.partition.append(batch.clone()).await.unwrap();
        assert_eq!(offsets.end - offsets.start, count, "seed {}", self.seed);
        assert!(offsets.start >= self.end, "seed {}", self.seed);
        self.end = offsets.end;
        self.appended.extend(offsets.zip(batch));
    }

    fn value(&mut self, longest: u64) -> Bytes {
        self.named += 1;
        let (plain, length) = (self.random.below(2) == 0, self.random.below(longest) as usize);
        if plain { plain_value(self.named, length) } else { value(self.named, length) }
    }

    fn read(&mut self) {
        let from = self.random.below(self.end + 2);
        let limit =
            ReadLimit { bytes_max: self.random.below(100_000) as usize, records_max: self.random.below(50) as usize };
        let seed = self.seed;
        match self.partition.read(from, limit) {
            Err(ReadError::Trimmed { start }) => assert!(from < start && start == self.start, "seed {seed}"),
            Err(ReadError::Beyond { .. }) => assert!(from > self.end, "seed {seed}"),
            Err(other) => panic!("seed {seed}: {other}"),
            Ok(records) => {
                assert!(from >= self.start && from <= self.end, "seed {seed}");
                let rest = self.appended.range(from..);
                assert_eq!(records.is_empty(), rest.clone().next().is_none(), "seed {seed}");
                assert!(records.len() <= limit.records_max.max(1), "seed {seed}");
                let bytes: usize = records.iter().map(|record| record.value.len()).sum();
                assert!(bytes <= limit.bytes_max || records.len() == 1, "seed {seed}");
                let read: Vec<_> = records.iter().map(|record| (&record.offset, &record.value)).collect();
                assert!(rest.take(read.len()).eq(read), "seed {seed}");
            }
        }
    }

    fn trim(&mut self) {
        let before = self.random.below(self.end + 2);
        self.partition.trim(before).unwrap();
        self.trimmed = self.trimmed.max(before);
    }

    fn commit(&mut self) {
        let group = ["a", "b"][self.random.below(2) as usize];
        let next = self.random.below(self.end + 1);
        self.instance.log().commit(group, &self.partition, next).unwrap();
        self.committed.insert(group, next);
    }

    fn forget(&mut self) {
        let group = ["a", "b"][self.random.below(2) as usize];
        self.instance.log().forget(group).unwrap();
        self.committed.remove(group);
    }

    async fn reopen(&mut self) {
        let partition = self.partition.clone();
        self.partition = reopened(self.harness, &mut self.instance, partition, unbounded()).await;
        self.check_all();
    }

    fn check_bounds(&mut self) {
        let bounds = self.partition.bounds();
        assert_eq!(bounds.end, self.end, "seed {}", self.seed);
        assert!(bounds.start >= self.start && bounds.start <= self.trimmed, "seed {}: {bounds:?}", self.seed);
        self.start = bounds.start;
    }

    fn check_all(&self) {
        let records = read_from(&self.partition, self.partition.bounds().start).unwrap();
        assert!(self.appended.range(self.start..).map(|(_, value)| value).eq(&values(&records)), "seed {}", self.seed);
        assert!(records.is_sorted_by_key(|record| record.appended_at_ms), "seed {}", self.seed);
        let groups: Vec<_> = self.committed.keys().map(|group| (*group).to_owned()).collect();
        let log = self.instance.log();
        assert_eq!(log.groups().unwrap(), groups, "seed {}", self.seed);
        for (group, next) in &self.committed {
            assert_eq!(log.committed(group, &self.partition).unwrap(), Some(*next), "seed {}", self.seed);
        }
    }
}
