//! What people and the endpoint itself ask for.

use prime_schedule::{Circuit, DestinationOptions, Outcome, QueueName, Settlement};

use crate::house::{P, offer, options, schedule, take};

#[test]
fn retry_after_silences_the_whole_endpoint_until_then_and_no_other() {
    let mut schedule = schedule(1);
    let (busy, other) = (schedule.add_destination(options(), 0.0), schedule.add_destination(options(), 0.0));
    for offset in 0..10 {
        take(&mut schedule, 1, offer(busy, offset, QueueName::group(0)));
    }
    let send = schedule.next_send(1).unwrap();
    schedule.settle(1, send, Settlement::All(Outcome::RetryAt { at_ms: 30_000 }));
    take(&mut schedule, 2, offer(other, 0, QueueName::group(0)));
    let send = schedule.next_send(2).unwrap();
    assert_eq!(send.destination, other);
    schedule.settle(2, send, Settlement::All(Outcome::Delivered));
    assert!(schedule.next_send(29_999).is_none());
    assert!(schedule.next_due().unwrap() <= 30_000);
    assert!(schedule.next_send(30_000).is_some_and(|send| send.destination == busy));
}

#[test]
fn a_job_is_tried_for_four_hours_and_then_handed_out_as_expired() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    take(&mut schedule, 1_000, offer(id, 5, QueueName::group(0)));
    let (mut now_ms, mut attempts) = (1_000, 0);
    let expired = loop {
        if let Some(send) = schedule.next_send(now_ms) {
            attempts += 1;
            assert_eq!((send.jobs[0].attempt, send.jobs[0].first_attempt_ms), (attempts, 1_000));
            schedule.settle(now_ms, send, Settlement::All(Outcome::Retry));
        }
        if let Some(expired) = schedule.take_expired(now_ms) {
            break expired;
        }
        now_ms = schedule.next_due().unwrap().max(now_ms + 1);
    };
    assert_eq!(now_ms, 1_000 + 4 * 3_600_000, "neither earlier nor later");
    assert!((20..200).contains(&attempts), "{attempts}");
    assert_eq!((expired.job.offset, schedule.low_water(id, P)), (5, 5), "the log is needed until it is archived");
    schedule.archived(expired);
    let counters = schedule.counters(id);
    assert!(counters.add_up() && counters.expired == 1, "{counters:?}");
    assert_eq!(schedule.low_water(id, P), 6);
}

#[test]
fn jobs_that_fell_due_at_an_endpoint_that_is_gone_expire_within_a_minute() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    for offset in 0..2_000 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    let end_ms = 1 + 4 * 3_600_000 + 2 * 60_000;
    let (mut now_ms, mut expired, mut requests) = (1, 0, 0);
    let mut first: std::collections::HashMap<u64, u64> = std::collections::HashMap::new();
    while now_ms < end_ms {
        while let Some(send) = schedule.next_send(now_ms) {
            requests += 1;
            first.entry(send.jobs[0].offset).or_insert(now_ms);
            schedule.settle(now_ms, send, Settlement::All(Outcome::Retry));
        }
        while let Some(job) = schedule.take_expired(now_ms) {
            let late_ms = now_ms - (first[&job.job.offset] + 4 * 3_600_000);
            assert!(late_ms <= 60_000, "{late_ms}");
            expired += 1;
            schedule.archived(job);
        }
        now_ms = schedule.next_due().unwrap_or(end_ms).max(now_ms + 1);
    }
    assert!(expired >= 10, "those that opened the circuit: {expired}");
    assert!(requests < 1_000, "an endpoint that is gone is left alone: {requests}");
    assert!(schedule.counters(id).add_up());
}

