//! Random histories in virtual time: sends, retries soon and weeks later, reordered, with another time or none, clocks
//! that are off; crashes between any two acts of the disk, failing disks, restarts. Every verdict is the model's.

use std::path::PathBuf;
use std::sync::Arc;

use super::model::{Model, Rule};
use super::random::Random;
use super::simulated_disk::SimulatedDisk;
use crate::address::Address;
use crate::background::Place;
use crate::key::{MessageKey, Secret};
use crate::sighting::{Sighting, Verdict};
use crate::upkeep::Pace;
use crate::{DedupeOptions, Deduper};

/// Set to run as many histories as minutes have time for, from another seed each time.
const LONG: &str = "PRIMEDATA_TEST_LONG";
/// Set to the seed of a history to run that one alone.
const SEED: &str = "PRIMEDATA_TEST_SEED";
const HISTORIES: u64 = 80;
const HISTORIES_LONG: u64 = 20_000;
const STEPS: u64 = 150;
const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

#[test]
fn every_verdict_is_that_of_a_naive_set_whatever_crashes() {
    for seed in seeds() {
        History::new(seed, Place::Here).run();
    }
}

#[test]
fn verdicts_do_not_depend_on_when_the_background_is_done() {
    for seed in seeds().take(HISTORIES as usize / 3) {
        History::new(seed, Place::Thread).run();
    }
}

fn seeds() -> impl Iterator<Item = u64> {
    let seed = std::env::var(SEED).ok().map(|seed| seed.parse().expect("a seed is a number"));
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    let (first, count) = match (seed, std::env::var_os(LONG)) {
        (Some(seed), _) => (seed, 1),
        (None, Some(_)) => (now as u64, HISTORIES_LONG),
        (None, None) => (0, HISTORIES),
    };
    first..first + count
}

struct History {
    seed: u64,
    place: Place,
    random: Random,
    disk: SimulatedDisk,
    rule: Rule,
    deduper: Option<Deduper>,
    /// What `events` holds.
    model: Model,
    now_ms: i64,
    /// No message that was received before will come.
    floor_ms: i64,
    next_key: u64,
    log: Vec<String>,
}

impl History {
    fn new(seed: u64, place: Place) -> Self {
        let mut random = Random::new(seed);
        let epoch_ids_max = [25, 60, 10_000][random.below(3) as usize];
        let rule = Rule { epoch_ms: 6 * HOUR, hot_ms: DAY, window_ms: 30 * DAY, epoch_ids_max };
        Self {
            seed,
            place,
            random,
            disk: SimulatedDisk::new(seed),
            rule,
            deduper: None,
            model: Model::new(rule),
            now_ms: 1_764_000_000_000,
            floor_ms: 0,
            next_key: 0,
            log: Vec::new(),
        }
    }

    fn run(&mut self) {
        self.open();
        for _ in 0..STEPS {
            self.step();
            if self.disk.is_stopped() {
                self.reopen(Ending::Crash);
            }
        }
        self.reopen(Ending::Close);
        self.compare_all();
    }

    fn open(&mut self) {
        let options = DedupeOptions {
            memory_bytes_max: 256 << 10,
            chunk_ids: 4,
            window_ms: self.rule.window_ms,
            hot_ms: self.rule.hot_ms,
            epoch_ms: self.rule.epoch_ms,
            ..DedupeOptions::new(PathBuf::from("/dedupe"), Secret([1; 16]), [2; 16])
        };
        let pace = Pace { table_every_ids: 40, table_ids_min: 8, epoch_ids_max: self.rule.epoch_ids_max as u64 };
        let (mut deduper, coverage) =
            Deduper::open_on(Arc::new(self.disk.clone()), self.place, pace, options).expect("the disk works");
        assert_eq!(coverage.holes, [], "seed {}", self.seed);
        let covered = coverage.events_below.unwrap_or_default();
        let first = (0..self.model.kept.len()).find(|place| Model::offset(*place) >= covered);
        let missing = self.model.kept[first.unwrap_or(self.model.kept.len())..].to_vec();
        let next = deduper.ids.next_chunk();
        self.log.push(format!("opened, covers {covered}, {} to replay, next chunk {next}", missing.len()));
        let mut place = self.model.kept.len() - missing.len();
        for part in missing.chunks(1 + self.random.below(20) as usize) {
            place += part.len();
            deduper.replay(part, Model::offset(place)).expect("the disk works");
        }
        self.deduper = Some(deduper);
    }

    fn step(&mut self) {
        self.disk.fail([0, 0, 0, 30, 200][self.random.below(5) as usize]);
        if self.random.one_in(12) {
            self.disk.stop_after(self.random.below(12));
        }
        match self.random.below(20) {
            0 => self.pass(),
            1 => self.maintain(),
            2 => self.reopen(Ending::Kill),
            3 => self.reopen(Ending::Crash),
            4 => self.reopen(Ending::Close),
            _ => self.round(),
        }
    }

    /// Time passes: minutes mostly, sometimes so much that all is over.
    fn pass(&mut self) {
        let ms = [HOUR, 7 * HOUR, DAY, 3 * DAY, 31 * DAY][self.random.below(5) as usize];
        self.now_ms += self.random.below(ms as u64) as i64;
    }

    fn maintain(&mut self) {
        self.floor_ms = self.now_ms;
        let _ = self.deduper.as_mut().unwrap().maintain(self.now_ms);
    }

