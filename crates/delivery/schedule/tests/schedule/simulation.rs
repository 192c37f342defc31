//! 10,000 queues of a hundred endpoints that are slow, gone, limited, or well, in virtual time, by seed.

use std::collections::{BTreeMap, HashMap};

use prime_schedule::{
    DestinationId, DestinationOptions, Offered, Options, Outcome, QueueName, Schedule, Send, Settlement,
};

use crate::house::{P, Random, offer, ordered};

const ENDPOINTS: usize = 100;
const QUEUES_EACH: u64 = 100;

struct Endpoint {
    latency_ms: u64,
    /// Unwell from and to.
    outage_ms: (u64, u64),
    poison_percent: u64,
    batch_max: u16,
    ordered: bool,
    offered: u64,
    finished: HashMap<u64, bool>,
}

fn endpoint(random: &mut Random) -> Endpoint {
    let begin_ms = random.below(60_000);
    let outage_ms = if random.percent(30) { (begin_ms, begin_ms + random.below(120_000)) } else { (0, 0) };
    Endpoint {
        latency_ms: if random.percent(10) { 5_000 } else { 5 + random.below(200) },
        outage_ms,
        poison_percent: if random.percent(20) { 2 } else { 0 },
        batch_max: if random.percent(30) { 50 } else { 1 },
        ordered: random.percent(30),
        offered: 0,
        finished: HashMap::new(),
    }
}

/// What an endpoint makes of a request.
fn answer(endpoint: &mut Endpoint, send: &Send, now_ms: u64, random: &mut Random) -> Option<Vec<Outcome>> {
    let (begin_ms, end_ms) = endpoint.outage_ms;
    if (begin_ms..end_ms).contains(&now_ms) {
        return Some(vec![Outcome::Retry; send.jobs.len()]);
    }
    let poison = |offset: u64| offset % 100 < endpoint.poison_percent;
    if send.jobs.len() > 1 && send.jobs.iter().any(|job| poison(job.offset)) && random.percent(50) {
        return None;
    }
    let outcomes = send.jobs.iter().map(|job| {
        if random.percent(2) {
            return Outcome::Retry;
        }
        let first = endpoint.finished.insert(job.offset, true).is_none();
        assert!(first, "{} was finished twice", job.offset);
        if poison(job.offset) { Outcome::Failed } else { Outcome::Delivered }
    });
    Some(outcomes.collect())
}

fn simulate(seed: u64, seconds: u64) -> u64 {
    let mut random = Random::new(seed);
    let mut schedule = Schedule::new(Options { jobs_max: 30_000, in_flight_max: 1_024, ..Options::default() }, seed);
    let mut endpoints: Vec<_> = (0..ENDPOINTS).map(|_| endpoint(&mut random)).collect();
    let ids: Vec<DestinationId> = endpoints
        .iter()
        .map(|endpoint| {
            let options = DestinationOptions { batch_max: endpoint.batch_max, ..DestinationOptions::default() };
            schedule.add_destination(options, 0.0)
        })
        .collect();
    let mut in_flight: BTreeMap<(u64, u64), Send> = BTreeMap::new();
    let (mut now_ms, mut sent) = (1, 0);
    loop {
        now_ms += 10;
        while let Some(entry) = in_flight.first_entry()
            && entry.key().0 <= now_ms
        {
            let send = entry.remove();
            let place = ids.iter().position(|&id| id == send.destination).unwrap();
            match answer(&mut endpoints[place], &send, now_ms, &mut random) {
                Some(outcomes) => schedule.settle(now_ms, send, Settlement::Each(&outcomes)),
                None => schedule.settle(now_ms, send, Settlement::Refused),
            }
        }
        if now_ms < seconds * 1_000 {
            for _ in 0..20 {
                let place = random.below(ENDPOINTS as u64) as usize;
                let offset = endpoints[place].offered;
                endpoints[place].offered += 1;
                let _ = schedule.offer(now_ms, offer(ids[place], offset, queue(&endpoints[place], offset)));
            }
        }
        for _ in 0..4 {
            let Some(read) = schedule.next_read() else { break };
            let place = ids.iter().position(|&id| id == read.destination).unwrap();
            for offset in read.offsets {
                let offered = schedule.offer(now_ms, offer(ids[place], offset, queue(&endpoints[place], offset)));
                if offered == Offered::Later {
                    break;
                }
            }
        }
        while let Some(send) = schedule.next_send(now_ms) {
            sent += 1;
            let place = ids.iter().position(|&id| id == send.destination).unwrap();
            in_flight.insert((now_ms + endpoints[place].latency_ms, sent), send);
        }
        assert!(in_flight.len() <= 1_024);
        let done = |(place, endpoint): (usize, &Endpoint)| schedule.low_water(ids[place], P) == endpoint.offered;
        if now_ms > seconds * 1_000 && now_ms % 1_000 < 10 && endpoints.iter().enumerate().all(done) {
            break;
        }
        assert!(now_ms < 4 * 3_600_000, "seed {seed} does not come to an end");
    }
    let mut offered = 0;
    for (id, endpoint) in ids.iter().zip(&endpoints) {
        let counters = schedule.counters(*id);
        assert!(counters.add_up());
        assert_eq!(counters.delivered + counters.failed, endpoint.offered, "seed {seed}");
        assert_eq!(endpoint.finished.len() as u64, endpoint.offered, "seed {seed}");
        offered += endpoint.offered;
    }
    assert_eq!(schedule.queues(), 0);
    offered
}

fn queue(endpoint: &Endpoint, offset: u64) -> QueueName {
    let number = offset.wrapping_mul(0x9e37_79b9) % QUEUES_EACH;
    if endpoint.ordered { ordered(0, number) } else { QueueName::group(number as u32) }
}

#[test]
fn every_job_of_ten_thousand_queues_is_finished_once_whatever_the_endpoints_do() {
    let long = std::env::var_os("PRIMEDATA_TEST_LONG").is_some();
    for seed in 0..if long { 100 } else { 2 } {
        assert!(simulate(seed, if long { 200 } else { 60 }) > 100_000);
    }
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let run = || {
        let mut schedule = Schedule::new(Options::default(), 9);
        let id = schedule.add_destination(DestinationOptions::default(), 0.0);
        let mut random = Random::new(9);
        let mut attempts = Vec::new();
        for offset in 0..200 {
            let _ = schedule.offer(1, offer(id, offset, QueueName::group(offset as u32 % 7)));
        }
        for now_ms in 1..20_000 {
            while let Some(send) = schedule.next_send(now_ms) {
                attempts.push((now_ms, send.jobs[0].offset));
                let outcome = if random.percent(40) { Outcome::Retry } else { Outcome::Delivered };
                schedule.settle(now_ms, send, Settlement::All(outcome));
            }
        }
        attempts
    };
    assert_eq!(run(), run());
}
