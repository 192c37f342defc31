//! The laws of the circuit, the ramp and the budget, as an endpoint sees them.

use prime_schedule::{Circuit, Outcome, QueueName, Settlement};

use crate::house::{Random, offer, options, schedule, take};

#[test]
fn while_the_circuit_is_not_closed_one_request_is_in_flight_at_most() {
    for seed in 0..30 {
        let mut random = Random::new(seed);
        let mut schedule = schedule(seed);
        let id = schedule.add_destination(options(), 0.0);
        let failing = 50 + random.below(50);
        let mut in_flight: Vec<(u64, prime_schedule::Send)> = Vec::new();
        let mut probes = 0;
        for now_ms in 1..60_000 {
            if now_ms % 5 == 0 {
                take(&mut schedule, now_ms, offer(id, now_ms, QueueName::group(0)));
            }
            let closed_before =
                matches!(schedule.backlog(now_ms, id).circuit, Circuit::Closed | Circuit::Recovering { .. });
            while let Some(send) = schedule.next_send(now_ms) {
                if send.probe {
                    probes += 1;
                    let others = in_flight.iter().filter(|(_, send)| send.probe).count();
                    assert_eq!(others, 0, "seed {seed}: a second probe");
                } else {
                    assert!(closed_before, "seed {seed}: sent through an open circuit");
                }
                in_flight.push((now_ms + 1 + random.below(200), send));
            }
            while let Some(place) = in_flight.iter().position(|(at_ms, _)| *at_ms <= now_ms) {
                let (_, send) = in_flight.swap_remove(place);
                let outcome = if random.percent(failing) { Outcome::Retry } else { Outcome::Delivered };
                schedule.settle(now_ms, send, Settlement::All(outcome));
            }
        }
        assert!(probes > 2, "seed {seed}: {probes}");
    }
}

#[test]
fn retries_that_fail_are_a_fifth_of_throughput_at_most() {
    for seed in 0..10 {
        let mut random = Random::new(seed);
        let mut schedule = schedule(seed);
        let id = schedule.add_destination(options(), 0.0);
        // Below what opens the circuit: a part of the events fails whenever it is sent.
        let bad = 10 + random.below(25);
        let (mut offset, mut failed_retries, mut delivered) = (0, 0.0, 0.0);
        for now_ms in 1..120_000_u64 {
            for _ in 0..2 {
                take(&mut schedule, now_ms, offer(id, offset, QueueName::group(0)));
                offset += 1;
            }
            while let Some(send) = schedule.next_send(now_ms) {
                let job = send.jobs[0];
                let fails = Random::new(job.offset + 1).below(100) < bad;
                failed_retries += f64::from(u8::from(fails && job.attempt > 1));
                delivered += f64::from(u8::from(!fails));
                let most = 0.2 * delivered + 10.0 * now_ms as f64 / 1_000.0 + 101.0;
                assert!(failed_retries <= most, "seed {seed}: {failed_retries} of {most} at {now_ms}");
                let outcome = if fails { Outcome::Retry } else { Outcome::Delivered };
                schedule.settle(now_ms, send, Settlement::All(outcome));
            }
        }
        assert!(failed_retries > 0.1 * delivered, "seed {seed}: {failed_retries}, {delivered}");
    }
}

#[test]
fn what_was_good_before_a_restart_bounds_the_ramp_after_it() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 800.0);
    assert!((schedule.good_rate(id) - 800.0).abs() < 1.0);
    for offset in 0..200_000 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    let (mut now_ms, mut in_second, mut second, mut most) = (1, 0, 0, 0);
    while now_ms < 100_000 {
        while let Some(send) = schedule.next_send(now_ms) {
            let unwell = now_ms < 10_000;
            if !unwell {
                in_second = if now_ms / 1_000 == second { in_second + 1 } else { 1 };
                second = now_ms / 1_000;
                most = most.max(in_second);
            }
            let outcome = if unwell { Outcome::Retry } else { Outcome::Delivered };
            schedule.settle(now_ms, send, Settlement::All(outcome));
        }
        now_ms += 1;
    }
    assert!((900..=1_101).contains(&most), "{most}");
}
