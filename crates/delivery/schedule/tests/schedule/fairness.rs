use prime_schedule::{DestinationOptions, Outcome, QueueName, Settlement};

use crate::house::{Random, offer, options, schedule, take};

/// How far apart shares were at worst: requests by weight, of any two that all have work.
fn spread(served: &[u64], weights: &[u64]) -> f64 {
    let shares = || served.iter().zip(weights).map(|(&served, &weight)| served as f64 / weight as f64);
    shares().fold(f64::MIN, f64::max) - shares().fold(f64::MAX, f64::min)
}

#[test]
fn destinations_that_have_work_are_never_more_than_one_turn_apart() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut schedule = schedule(seed);
        let weights: Vec<_> = (0..6).map(|_| 1 + random.below(7)).collect();
        let ids: Vec<_> = weights
            .iter()
            .map(|&weight| schedule.add_destination(DestinationOptions { weight: weight as u16, ..options() }, 0.0))
            .collect();
        for offset in 0..2_000 {
            for &id in &ids {
                take(&mut schedule, 1, offer(id, offset, QueueName::group(random.below(5) as u32)));
            }
        }
        let mut served = vec![0; ids.len()];
        for _ in 0..2_000 {
            let send = schedule.next_send(1).expect("all have work");
            served[ids.iter().position(|&id| id == send.destination).unwrap()] += 1;
            assert!(spread(&served, &weights) <= 1.0, "seed {seed}: {served:?} of {weights:?}");
            schedule.settle(1, send, Settlement::All(Outcome::Delivered));
        }
    }
}

#[test]
fn queues_of_a_destination_are_never_more_than_one_turn_apart() {
    for seed in 0..20 {
        let mut random = Random::new(seed);
        let mut schedule = schedule(seed);
        let batch_max = 1 + random.below(20);
        let id = schedule.add_destination(DestinationOptions { batch_max: batch_max as u16, ..options() }, 0.0);
        let weights: Vec<_> = (0..5).map(|_| 1 + random.below(4)).collect();
        let mut groups = Vec::new();
        // The first queue alone, far ahead of the others, as a customer who sends a burst.
        for offset in 0..50_000_u64 {
            let group = if offset < 10_000 { 0 } else { random.below(5) as usize };
            let queue = QueueName { weight: weights[group] as u8, ..QueueName::group(group as u32) };
            take(&mut schedule, 1, offer(id, offset, queue));
            groups.push(group);
        }
        let mut served = [0; 5];
        for _ in 0..500 {
            let send = schedule.next_send(1).expect("all have work");
            for job in &send.jobs {
                served[groups[job.offset as usize]] += 1;
            }
            let turns = spread(&served, &weights) / batch_max as f64;
            assert!(turns <= 1.0, "seed {seed}: {served:?} of {weights:?} in batches of {batch_max}");
            schedule.settle(1, send, Settlement::All(Outcome::Delivered));
        }
    }
}

#[test]
fn fresh_jobs_go_before_retries_and_every_fifth_request_is_a_retry() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    for offset in 0..500 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    for failing in 0..8 {
        let send = schedule.next_send(1).unwrap();
        assert_eq!(send.jobs[0].offset, failing);
        schedule.settle(1, send, Settlement::All(Outcome::Retry));
    }
    // All eight are due; the first of them was taken after four fresh ones.
    let mut attempts = Vec::new();
    for _ in 0..40 {
        let send = schedule.next_send(5_000).unwrap();
        attempts.push(send.jobs[0].attempt);
        schedule.settle(5_000, send, Settlement::All(Outcome::Delivered));
    }
    let retries: Vec<_> = (0..40).filter(|&place| attempts[place] == 2).collect();
    assert_eq!(retries.len(), 8);
    assert!(retries.windows(2).all(|pair| pair[1] - pair[0] == 5), "{retries:?}");
}

#[test]
fn a_million_queues_that_are_idle_cost_nothing() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    let quiet = schedule.memory_bytes();
    for offset in 0..1_000_000_u64 {
        take(&mut schedule, 1, offer(id, offset, crate::house::ordered(0, offset)));
        let send = schedule.next_send(1).unwrap();
        schedule.settle(1, send, Settlement::All(Outcome::Delivered));
    }
    assert_eq!(schedule.queues(), 0);
    assert!(schedule.memory_bytes() < quiet + 200_000, "{}", schedule.memory_bytes());
}
