//! A driver with a store, killed at any step: everything is finished or still owed, and nothing that a commit knows to be
//! finished is sent again.

use std::collections::{BTreeMap, HashMap, HashSet};

use prime_schedule::{
    DestinationId, DestinationOptions, Exception, ExpiredJob, Offer, Offered, Options, Outcome, PartitionId, Progress,
    QueueName, Schedule, Send, Settlement,
};

use crate::house::{Random, ordered};

const DESTINATIONS: u64 = 3;
const PARTITIONS: u16 = 2;
const EVENTS: u64 = 250;

/// A destination by its number, a partition, an offset.
type Place = (u64, u16, u64);

#[derive(Default)]
struct Store {
    marks: HashMap<(u64, u16), Progress>,
    exceptions: BTreeMap<Place, Exception>,
}

struct World {
    random: Random,
    schedule: Schedule,
    ids: Vec<DestinationId>,
    now_ms: u64,
    in_flight: Vec<Send>,
    archiving: Vec<ExpiredJob>,
    store: Store,
    /// How often each was finished, as the outside sees it.
    finished: HashMap<Place, u32>,
    /// Finished since the last commit.
    unsaved: HashSet<Place>,
    /// What a crash allows to be repeated, once for each crash.
    repeatable: HashMap<Place, u32>,
    calm: bool,
}

fn options(random: &mut Random) -> Options {
    // Little room, so that most of the backlog is ranges.
    let expiry_ms = if random.percent(30) { 60_000 } else { 4 * 3_600_000 };
    Options { jobs_max: 4 + random.below(150) as u32, in_flight_max: 64, expiry_ms, ..Options::default() }
}

/// What an event is to a destination depends on the event alone.
fn queue(destination: u64, offset: u64) -> Option<QueueName> {
    match (offset * 31 + destination * 7) % 10 {
        0 => None,
        1..5 => Some(ordered(1, offset % 4)),
        rest => Some(QueueName::group(rest as u32 % 2)),
    }
}

