//! Random histories on a disk that fails and forgets, against a model of what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use bytes::Bytes;

use super::KEEP_ALL;
use super::simulated_disk::SimulatedDisk;
use crate::embedded::Environment;
use crate::{AppendError, Log, LogOptions, Offset, OpenError, Partition, ReadError, ReadLimit};

/// Set to run as many histories as an hour has time for, from a seed of the clock's.
const LONG: &str = "PRIMEDATA_TEST_LONG";
/// Set to the seed of a history to run that one alone.
const SEED: &str = "PRIMEDATA_TEST_SEED";
const HISTORIES: u64 = 150;
const HISTORIES_LONG: u64 = 100_000;
const STEPS: u64 = 40;
const GROUPS: [&str; 3] = ["archive", "destination/a", "destination/b"];

#[tokio::test]
async fn what_was_acknowledged_survives_crashes_and_faults_and_what_was_not_is_whole_or_absent() {
    let seed = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a seed is a number"));
    let (first, histories) = match (seed, std::env::var_os(LONG)) {
        (Some(seed), _) => (seed, 1),
        (None, Some(_)) => ((Environment::system().now_ms)() as u64, HISTORIES_LONG),
        (None, None) => (0, HISTORIES),
    };
    for seed in first..first + histories {
        let mut history = History::new(seed).await;
        for _ in 0..STEPS {
            history.step().await;
        }
        history.disk.calm_down();
        history.reopen(Ending::Crash).await;
        history.log.close().await;
    }
}

#[tokio::test]
async fn a_disk_that_cannot_be_written_to_is_refused_with_the_file_that_failed() {
    let disk = SimulatedDisk::new(1);
    let (log, _partition) = open(&disk).unwrap();
    log.close().await;
    disk.set_read_only();
    let error = open(&disk).map(|_| ()).unwrap_err();
    let OpenError::Io { path, source } = &error else { panic!("{error:?}") };
    assert_eq!(source.kind(), std::io::ErrorKind::ReadOnlyFilesystem);
    assert_eq!(error.to_string(), format!("cannot use {}", path.display()));
    assert_eq!(path, &PathBuf::from("/log/lock"));
}

fn open(disk: &SimulatedDisk) -> Result<(Log, Partition), OpenError> {
    let options = LogOptions { dir: "/log".into(), segment_bytes_max: 6_000 };
    let log = Log::open_in(options, disk.environment())?;
    let partition = log.partition("events", 0, KEEP_ALL)?;
    Ok((log, partition))
}

/// How a run of the program ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Close,
    Kill,
    Crash,
}

struct History {
    seed: u64,
    random: u64,
    disk: SimulatedDisk,
    log: Log,
    partition: Partition,
    /// Every value that was acknowledged or found; its place is its offset.
    stored: Vec<Bytes>,
    /// Batches tried since, of which any run may be found stored after those.
    unknown: Vec<Vec<Bytes>>,
    trimmed: Offset,
    /// What each group may be found to have committed: one thing if the last commit succeeded.
    committed: BTreeMap<&'static str, BTreeSet<Option<Offset>>>,
    named: u64,
}

