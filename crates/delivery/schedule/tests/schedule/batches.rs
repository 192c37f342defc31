use std::collections::{HashMap, HashSet};

use prime_schedule::{DestinationOptions, Outcome, QueueName, Settlement};

use crate::house::{Random, offer, options, schedule, take};

/// Sends until nothing is left. The endpoint refuses whole batches with a poisoned job in them.
fn isolate(seed: u64, batch_max: u16, jobs: u64, poison: &HashSet<u64>, unwell_percent: u64) {
    let mut random = Random::new(seed);
    let mut schedule = schedule(seed);
    let id = schedule.add_destination(DestinationOptions { batch_max, ..options() }, 0.0);
    for offset in 0..jobs {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    let mut delivered = HashSet::new();
    let mut refusals: HashMap<u64, u32> = HashMap::new();
    let (mut requests, mut failures) = (0, 0);
    let mut now_ms = 1;
    while schedule.counters(id).waiting > 0 {
        now_ms += 50;
        while let Some(send) = schedule.next_send(now_ms) {
            assert!(send.jobs.len() <= usize::from(batch_max));
            requests += 1;
            if random.percent(unwell_percent) {
                failures += 1;
                schedule.settle(now_ms, send, Settlement::All(Outcome::Retry));
            } else if send.jobs.iter().any(|job| poison.contains(&job.offset)) {
                for job in &send.jobs {
                    *refusals.entry(job.offset).or_default() += 1;
                }
                schedule.settle(now_ms, send, Settlement::Refused);
            } else {
                for job in &send.jobs {
                    assert!(delivered.insert(job.offset), "seed {seed}: {} was delivered twice", job.offset);
                }
                schedule.settle(now_ms, send, Settlement::All(Outcome::Delivered));
            }
        }
    }
    let counters = schedule.counters(id);
    assert!(counters.add_up(), "{counters:?}");
    assert_eq!((counters.failed, counters.delivered), (poison.len() as u64, jobs - poison.len() as u64));
    // One refusal for each halving, and the last one alone.
    let steps = u32::from(batch_max).next_power_of_two().trailing_zeros() + 1;
    assert!(refusals.values().all(|&count| count <= steps), "seed {seed}: {refusals:?} of {steps}");
    if unwell_percent == 0 {
        let plain = jobs.div_ceil(u64::from(batch_max));
        let most = plain + poison.len() as u64 * 2 * u64::from(steps) + 1;
        assert!(requests <= most, "seed {seed}: {requests} requests of {most}, {failures} failed");
    }
}

#[test]
fn a_poisoned_job_is_alone_after_as_many_refusals_as_a_batch_has_bits() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let batch_max = 2 + random.below(1_000) as u16;
        let jobs = 1 + random.below(3_000);
        let poison = HashSet::from([random.below(jobs)]);
        isolate(seed, batch_max, jobs, &poison, 0);
    }
}

#[test]
fn several_poisoned_jobs_in_one_batch_are_each_found_and_nothing_is_delivered_twice() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let poison = (0..1 + random.below(6)).map(|_| random.below(500)).collect();
        isolate(seed, 200, 500, &poison, 0);
    }
}

#[test]
fn halving_goes_on_where_it_was_when_the_endpoint_fails_in_between() {
    for seed in 0..40 {
        let mut random = Random::new(seed);
        let poison = (0..1 + random.below(3)).map(|_| random.below(300)).collect();
        isolate(seed, 100, 300, &poison, 30);
    }
}

#[test]
fn a_batch_never_mixes_groups() {
    let mut random = Random::new(3);
    let mut schedule = schedule(3);
    let id = schedule.add_destination(DestinationOptions { batch_max: 50, ..options() }, 0.0);
    let groups: Vec<_> = (0..3_000).map(|_| random.below(7) as u32).collect();
    for (offset, &group) in groups.iter().enumerate() {
        take(&mut schedule, 1, offer(id, offset as u64, QueueName::group(group)));
    }
    let mut now_ms = 1;
    while schedule.counters(id).waiting > 0 {
        now_ms += 100;
        while let Some(send) = schedule.next_send(now_ms) {
            let group = groups[send.jobs[0].offset as usize];
            assert!(send.jobs.iter().all(|job| groups[job.offset as usize] == group));
            let outcomes: Vec<_> = send
                .jobs
                .iter()
                .map(|_| if random.percent(10) { Outcome::Retry } else { Outcome::Delivered })
                .collect();
            schedule.settle(now_ms, send, Settlement::Each(&outcomes));
        }
    }
    assert_eq!(schedule.counters(id).delivered, 3_000);
}

#[test]
fn items_without_an_outcome_are_tried_again() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(DestinationOptions { batch_max: 3, ..options() }, 0.0);
    for offset in 0..3 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    let send = schedule.next_send(1).unwrap();
    schedule.settle(1, send, Settlement::Each(&[Outcome::Delivered]));
    let send = schedule.next_send(10_000).unwrap();
    assert_eq!(send.jobs.iter().map(|job| job.offset).collect::<HashSet<_>>(), HashSet::from([1, 2]));
    schedule.settle(10_000, send, Settlement::All(Outcome::Delivered));
}
