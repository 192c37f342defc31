use prime_schedule::{DestinationOptions, Options, Outcome, QueueName, Schedule, Settlement};

use crate::house::{Random, offer, take};

/// 1,000 destinations; the first hangs for 30 s at each request. The others answer in 20 ms. Returns how long jobs of the
/// others waited for their turn at most.
fn longest_wait_ms(hang_ms: u64, hanging: usize) -> u64 {
    let mut random = Random::new(5);
    let mut schedule = Schedule::new(Options { in_flight_max: 512, ..Options::default() }, 5);
    let ids: Vec<_> = (0..1_000).map(|_| schedule.add_destination(DestinationOptions::default(), 0.0)).collect();
    let mut in_flight: std::collections::BTreeMap<(u64, u64), prime_schedule::Send> = Default::default();
    let mut offered_ms: Vec<Vec<u64>> = vec![Vec::new(); ids.len()];
    let (mut sent, mut longest) = (0, 0);
    for now_ms in 1..40_000 {
        while let Some(entry) = in_flight.first_entry()
            && entry.key().0 <= now_ms
        {
            let send = entry.remove();
            let hangs = ids[..hanging].contains(&send.destination) && hang_ms > 20;
            let outcome = if hangs { Outcome::Retry } else { Outcome::Delivered };
            schedule.settle(now_ms, send, Settlement::All(outcome));
        }
        for _ in 0..5 {
            let place = if random.percent(40) { random.below(hanging as u64) } else { random.below(1_000) } as usize;
            take(&mut schedule, now_ms, offer(ids[place], offered_ms[place].len() as u64, QueueName::group(0)));
            offered_ms[place].push(now_ms);
        }
        while let Some(send) = schedule.next_send(now_ms) {
            let place = ids.iter().position(|&id| id == send.destination).unwrap();
            let latency_ms = if place < hanging { hang_ms } else { 20 };
            if place >= hanging {
                longest = longest.max(now_ms - offered_ms[place][send.jobs[0].offset as usize]);
            }
            sent += 1;
            in_flight.insert((now_ms + latency_ms, sent), send);
        }
    }
    longest
}

#[test]
fn destinations_that_hang_do_not_make_others_wait() {
    let usual = longest_wait_ms(20, 1);
    assert!(longest_wait_ms(30_000, 1) <= usual + 1, "one hangs");
    assert!(longest_wait_ms(30_000, 20) <= usual + 2, "twenty hang");
}

#[test]
fn a_destination_that_hangs_holds_a_fifth_of_the_requests_in_flight_at_most() {
    let mut schedule = Schedule::new(Options { in_flight_max: 1_000, ..Options::default() }, 5);
    let id = schedule.add_destination(DestinationOptions { in_flight_max: 1_000, ..Default::default() }, 0.0);
    for offset in 0..100_000 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    // Answers well until it has learned that much may be in flight, and then not at all.
    for _ in 0..20 {
        let sends: Vec<_> = std::iter::from_fn(|| schedule.next_send(1)).collect();
        for send in sends {
            schedule.settle(1, send, Settlement::All(Outcome::Delivered));
        }
    }
    let hanging: Vec<_> = std::iter::from_fn(|| schedule.next_send(2)).collect();
    assert_eq!(hanging.len(), 200);
}

#[test]
fn a_destination_that_is_behind_leaves_room_in_memory() {
    let mut schedule = Schedule::new(Options { jobs_max: 10_000, ..Options::default() }, 5);
    let behind = schedule.add_destination(DestinationOptions::default(), 0.0);
    for offset in 0..50_000 {
        let _ = schedule.offer(1, offer(behind, offset, QueueName::group(0)));
    }
    assert_eq!(schedule.counters(behind).waiting, 5_000);
    assert_eq!(schedule.backlog(1, behind).offsets, 45_000);
    let other = schedule.add_destination(DestinationOptions::default(), 0.0);
    take(&mut schedule, 1, offer(other, 0, QueueName::group(0)));
}