impl History {
    async fn new(seed: u64) -> Self {
        let disk = SimulatedDisk::new(seed);
        let (log, partition) = open(&disk).expect("the first start meets no faults");
        let committed = GROUPS.map(|group| (group, BTreeSet::from([None]))).into();
        let random = seed.wrapping_mul(0xd134_2543_de82_ef95) | 1;
        Self {
            seed,
            random,
            disk,
            log,
            partition,
            stored: Vec::new(),
            unknown: Vec::new(),
            trimmed: 0,
            committed,
            named: 0,
        }
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 11) % bound
    }

    async fn step(&mut self) {
        let per_mille = [0, 0, 20, 150][self.below(4) as usize];
        self.disk.fail(per_mille);
        if self.below(10) == 0 {
            let acts = self.below(8);
            self.disk.stop_after(acts);
        }
        match self.below(12) {
            0..6 => self.append().await,
            6..8 => self.commit(),
            8 => self.forget(),
            9 => self.trim(),
            10 => self.read(),
            _ => self.disk.stop_after(0),
        }
        if self.disk.is_stopped() {
            let ending = if self.below(3) == 0 { Ending::Kill } else { Ending::Crash };
            self.reopen(ending).await;
        } else if self.below(20) == 0 {
            self.reopen(Ending::Close).await;
        }
    }

    /// One batch, and others that wait while it is written: they share the next commit.
    async fn append(&mut self) {
        let batches: Vec<Vec<Bytes>> = (0..1 + self.below(4)).map(|_| self.batch()).collect();
        let send = |batch: &Vec<Bytes>| {
            let (partition, batch) = (self.partition.clone(), batch.clone());
            tokio::spawn(async move { partition.append(batch).await })
        };
        self.disk.hold();
        let mut sent = vec![send(&batches[0])];
        while !self.disk.is_waited_for() && !sent[0].is_finished() {
            tokio::task::yield_now().await;
        }
        sent.extend(batches[1..].iter().map(send));
        // On this runtime all tasks that are ready run before this one does so again.
        tokio::task::yield_now().await;
        self.disk.release();
        for (batch, answer) in batches.into_iter().zip(sent) {
            match answer.await.unwrap() {
                Ok(offsets) => {
                    assert_eq!(offsets.start, self.stored.len() as u64, "seed {}", self.seed);
                    self.stored.extend(batch);
                    self.unknown.clear();
                }
                Err(AppendError::Io(_)) => self.unknown.push(batch),
                Err(AppendError::Closed { .. }) => {}
                Err(other) => panic!("seed {}: {other}", self.seed),
            }
        }
        assert_eq!(self.partition.bounds().end, self.stored.len() as u64, "seed {}", self.seed);
    }

    fn batch(&mut self) -> Vec<Bytes> {
        (0..1 + self.below(4)).map(|_| self.value()).collect()
    }

    /// Every value tells which it is. Half of them shrink; some fill blocks, and segments, of their own.
    fn value(&mut self) -> Bytes {
        self.named += 1;
        let length = [30, 600, 3_000][self.below(3) as usize];
        let (length, name) = (self.below(length) as usize, self.named);
        if self.below(2) == 0 {
            return format!("{name:08}{}", "text ".repeat(length / 5)).into();
        }
        let noise = std::iter::repeat_with(|| self.below(256) as u8).take(length);
        let noise: Vec<u8> = name.to_le_bytes().into_iter().chain(noise).collect();
        noise.into()
    }

    fn commit(&mut self) {
        let group = GROUPS[self.below(3) as usize];
        let next = self.below(self.stored.len() as u64 + 1);
        let outcome = self.log.commit(group, &self.partition, next);
        self.note(group, Some(next), outcome.is_ok());
    }

    fn forget(&mut self) {
        let group = GROUPS[self.below(3) as usize];
        let outcome = self.log.forget(group);
        self.note(group, None, outcome.is_ok());
    }

    fn note(&mut self, group: &'static str, position: Option<Offset>, succeeded: bool) {
        let possible = self.committed.get_mut(group).expect("all groups are there");
        if succeeded {
            possible.clear();
        }
        possible.insert(position);
    }

    fn trim(&mut self) {
        let before = self.below(self.stored.len() as u64 + 1);
        self.trimmed = self.trimmed.max(before);
        let _ = self.partition.trim(before);
        assert!(self.partition.bounds().start <= self.trimmed, "seed {}", self.seed);
    }

    /// A record that can be read is the one that was appended.
    fn read(&mut self) {
        let bounds = self.partition.bounds();
        let from = bounds.start + self.below(bounds.end - bounds.start + 1);
        let limit = ReadLimit { bytes_max: self.below(20_000) as usize, records_max: 1 + self.below(20) as usize };
        match self.partition.read(from, limit) {
            Ok(records) => {
                let read: Vec<&Bytes> = records.iter().map(|record| &record.value).collect();
                let expected = &self.stored[from as usize..from as usize + read.len()];
                assert!(expected.iter().eq(read), "seed {}: read from {from}", self.seed);
            }
            Err(ReadError::Io { .. }) => {}
            Err(other) => panic!("seed {}: {other}", self.seed),
        }
    }

    async fn reopen(&mut self, ending: Ending) {
        if ending != Ending::Close {
            self.disk.stop_after(0);
        }
        self.log.close().await;
        match ending {
            Ending::Close => {}
            Ending::Kill => self.disk.restart_program(),
            Ending::Crash => self.disk.restart_machine(),
        }
        (self.log, self.partition) = self.open_again().await;
        self.check(ending);
    }

    /// Opening may fail as any act may, and stop half-way. Tried again it succeeds, and never speaks of damage.
    async fn open_again(&mut self) -> (Log, Partition) {
        for _ in 0..self.below(3) {
            let acts = self.below(12);
            self.disk.stop_after(acts);
            match open(&self.disk) {
                Ok((log, _)) => log.close().await,
                Err(OpenError::Io { .. }) => {}
                Err(other) => panic!("seed {}: {other}", self.seed),
            }
            if self.below(2) == 0 { self.disk.restart_machine() } else { self.disk.restart_program() }
        }
        self.disk.calm_down();
        open(&self.disk).unwrap_or_else(|error| panic!("seed {}: {error}", self.seed))
    }

    fn check(&mut self, ending: Ending) {
        let seed = self.seed;
        let bounds = self.partition.bounds();
        assert!(bounds.start <= self.trimmed, "seed {seed}: trimmed before {}, found {bounds:?}", self.trimmed);
        let mut found: Vec<Bytes> = Vec::new();
        while bounds.start + (found.len() as u64) < bounds.end {
            let limit = ReadLimit { bytes_max: 50_000, records_max: usize::MAX };
            let read = self.partition.read(bounds.start + found.len() as u64, limit);
            let records = read.unwrap_or_else(|error| panic!("seed {seed}, {ending:?}: {error}"));
            found.extend(records.into_iter().map(|record| record.value));
        }
        let kept = &self.stored[(bounds.start as usize).min(self.stored.len())..];
        assert!(found.len() >= kept.len(), "seed {seed}, {ending:?}: {} of {} records", found.len(), kept.len());
        assert!(found[..kept.len()] == *kept, "seed {seed}, {ending:?}: another record than was acknowledged");
        let more = found[kept.len()..].to_vec();
        assert!(self.is_run_of_unknown(&more), "seed {seed}, {ending:?}: a batch in part, or never sent");
        self.stored.extend(more);
        self.unknown.clear();
        for (group, possible) in &mut self.committed {
            let found = self.log.committed(group, &self.partition).unwrap();
            assert!(possible.contains(&found), "seed {seed}, {ending:?}: {group} at {found:?}, not {possible:?}");
            *possible = BTreeSet::from([found]);
        }
    }

    /// Whether these are the values of batches that were tried one after the other, all of each.
    fn is_run_of_unknown(&self, values: &[Bytes]) -> bool {
        let runs_from = |first: usize| {
            let mut rest = values;
            for batch in &self.unknown[first..] {
                if rest.is_empty() {
                    break;
                }
                match rest.strip_prefix(&batch[..]) {
                    Some(after) => rest = after,
                    None => return false,
                }
            }
            rest.is_empty()
        };
        values.is_empty() || (0..self.unknown.len()).any(runs_from)
    }
}
