use prime_event::Timestamp;
use prime_receipts::{Lane, OverviewQuery, Receipt, ReceiptQuery, Resolution, State, StateKind, Step, StoreOptions};

use crate::{DAY_MS, House, at, attempt, lane, reason, receipt, workspace};

fn kept(house: &House) -> Vec<String> {
    let found = house.handle().search(&ReceiptQuery::of(workspace()), None, 10_000).unwrap().receipts;
    found.into_iter().map(|kept| kept.receipt.message_id).collect()
}

fn expire(house: &mut House, now: Timestamp) {
    while house.writer.expire(now).unwrap() {}
}

fn failed(offset: u64) -> Receipt {
    Receipt { attempts: vec![attempt(1, 400, 0)], ..receipt(offset, 1, State::Failed(reason("400"))) }
}

#[test]
fn receipts_go_when_they_are_too_old_and_leave_nothing_behind() {
    let mut house = House::build();
    house.write(failed(1));
    house.write(Receipt { at: at(20 * DAY_MS), ..failed(2) });
    house.write(Receipt { at: at(20 * DAY_MS), lane: Lane { replay: 3, ..lane("hook") }, ..failed(3) });
    expire(&mut house, at(29 * DAY_MS));
    assert_eq!(kept(&house), ["m-3", "m-2", "m-1"]);
    expire(&mut house, at(31 * DAY_MS));
    assert_eq!(kept(&house), ["m-3", "m-2"]);
    expire(&mut house, at(90 * DAY_MS));
    assert!(kept(&house).is_empty());
    assert_eq!(house.handle().status().unwrap().unwrap().receipt_bytes, 0);
    // All that is left are the place in the stream, the pair and its totals.
    let left: usize = ["receipts", "attempts", "receipt-units", "receipt-index", "cells", "marks", "mark-days"]
        .into_iter()
        .map(|name| {
            let options = prime_state::FamilyOptions { name, access: prime_state::Access::Scans };
            house.state.snapshot().scan_prefix(house.state.family(options).unwrap(), b"").count()
        })
        .sum();
    assert_eq!(left, 0);
    let totals = house.handle().totals(&workspace(), &lane("hook").destination).unwrap();
    assert_eq!((totals.received, totals.failed), (3, 3));
}

#[test]
fn receipts_go_oldest_first_when_there_is_no_room() {
    let bytes_max = 100_000;
    let mut house = House::keeping(StoreOptions { receipts_bytes_max: bytes_max, ..StoreOptions::default() });
    (0..1_000).for_each(|offset| house.write(failed(offset)));
    expire(&mut house, at(100_000));
    let left = kept(&house);
    assert!((20..500).contains(&left.len()), "{}", left.len());
    assert_eq!((left[0].as_str(), left.last().unwrap()), ("m-999", &format!("m-{}", 1_000 - left.len())));
    assert!(house.handle().status().unwrap().unwrap().receipt_bytes <= bytes_max);
    house.write(failed(1_000));
    assert_eq!(kept(&house)[0], "m-1000");
}

#[test]
fn a_delivery_whose_receipt_is_gone_is_still_counted_once() {
    let mut house = House::build();
    house.write(receipt(1, 1, State::Retrying(reason("503"))));
    house.write(failed(2));
    house.options = StoreOptions { receipts_bytes_max: 0, ..StoreOptions::default() };
    house.writer = prime_receipts::ReceiptWriter::open(house.state.clone(), house.options).unwrap();
    expire(&mut house, at(2_000));
    assert!(kept(&house).is_empty());
    house.write(failed(2));
    house.write(receipt(1, 9, State::Delivered));
    let totals = house.handle().totals(&workspace(), &lane("hook").destination).unwrap();
    assert_eq!((totals.received, totals.failed, totals.delivered, totals.waiting), (2, 1, 1, 0));
    assert_eq!(kept(&house), ["m-1"], "it goes on as a receipt that begins with its end");
}

#[test]
fn minutes_are_kept_for_two_days_and_hours_and_days_for_thirty() {
    let mut house = House::build();
    house.write(receipt(0, 1, State::Delivered));
    let count = |house: &House, resolution| {
        let query = OverviewQuery {
            workspace: workspace(),
            source: lane("hook").source,
            destination: lane("hook").destination,
            step: Step::Delivered,
            resolution,
            range: at(0)..at(60_000),
            group_by: Vec::new(),
            filter: Vec::new(),
        };
        house.handle().overview(&query).unwrap().len()
    };
    let counts = |house: &House| Resolution::ALL.map(|resolution| count(house, resolution));
    expire(&mut house, at(2 * DAY_MS));
    assert_eq!(counts(&house), [1, 1, 1]);
    expire(&mut house, at(2 * DAY_MS + 60_000));
    assert_eq!(counts(&house), [0, 1, 1]);
    expire(&mut house, at(30 * DAY_MS));
    assert_eq!(counts(&house), [0, 1, 1]);
    expire(&mut house, at(31 * DAY_MS));
    assert_eq!(counts(&house), [0, 0, 0]);
    assert_eq!(StateKind::parse("delivered"), Some(StateKind::Delivered));
}
