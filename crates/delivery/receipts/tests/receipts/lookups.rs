use prime_event::{SourceId, WorkspaceId};
use prime_receipts::{
    Entry, KeptReceipt, Lane, Receipt, ReceiptQuery, ReceiptRecord, Sampler, Sampling, State, StateKind, StoreOptions,
};

use crate::{House, at, attempt, lane, reason, receipt, workspace};

fn query() -> ReceiptQuery {
    ReceiptQuery::of(workspace())
}

/// A hundred events at two destinations.
fn filled() -> House {
    let mut house = House::build();
    for offset in 0..100 {
        let state = match offset % 4 {
            0 => State::Failed(reason("400")),
            1 => State::Failed(reason("401")),
            2 => State::Retrying(reason("503")),
            _ => State::Delivered,
        };
        let name = if offset % 10 == 0 { "Product Viewed" } else { "Order Completed" };
        house.write(Receipt { event_name: name.into(), ..receipt(offset, 1, state) });
        let again = Lane { replay: (offset % 3) as u32, ..lane("mixpanel") };
        house.write(Receipt { lane: again, ..receipt(offset, 2, State::Delivered) });
    }
    house
}

#[test]
fn each_filter_finds_what_it_says_newest_first_page_after_page() {
    let house = filled();
    let handle = house.handle();
    let all = handle.search(&query(), None, 1_000).unwrap().receipts;
    assert_eq!(all.len(), 200);
    assert!(all.is_sorted_by(|a, b| a.id > b.id));
    type Wanted = fn(&Receipt) -> bool;
    let hook = Some(lane("hook").destination);
    let cases: [(ReceiptQuery, Wanted); 12] = [
        (ReceiptQuery { message_id: Some("m-7".into()), ..query() }, |it| it.message_id == "m-7"),
        (ReceiptQuery { user_id: Some("u-1".into()), ..query() }, |it| it.user_id.as_deref() == Some("u-1")),
        (ReceiptQuery { anonymous_id: Some("a-4".into()), ..query() }, |it| it.anonymous_id.as_deref() == Some("a-4")),
        (ReceiptQuery { destination: hook.clone(), ..query() }, |it| it.lane.destination.as_str() == "hook"),
        (ReceiptQuery { destination: hook.clone(), state: Some(StateKind::Failed), ..query() }, |it| {
            it.lane.destination.as_str() == "hook" && it.state.kind() == StateKind::Failed
        }),
        (
            ReceiptQuery {
                destination: hook.clone(),
                state: Some(StateKind::Failed),
                code: Some("401".into()),
                ..query()
            },
            |it| it.lane.destination.as_str() == "hook" && it.state.code() == "401",
        ),
        (
            ReceiptQuery {
                destination: hook,
                event_name: Some("Product Viewed".into()),
                since: Some(at(3_000)),
                until: Some(at(8_000)),
                ..query()
            },
            |it| {
                it.lane.destination.as_str() == "hook"
                    && it.event_name == "Product Viewed"
                    && (at(3_000)..at(8_000)).contains(&it.at)
            },
        ),
        (ReceiptQuery { state: Some(StateKind::Retrying), ..query() }, |it| it.state.kind() == StateKind::Retrying),
        (ReceiptQuery { replay: Some(2), ..query() }, |it| it.lane.replay == 2),
        (ReceiptQuery { replay: Some(0), state: Some(StateKind::Delivered), ..query() }, |it| {
            it.lane.replay == 0 && it.state.kind() == StateKind::Delivered
        }),
        (ReceiptQuery { replay: Some(1), user_id: Some("u-1".into()), since: Some(at(2_000)), ..query() }, |it| {
            it.lane.replay == 1 && it.user_id.as_deref() == Some("u-1") && it.at >= at(2_000)
        }),
        (ReceiptQuery { source: Some(SourceId::new("other")), ..query() }, |_| false),
    ];
    for (query, wanted) in cases {
        let expected: Vec<_> = all.iter().filter(|kept| wanted(&kept.receipt)).map(|kept| kept.id).collect();
        let (mut found, mut before) = (Vec::new(), None);
        loop {
            let page = handle.search(&query, before, 7).unwrap();
            found.extend(page.receipts.iter().map(|kept| kept.id));
            before = page.next;
            if before.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "{query:?}");
        assert!(query.source.is_some() || !expected.is_empty(), "{query:?}");
    }
}

