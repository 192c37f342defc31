use prime_receipts::{EventPlace, KnownDelivery, Lane, Receipt, Sampler, Sampling, State, StateKind, StoreOptions};

use crate::{House, at, lane, reason, receipt};

fn place(offset: u64) -> EventPlace {
    EventPlace { partition: 0, offset }
}

#[test]
fn a_delivery_is_known_by_its_receipt_and_one_left_out_of_the_sample_as_delivered() {
    let mut house = House::build();
    house.write(receipt(1, 1, State::Failed(reason("400"))));
    let mut sampler = Sampler::new(Sampling { rate: 0.0, per_second_min: 0 });
    house.write_record(sampler.record(receipt(2, 1, State::Delivered)), at(5_000));
    house.write(Receipt { lane: Lane { replay: 7, ..lane("hook") }, ..receipt(3, 1, State::Delivered) });
    let handle = house.handle();
    let known = |lane: &Lane, offset| handle.delivery(lane, place(offset)).unwrap();
    let Some(KnownDelivery::Receipt(kept)) = known(&lane("hook"), 1) else { panic!("there is a receipt") };
    assert_eq!((kept.receipt.state.kind(), kept.receipt.message_id.as_str()), (StateKind::Failed, "m-1"));
    assert_eq!(known(&lane("hook"), 2), Some(KnownDelivery::Delivered));
    assert_eq!(known(&lane("hook"), 3), None, "only a replay has sent it");
    assert_eq!(known(&lane("mixpanel"), 1), None);
    let elsewhere = EventPlace { partition: 1, offset: 1 };
    assert_eq!(handle.delivery(&lane("hook"), elsewhere).unwrap(), None);
}

#[test]
fn what_became_of_a_delivery_is_known_when_its_receipt_is_no_longer_kept() {
    let mut house = House::keeping(StoreOptions { receipts_bytes_max: 0, ..StoreOptions::default() });
    for (offset, state) in
        [State::Failed(reason("400")), State::Delivered, State::Retrying(reason("503"))].into_iter().enumerate()
    {
        house.write(receipt(offset as u64, 1, state));
    }
    house.writer.expire(at(60_000)).unwrap();
    let handle = house.handle();
    let known: Vec<_> = (0..3).map(|offset| handle.delivery(&lane("hook"), place(offset)).unwrap().unwrap()).collect();
    assert_eq!(known, [KnownDelivery::EndedOtherwise, KnownDelivery::Delivered, KnownDelivery::Retrying]);
}