#[test]
fn a_rate_that_was_set_is_kept_over_any_second() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(DestinationOptions { rate_max: Some(500.0), ..options() }, 0.0);
    for offset in 0..10_000 {
        take(&mut schedule, 1, offer(id, offset, QueueName::group(0)));
    }
    let mut times = Vec::new();
    let mut now_ms = 1;
    while now_ms < 10_000 {
        while let Some(send) = schedule.next_send(now_ms) {
            times.push(now_ms);
            schedule.settle(now_ms, send, Settlement::All(Outcome::Delivered));
        }
        now_ms = schedule.next_due().unwrap().max(now_ms + 1);
    }
    let most = times.iter().map(|&from| times.iter().filter(|&&at| (from..from + 1_000).contains(&at)).count()).max();
    assert!((500..=551).contains(&most.unwrap()), "{most:?}");
    assert!(times.len() > 4_900, "and it is used: {}", times.len());
}

#[test]
fn too_many_requests_teach_a_rate() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    // Takes a hundred a second and complains about the rest.
    let (mut now_ms, mut taken, mut refused, mut offset) = (1, 0, 0, 0);
    let (mut second, mut in_second) = (0, 0);
    while now_ms < 120_000 {
        while offset < now_ms {
            take(&mut schedule, now_ms, offer(id, offset, QueueName::group(0)));
            offset += 1;
        }
        while let Some(send) = schedule.next_send(now_ms) {
            if now_ms / 1_000 > second {
                (second, in_second) = (now_ms / 1_000, 0);
            }
            in_second += 1;
            let ok = in_second <= 100;
            *(if ok { &mut taken } else { &mut refused }) += 1;
            let outcome = if ok { Outcome::Delivered } else { Outcome::RetryAt { at_ms: now_ms + 100 } };
            schedule.settle(now_ms, send, Settlement::All(outcome));
        }
        now_ms += 1;
    }
    assert!(taken > 120 * 70, "{taken} taken");
    assert!(refused < taken / 10, "{refused} refused of {taken} taken");
}

#[test]
fn a_person_reads_what_waits_and_why() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    assert_eq!(schedule.backlog(1, id).to_string(), "Nothing is waiting; the destination takes what it is sent.");
    for offset in 0..50 {
        let offer = prime_schedule::Offer { since_ms: 5_000 + offset * 100, ..offer(id, offset, QueueName::group(0)) };
        take(&mut schedule, 10_000, offer);
    }
    for _ in 0..10 {
        let send = schedule.next_send(10_000).unwrap();
        schedule.settle(10_000, send, Settlement::All(Outcome::Retry));
    }
    let backlog = schedule.backlog(10_000, id);
    assert_eq!((backlog.waiting, backlog.retries, backlog.oldest_ms), (50, 10, Some(6_000)));
    assert!(matches!(backlog.circuit, Circuit::Open { until_ms } if until_ms > 10_000));
    assert_eq!(
        backlog.to_string(),
        "50 events are waiting, 10 of them for another try; too many requests failed, so that the destination is left \
         alone for up to a minute."
    );
}

#[test]
fn a_destination_that_was_removed_leaves_nothing_behind() {
    let mut schedule = schedule(1);
    let id = schedule.add_destination(options(), 0.0);
    for offset in 0..100 {
        take(&mut schedule, 1, offer(id, offset, crate::house::ordered(0, offset % 10)));
    }
    let sends: Vec<_> = (0..4).map(|_| schedule.next_send(1).unwrap()).collect();
    let mut sends = sends.into_iter();
    schedule.settle(1, sends.next().unwrap(), Settlement::All(Outcome::Retry));
    schedule.remove_destination(id);
    assert!(schedule.next_send(2).is_none());
    for send in sends {
        schedule.settle(2, send, Settlement::All(Outcome::Retry));
    }
    // The one that waited for its retry.
    schedule.advance(1_000_000);
    assert_eq!(schedule.queues(), 0);
    assert_eq!(schedule.add_destination(options(), 0.0), id, "its number is free again");
    take(&mut schedule, 1_000_000, offer(id, 0, QueueName::group(0)));
    assert!(schedule.next_send(1_000_000).is_some());
}