fn only(house: &House) -> KeptReceipt {
    let mut found = house.handle().search(&query(), None, 10).unwrap().receipts;
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_receipt_gathers_its_attempts_and_is_found_by_the_state_that_it_has_now() {
    let mut house = House::build();
    let step = |number: u32, status: u16, state| Receipt {
        retries: number - 1,
        attempts: vec![attempt(number, status, i64::from(number) * 1_000)],
        ..receipt(3, i64::from(number), state)
    };
    house.write(step(1, 503, State::Retrying(reason("503"))));
    house.write(step(2, 429, State::Retrying(reason("429"))));
    let by_state = |house: &House, state| {
        let query = ReceiptQuery { destination: Some(lane("hook").destination), state: Some(state), ..query() };
        house.handle().search(&query, None, 10).unwrap().receipts.len()
    };
    assert_eq!((by_state(&house, StateKind::Retrying), by_state(&house, StateKind::Delivered)), (1, 0));
    let begun = only(&house).id;
    house.write(step(3, 200, State::Delivered));
    assert_eq!((by_state(&house, StateKind::Retrying), by_state(&house, StateKind::Delivered)), (0, 1));
    let (kept, attempts) = house.handle().get(&workspace(), begun).unwrap().unwrap();
    assert_eq!((kept.attempts_total, kept.receipt.retries), (3, 2));
    assert_eq!(attempts.iter().map(|attempt| attempt.status.unwrap()).collect::<Vec<_>>(), [503, 429, 200]);
    assert_eq!(attempts[1], step(2, 429, State::Delivered).attempts[0], "request and response are kept");
    // Told again, as after a crash of the driver, and delivered once more by the one that took over.
    house.write(step(2, 429, State::Retrying(reason("429"))));
    house.write(step(4, 400, State::Failed(reason("400"))));
    let kept = only(&house);
    assert_eq!((kept.receipt.state.clone(), kept.attempts_total), (State::Delivered, 4), "an end is final");
}

#[test]
fn of_many_attempts_the_first_and_the_last_are_kept_and_all_are_counted() {
    let mut house = House::build();
    for number in 1..=90 {
        let attempts = vec![attempt(number, 503, i64::from(number) * 1_000)];
        let state = State::Retrying(reason("503"));
        house.write(Receipt { retries: number - 1, attempts, ..receipt(0, i64::from(number), state) });
    }
    let id = only(&house).id;
    let (kept, attempts) = house.handle().get(&workspace(), id).unwrap().unwrap();
    assert_eq!(kept.attempts_total, 90);
    let numbers: Vec<_> = attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!(numbers, [1].into_iter().chain(60..=90).collect::<Vec<_>>());
}

#[test]
fn other_workspaces_see_nothing() {
    let house = filled();
    let other = WorkspaceId::new("other");
    let handle = house.handle();
    let id = handle.search(&query(), None, 1).unwrap().receipts[0].id;
    assert!(handle.get(&other, id).unwrap().is_none());
    assert!(handle.search(&ReceiptQuery::of(other.clone()), None, 10).unwrap().receipts.is_empty());
    assert_eq!(handle.totals(&other, &lane("hook").destination).unwrap(), Default::default());
}

#[test]
fn a_replay_is_a_delivery_of_its_own() {
    let mut house = House::build();
    house.write(receipt(0, 1, State::Failed(reason("400"))));
    house.write(Receipt { lane: Lane { replay: 1, ..lane("hook") }, ..receipt(0, 60, State::Delivered) });
    let found = house.handle().search(&ReceiptQuery { message_id: Some("m-0".into()), ..query() }, None, 9).unwrap();
    let states: Vec<_> =
        found.receipts.iter().map(|kept| (kept.receipt.lane.replay, kept.receipt.state.kind())).collect();
    assert_eq!(states, [(1, StateKind::Delivered), (0, StateKind::Failed)]);
    let totals = house.handle().totals(&workspace(), &lane("hook").destination).unwrap();
    assert_eq!((totals.received, totals.delivered, totals.failed), (2, 1, 1));
}

#[test]
fn what_became_of_a_replay_is_found_at_once_by_the_state_that_it_has_now() {
    let mut house = House::build();
    let replayed = |replay, offset, seconds, state| Receipt {
        lane: Lane { replay, ..lane("hook") },
        ..receipt(offset, seconds, state)
    };
    for offset in 0..6 {
        house.write(replayed(7, offset, 1, State::Retrying(reason("503"))));
        house.write(replayed(8, offset, 1, State::Failed(reason("400"))));
    }
    house.write(replayed(7, 4, 2, State::Failed(reason("400"))));
    house.write(replayed(7, 5, 2, State::Delivered));
    // More first deliveries after it than one search looks at.
    let later: Vec<_> = (0..11_000)
        .map(|offset| ReceiptRecord::Receipt(Box::new(receipt(offset, 9, State::Failed(reason("400"))))).encode())
        .collect();
    let begin = house.written.len() as u64;
    let entries: Vec<_> =
        (begin..).zip(&later).map(|(offset, value)| Entry { offset, written_at: at(9_000), value }).collect();
    house.writer.take(0, &entries).unwrap();
    let handle = house.handle();
    let found = |state, destination: Option<&str>| {
        let destination = destination.map(|name| lane(name).destination);
        let query = ReceiptQuery { replay: Some(7), state, destination, ..query() };
        let page = handle.search(&query, None, 100).unwrap();
        assert_eq!(page.next, None, "{query:?}");
        page.receipts.iter().map(|kept| kept.receipt.event.offset).collect::<Vec<_>>()
    };
    assert_eq!(found(None, None), [5, 4, 3, 2, 1, 0]);
    assert_eq!(found(Some(StateKind::Retrying), None), [3, 2, 1, 0]);
    assert_eq!(found(Some(StateKind::Failed), Some("hook")), [4]);
    assert_eq!(found(Some(StateKind::Delivered), None), [5]);
    assert!(found(Some(StateKind::Expired), None).is_empty() && found(None, Some("mixpanel")).is_empty());
}

#[test]
fn what_the_sample_leaves_out_is_counted_and_the_rest_can_be_found() {
    let mut house = House::keeping(StoreOptions::default());
    let mut sampler = Sampler::new(Sampling { rate: 0.1, per_second_min: 0 });
    for offset in 0..2_000 {
        let state = if offset % 100 == 0 { State::Failed(reason("400")) } else { State::Delivered };
        let receipt = receipt(offset, 1, state);
        let written_at = receipt.at;
        house.write_record(sampler.record(receipt), written_at);
    }
    let handle = house.handle();
    let totals = handle.totals(&workspace(), &lane("hook").destination).unwrap();
    assert_eq!((totals.received, totals.delivered, totals.failed), (2_000, 1_980, 20));
    let found = handle.search(&query(), None, 3_000).unwrap().receipts;
    let failed = found.iter().filter(|kept| kept.receipt.state.kind() == StateKind::Failed).count();
    assert_eq!(failed, 20);
    assert!((150..250).contains(&(found.len() - failed)), "{}", found.len());
    let counted = house
        .written
        .iter()
        .filter(|(_, value)| matches!(ReceiptRecord::decode(value), Ok(ReceiptRecord::Counted(_))))
        .count();
    assert_eq!(counted + found.len(), 2_000);
}