impl World {
    fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        let (schedule, ids) = start(&mut random, &Store::default());
        Self {
            random,
            schedule,
            ids,
            now_ms: 1,
            in_flight: Vec::new(),
            archiving: Vec::new(),
            store: Store::default(),
            finished: HashMap::new(),
            unsaved: HashSet::new(),
            repeatable: HashMap::new(),
            calm: false,
        }
    }

    fn number(&self, id: DestinationId) -> u64 {
        self.ids.iter().position(|&other| other == id).unwrap() as u64
    }

    fn step(&mut self) {
        self.now_ms += self.random.below(400);
        match self.random.below(20) {
            0..6 => self.read_new(),
            6..8 => self.read_again(),
            8..12 => {
                self.in_flight.extend(self.schedule.next_send(self.now_ms));
            }
            12..17 => self.settle_one(),
            17 => self.expire(),
            18 => self.commit(),
            _ if !self.calm && self.random.percent(20) => self.crash(),
            _ => {}
        }
        for &id in &self.ids {
            let counters = self.schedule.counters(id);
            assert!(counters.add_up(), "{counters:?}");
        }
    }

    fn read_new(&mut self) {
        let (destination, partition) = (self.random.below(DESTINATIONS), self.random.below(2) as u16);
        let id = self.ids[destination as usize];
        let from = self.schedule.marks(id, PartitionId(partition)).read_to;
        for offset in from..(from + self.random.below(20)).min(EVENTS) {
            let _ = self.offer(destination, partition, offset);
        }
    }

    fn read_again(&mut self) {
        let Some(read) = self.schedule.next_read() else { return };
        let destination = self.number(read.destination);
        for offset in read.offsets.clone() {
            if self.offer(destination, read.partition.0, offset) == Offered::Later {
                return;
            }
            if self.random.percent(2) {
                return;
            }
        }
        let missing = self.schedule.reread_through(read.destination, read.partition, read.offsets.end);
        assert_eq!(missing, []);
    }

    fn offer(&mut self, destination: u64, partition: u16, offset: u64) -> Offered {
        let (id, partition) = (self.ids[destination as usize], PartitionId(partition));
        let wanted = queue(destination, offset);
        let queue = wanted.unwrap_or(QueueName::group(0));
        let offer = Offer { destination: id, partition, offset, queue, since_ms: self.now_ms };
        match wanted {
            Some(_) => self.schedule.offer(self.now_ms, offer),
            None => self.schedule.filter(self.now_ms, offer),
        }
    }

    fn settle_one(&mut self) {
        if self.in_flight.is_empty() {
            return;
        }
        let send = self.in_flight.swap_remove(self.random.below(self.in_flight.len() as u64) as usize);
        let destination = self.number(send.destination);
        if !self.calm && self.random.percent(10) && send.jobs.len() > 1 {
            self.schedule.settle(self.now_ms, send, Settlement::Refused);
            return;
        }
        let mut outcomes = Vec::new();
        for job in &send.jobs {
            let outcome = match self.random.below(10) {
                0..3 if !self.calm => Outcome::Retry,
                3 if !self.calm => Outcome::RetryAt { at_ms: self.now_ms + self.random.below(5_000) },
                4 => Outcome::Failed,
                _ => Outcome::Delivered,
            };
            if matches!(outcome, Outcome::Delivered | Outcome::Failed) {
                self.finish((destination, job.partition.0, job.offset));
            }
            outcomes.push(outcome);
        }
        self.schedule.settle(self.now_ms, send, Settlement::Each(&outcomes));
    }

    fn expire(&mut self) {
        self.archiving.extend(self.schedule.take_expired(self.now_ms));
        if self.random.percent(50)
            && let Some(expired) = self.archiving.pop()
        {
            self.finish((self.number(expired.destination), expired.job.partition.0, expired.job.offset));
            self.schedule.archived(expired);
        }
    }

    fn finish(&mut self, place: Place) {
        let count = self.finished.entry(place).or_default();
        *count += 1;
        let most = 1 + self.repeatable.get(&place).copied().unwrap_or_default();
        assert!(*count <= most, "{place:?} was finished {count} times");
        self.unsaved.insert(place);
    }

    fn commit(&mut self) {
        for change in self.schedule.take_changes() {
            let place = (self.number(change.destination), change.partition.0, change.offset);
            match change.exception {
                Some(exception) => self.store.exceptions.insert(place, exception),
                None => self.store.exceptions.remove(&place),
            };
        }
        for (destination, &id) in (0..).zip(&self.ids) {
            for partition in 0..PARTITIONS {
                let marks = self.schedule.marks(id, PartitionId(partition));
                let whole = self.schedule.progress(id, PartitionId(partition));
                let stored: Vec<_> =
                    self.store.exceptions(destination, partition).map(|stored| stored.offset).collect();
                let listed: Vec<_> = whole.exceptions.iter().map(|exception| exception.offset).collect();
                assert_eq!(stored, listed, "step by step and at once");
                assert_eq!(whole.low_water(), self.schedule.low_water(id, PartitionId(partition)));
                self.store.marks.insert((destination, partition), marks);
            }
        }
        self.unsaved.clear();
    }

    fn crash(&mut self) {
        let sends = std::mem::take(&mut self.in_flight);
        let jobs = sends.iter().flat_map(|send| send.jobs.iter().map(|job| (send.destination, *job)));
        let expired = std::mem::take(&mut self.archiving);
        let jobs = jobs.chain(expired.iter().map(|expired| (expired.destination, expired.job)));
        let in_flight: Vec<_> = jobs.map(|(id, job)| (self.number(id), job.partition.0, job.offset)).collect();
        for place in in_flight {
            // The request arrived, and nobody heard of it.
            if self.random.percent(50) {
                self.finish(place);
            }
        }
        for place in self.unsaved.drain() {
            *self.repeatable.entry(place).or_default() += 1;
        }
        (self.schedule, self.ids) = start(&mut self.random, &self.store);
    }

    /// From here on everything goes well.
    fn settle_down(&mut self) {
        self.calm = true;
        for round in 0_u64.. {
            self.now_ms += 700;
            for destination in 0..DESTINATIONS {
                for partition in 0..PARTITIONS {
                    let id = self.ids[destination as usize];
                    let from = self.schedule.marks(id, PartitionId(partition)).read_to;
                    for offset in from..EVENTS {
                        let _ = self.offer(destination, partition, offset);
                    }
                }
            }
            for _ in 0..8 {
                self.read_again();
            }
            while let Some(send) = self.schedule.next_send(self.now_ms) {
                self.in_flight.push(send);
                self.settle_one();
            }
            while !self.in_flight.is_empty() {
                self.settle_one();
            }
            for _ in 0..20 {
                self.expire();
            }
            let ids = self.ids.iter();
            let mut low = ids.flat_map(|&id| (0..PARTITIONS).map(move |partition| (id, PartitionId(partition))));
            if low.all(|(id, partition)| self.schedule.low_water(id, partition) == EVENTS) {
                return;
            }
            assert!(round < 60_000, "it does not come to an end");
        }
    }
}

impl Store {
    fn exceptions(&self, destination: u64, partition: u16) -> impl Iterator<Item = Exception> {
        let range = (destination, partition, 0)..(destination, partition, u64::MAX);
        self.exceptions.range(range).map(|(_, &exception)| exception)
    }
}

fn start(random: &mut Random, store: &Store) -> (Schedule, Vec<DestinationId>) {
    let mut schedule = Schedule::new(options(random), random.below(1 << 40));
    let batch_max = 1 + random.below(8) as u16;
    let options = DestinationOptions { batch_max, ..crate::house::options() };
    let ids: Vec<_> = (0..DESTINATIONS).map(|_| schedule.add_destination(options.clone(), 0.0)).collect();
    for (&(destination, partition), marks) in &store.marks {
        let exceptions = store.exceptions(destination, partition).collect();
        let progress = Progress { exceptions, ..marks.clone() };
        schedule.restore(ids[destination as usize], PartitionId(partition), progress);
    }
    (schedule, ids)
}

#[test]
fn every_job_is_finished_or_owed_wherever_the_driver_is_killed() {
    let seeds = if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 3_000 } else { 60 };
    let (mut crashes, mut repeated) = (0, 0);
    for seed in 0..seeds {
        let mut world = World::new(seed);
        for _ in 0..3_000 {
            world.step();
        }
        world.settle_down();
        for destination in 0..DESTINATIONS {
            for partition in 0..PARTITIONS {
                for offset in (0..EVENTS).filter(|&offset| queue(destination, offset).is_some()) {
                    let place = (destination, partition, offset);
                    assert!(world.finished.contains_key(&place), "seed {seed}: {place:?} was lost");
                }
            }
        }
        crashes += world.repeatable.len();
        repeated += world.finished.values().filter(|&&count| count > 1).count();
    }
    assert!(crashes > 100 && repeated > 100, "the histories show what they are to show: {crashes}, {repeated}");
}
