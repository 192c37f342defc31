use std::collections::HashMap;

use prime_schedule::{DestinationOptions, Outcome, Settlement};

use crate::house::{Random, offer, options, ordered, schedule, take};

#[test]
fn a_failing_job_holds_back_its_own_key_and_no_other() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    for offset in 0..10 {
        take(&mut schedule, 1, offer(id, offset, ordered(0, offset % 2)));
    }
    let mut sent = Vec::new();
    while let Some(send) = schedule.next_send(1) {
        let offset = send.jobs[0].offset;
        sent.push(offset);
        let outcome = if offset == 2 { Outcome::Retry } else { Outcome::Delivered };
        schedule.settle(1, send, Settlement::All(outcome));
    }
    sent.sort_unstable();
    assert_eq!(sent, [0, 1, 2, 3, 5, 7, 9]);
    let mut later = Vec::new();
    while let Some(send) = schedule.next_send(10_000) {
        later.push(send.jobs[0].offset);
        schedule.settle(10_000, send, Settlement::All(Outcome::Delivered));
    }
    assert_eq!(later, [2, 4, 6, 8]);
}

#[test]
fn jobs_of_one_key_are_finished_in_their_order_whatever_happens() {
    for seed in 0..60 {
        let mut random = Random::new(seed);
        let mut schedule = schedule(seed);
        let batch_max = 1 + random.below(6) as u16;
        let id = schedule.add_destination(DestinationOptions { batch_max, ..options() }, 0.0);
        let keys = 1 + random.below(12);
        let mut key_of = Vec::new();
        let mut finished: HashMap<u64, Vec<u64>> = HashMap::new();
        let mut in_flight = Vec::new();
        let mut now_ms = 1;
        while key_of.len() < 400 || schedule.counters(id).waiting > 0 || !in_flight.is_empty() {
            now_ms += random.below(3_000);
            if key_of.len() < 400 {
                let key = random.below(keys);
                take(&mut schedule, now_ms, offer(id, key_of.len() as u64, ordered(0, key)));
                key_of.push(key);
            }
            while let Some(send) = schedule.next_send(now_ms) {
                in_flight.push(send);
            }
            let keys_out: Vec<_> =
                in_flight.iter().flat_map(|send| &send.jobs).map(|job| key_of[job.offset as usize]).collect();
            let mut distinct = keys_out.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), keys_out.len(), "seed {seed}: two of one key in flight");
            if !in_flight.is_empty() {
                let send = in_flight.swap_remove(random.below(in_flight.len() as u64) as usize);
                if random.percent(10) && send.jobs.len() > 1 {
                    schedule.settle(now_ms, send, Settlement::Refused);
                    continue;
                }
                let outcomes: Vec<_> = send
                    .jobs
                    .iter()
                    .map(|job| {
                        if random.percent(30) {
                            return Outcome::Retry;
                        }
                        finished.entry(key_of[job.offset as usize]).or_default().push(job.offset);
                        if random.percent(80) { Outcome::Delivered } else { Outcome::Failed }
                    })
                    .collect();
                schedule.settle(now_ms, send, Settlement::Each(&outcomes));
            }
        }
        assert_eq!(finished.values().map(Vec::len).sum::<usize>(), 400, "seed {seed}");
        assert!(finished.values().all(|offsets| offsets.is_sorted()), "seed {seed}: {finished:?}");
    }
}
