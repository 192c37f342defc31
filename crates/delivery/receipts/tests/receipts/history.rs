//! Random histories of deliveries, as a driver writes them that crashes now and then.

use prime_event::Timestamp;
use prime_receipts::{CountedGroup, CountedRecord, CountedUnit, EventPlace, Lane, Receipt, ReceiptRecord, State};

use crate::random::Random;
use crate::{attempt, lane, reason, receipt};

const EVENTS: u64 = 60;

pub(crate) struct Written {
    pub(crate) at: Timestamp,
    pub(crate) record: ReceiptRecord,
}

pub(crate) fn random(seed: u64, length: usize) -> Vec<Written> {
    let mut random = Random::new(seed);
    let mut history: Vec<Written> = Vec::new();
    let mut ms = 0;
    while history.len() < length {
        ms += random.below(90_000) as i64;
        let written_at = crate::at(ms);
        // After a crash a driver tells the same again, or makes another attempt and tells that.
        let record = match history.len() as u64 {
            known @ 1.. if random.one_in(5) => history[random.below(known) as usize].record.clone(),
            _ if random.one_in(4) => counted(&mut random, ms),
            _ => ReceiptRecord::Receipt(Box::new(step(&mut random, ms))),
        };
        history.push(Written { at: written_at, record });
    }
    history
}

fn some_lane(random: &mut Random) -> Lane {
    let subscription = random.of(&[None, None, Some("mapping-1".to_owned()), Some("mapping-2".to_owned())]);
    Lane { subscription, replay: random.of(&[0, 0, 0, 4, 9]), ..lane(random.of(&["hook", "mixpanel"])) }
}

fn step(random: &mut Random, ms: i64) -> Receipt {
    let code = random.of(&["503", "429", "ETIMEDOUT"]);
    let state = match random.below(6) {
        0 => State::Filtered(reason("FILTERED_BY_RULES")),
        1 => State::Failed(reason("400")),
        2 => State::Expired(reason(code)),
        3 => State::Delivered,
        _ => State::Retrying(reason(code)),
    };
    let offset = random.below(EVENTS) * 97;
    let retries = random.below(4) as u32;
    Receipt {
        lane: some_lane(random),
        event: EventPlace { partition: random.below(2) as u32, offset },
        event_name: random.of(&["Order Completed", "Product Viewed", ""]).to_owned(),
        event_type: random.of(&["track", "page"]).to_owned(),
        app_version: random.of(&["", "2.1"]).to_owned(),
        at: crate::at(ms),
        retries,
        attempts: vec![attempt(retries + 1, 503, ms)],
        ..receipt(offset, 0, state)
    }
}

fn counted(random: &mut Random, ms: i64) -> ReceiptRecord {
    let mut unit = || CountedUnit {
        offset: random.below(EVENTS) * 97,
        at: crate::at(ms - random.below(120_000) as i64),
        latency_ms: random.below(10_000),
    };
    let units = (0..5).map(|_| unit()).collect();
    let group = CountedGroup {
        event_type: "track".into(),
        event_name: "Product Viewed".into(),
        app_version: String::new(),
        units,
    };
    ReceiptRecord::Counted(CountedRecord { lane: some_lane(random), partition: 0, groups: vec![group] })
}