    fn round(&mut self) {
        let mut ahead = self.model.clone();
        let durable = self.model.kept.len();
        for _ in 0..1 + self.random.below(3) {
            let batch: Vec<_> = (0..1 + self.random.below(12)).map(|_| self.message()).collect();
            self.judge(&batch, &mut ahead, durable);
            if self.random.one_in(4) {
                ahead = self.retract(&ahead, durable);
            }
        }
        match self.random.below(12) {
            // The append to `events` failed.
            0 => self.deduper.as_mut().unwrap().retract_all(),
            1 => {
                let keys: Vec<_> = ahead.kept[durable..].iter().map(|sighting| sighting.key).collect();
                self.deduper.as_mut().unwrap().retract(keys);
            }
            // It succeeded, and then the program ended.
            2 => {
                self.model = ahead;
                self.reopen(Ending::Kill);
            }
            _ => {
                self.model = ahead;
                let next = Model::offset(self.model.kept.len());
                let _ = self.deduper.as_mut().unwrap().written(next);
            }
        }
    }

    fn judge(&mut self, batch: &[Sighting], ahead: &mut Model, durable: usize) {
        let mut verdicts = Vec::new();
        self.deduper.as_mut().unwrap().judge(batch, &mut verdicts);
        assert_eq!(verdicts.len(), batch.len());
        if self.disk.is_stopped() {
            // It cannot confirm what it cannot read. What it says now is never heard.
            return;
        }
        for (sighting, verdict) in batch.iter().zip(verdicts) {
            let firsts = ahead.firsts(sighting);
            match &verdict {
                Verdict::New => {
                    let kept = ahead.places_of(sighting.key);
                    assert_eq!(firsts, [0; 0], "missed {sighting:?}, kept {kept:?} {}", self.story());
                }
                Verdict::Duplicate(first) => {
                    assert!(
                        !firsts.is_empty(),
                        "false drop of {sighting:?}, first {first:?}, kept {:?} {}",
                        ahead.places_of(sighting.key),
                        self.story()
                    );
                    let is_where = |place: &usize| match &first.events {
                        Some(events) => *place < durable && events.contains(&Model::offset(*place)),
                        None => *place >= durable,
                    };
                    let kept = ahead.places_of(sighting.key);
                    assert!(
                        firsts.iter().any(is_where),
                        "{sighting:?} {first:?} {firsts:?} {durable} {kept:?} {}",
                        self.story()
                    );
                }
            }
            if verdict == Verdict::New {
                ahead.keep(*sighting);
            }
        }
    }

    /// A later stage rejects some.
    fn retract(&mut self, ahead: &Model, durable: usize) -> Model {
        let mut left = self.model.clone();
        let mut keys = Vec::new();
        for sighting in &ahead.kept[durable..] {
            if self.random.one_in(3) { keys.push(sighting.key) } else { left.keep(*sighting) }
        }
        self.deduper.as_mut().unwrap().retract(keys);
        left
    }

    fn message(&mut self) -> Sighting {
        self.now_ms += self.random.below(10 * 60_000) as i64;
        let late = if self.random.one_in(5) { self.random.below(3 * DAY as u64) as i64 } else { 0 };
        let received_at_ms = (self.now_ms - late).max(self.floor_ms);
        let known = self.model.kept.len() as u64;
        if known > 0 && self.random.one_in(2) {
            let reach = [5, 50, known][self.random.below(3) as usize].min(known);
            let back = self.random.below(reach) + 1;
            let first = self.model.kept[(known - back) as usize];
            let address = if self.random.one_in(8) { self.address(received_at_ms) } else { first.address };
            return Sighting { key: first.key, received_at_ms, address };
        }
        self.next_key += 1;
        let key = self.key(self.next_key);
        Sighting { key, received_at_ms, address: self.address(received_at_ms) }
    }

    /// Some as keys are, some that want the same place in every table.
    fn key(&mut self, number: u64) -> MessageKey {
        let mixed = u128::from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15)) << 64
            | u128::from((number ^ 0x5bd1).wrapping_mul(0xbf58_476d_1ce4_e5b9));
        if number.is_multiple_of(4) { MessageKey(u128::from(number) << 8 | 77) } else { MessageKey(mixed) }
    }

    fn address(&mut self, received_at_ms: i64) -> Address {
        let off = self.random.below(60 * DAY as u64) as i64 - 30 * DAY;
        let timestamp = match self.random.below(8) {
            0 => return Address::Untimed,
            1 => received_at_ms + off,
            2 => received_at_ms + off / 30,
            3 => received_at_ms - self.random.below(30 * DAY as u64) as i64,
            _ => received_at_ms - self.random.below(HOUR as u64) as i64,
        };
        Address::of("m", Some(timestamp), received_at_ms, self.rule.window_ms)
    }

    fn reopen(&mut self, ending: Ending) {
        self.log.push(format!("{ending:?} at {} with {} kept", self.now_ms, self.model.kept.len()));
        let deduper = self.deduper.take().unwrap();
        match ending {
            Ending::Close => drop(deduper.close()),
            Ending::Kill | Ending::Crash => drop(deduper),
        }
        if ending == Ending::Crash {
            self.disk.crash();
        }
        self.disk.start_again();
        self.open();
    }

    /// Every message that was ever kept, once more.
    fn compare_all(&mut self) {
        let now_ms = self.now_ms;
        let all: Vec<_> = self.model.kept.iter().map(|kept| Sighting { received_at_ms: now_ms, ..*kept }).collect();
        for batch in all.chunks(10) {
            let mut ahead = self.model.clone();
            let durable = ahead.kept.len();
            self.judge(batch, &mut ahead, durable);
            self.model = ahead;
            self.deduper.as_mut().unwrap().written(Model::offset(self.model.kept.len())).expect("the disk works");
        }
    }

    fn story(&self) -> String {
        format!("({SEED}={} {:?})\n{}", self.seed, self.place, self.log.join("\n"))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Close,
    Kill,
    Crash,
}
