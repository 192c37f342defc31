use std::collections::BTreeSet;

use prime_schedule::{Outcome, QueueName, Settlement};

use crate::house::{Random, offer, options, ordered, schedule, take};

/// Halts and resumes one of two by chance while jobs come, fail and succeed.
fn go(seed: u64) {
    let mut random = Random::new(seed);
    let mut schedule = schedule(seed);
    let ids = [schedule.add_destination(options(), 0.0), schedule.add_destination(options(), 0.0)];
    let (mut is_halted, mut next, mut now_ms, mut under_way) = (false, 0, 1, Vec::new());
    let mut delivered = [BTreeSet::new(), BTreeSet::new()];
    for step in 0..2_000 {
        now_ms += random.below(40);
        let is_over = step >= 1_000;
        match random.below(6) {
            0 if !is_over => is_halted = !is_halted,
            0 => is_halted = false,
            1 | 2 if !is_over => {
                for id in ids {
                    let key = random.below(5);
                    let queue = if key == 0 { QueueName::group(0) } else { ordered(0, key) };
                    take(&mut schedule, now_ms, offer(id, next, queue));
                }
                next += 1;
            }
            3 if !under_way.is_empty() => {
                let send: prime_schedule::Send = under_way.swap_remove(random.below(under_way.len() as u64) as usize);
                let is_well = random.percent(80);
                if is_well {
                    let place = usize::from(send.destination == ids[1]);
                    assert!(delivered[place].insert(send.jobs[0].offset), "seed {seed}: delivered twice");
                }
                let outcome = if is_well { Outcome::Delivered } else { Outcome::Retry };
                schedule.settle(now_ms, send, Settlement::All(outcome));
            }
            _ => {
                while let Some(send) = schedule.next_send(now_ms) {
                    assert!(!is_halted || send.destination != ids[0], "seed {seed}: it is halted");
                    under_way.push(send);
                }
            }
        }
        if is_halted {
            schedule.halt(ids[0]);
        } else {
            schedule.resume(ids[0]);
        }
    }
    schedule.resume(ids[0]);
    while ids.iter().any(|&id| schedule.counters(id).waiting + schedule.counters(id).in_flight > 0) {
        for send in under_way.drain(..) {
            let place = usize::from(send.destination == ids[1]);
            assert!(delivered[place].insert(send.jobs[0].offset), "seed {seed}: delivered twice");
            schedule.settle(now_ms, send, Settlement::All(Outcome::Delivered));
        }
        now_ms += 100;
        under_way.extend(std::iter::from_fn(|| schedule.next_send(now_ms)));
        assert!(now_ms < 3_600_000, "seed {seed}: something stands still");
    }
    for delivered in delivered {
        assert!(delivered.into_iter().eq(0..next), "seed {seed}: not all are delivered");
    }
}

#[test]
fn nothing_is_sent_to_who_is_halted_and_all_of_it_afterwards() {
    (0..200).for_each(go);
}
