use prime_event::Timestamp;
use xxhash_rust::xxh3::xxh3_64;

use crate::record::{CountedGroup, CountedRecord, CountedUnit, Receipt, ReceiptRecord, State};

const SECOND_MS: i64 = 1_000;

/// How many of the deliveries that simply succeed are kept with all details. Everything else is always kept.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sampling {
    /// This share, from 0 to 1, chosen by the messageId: the same message is kept at each destination with this share, and
    /// with each higher one.
    pub rate: f64,
    /// In each second this many of a destination are kept whatever their messageId, so that where little is sent nothing
    /// is left out.
    pub per_second_min: u32,
}

impl Default for Sampling {
    /// One in twenty, and twenty a second: a destination that takes 25,000 a second has 1,270 receipts written in it.
    fn default() -> Self {
        Self { rate: 0.05, per_second_min: 20 }
    }
}

/// Chooses for one destination. Pure: time comes with the receipts.
#[derive(Clone, Debug)]
pub struct Sampler {
    sampling: Sampling,
    /// The second since 1970 that is filled, and how many were kept in it.
    second: i64,
    kept: u32,
}

impl Sampler {
    pub fn new(sampling: Sampling) -> Self {
        Self { sampling, second: i64::MIN, kept: 0 }
    }

    /// The record to write for this step: the receipt as it is, or in a few bytes where it is left out of the sample.
    pub fn record(&mut self, receipt: Receipt) -> ReceiptRecord {
        if self.keeps(&receipt) {
            ReceiptRecord::Receipt(Box::new(receipt))
        } else {
            ReceiptRecord::Counted(CountedRecord::of(receipt))
        }
    }

    fn keeps(&mut self, receipt: &Receipt) -> bool {
        // A success after a failure ends a receipt that has been begun.
        if receipt.state != State::Delivered || receipt.retries > 0 {
            return true;
        }
        self.turn_to(receipt.at);
        let keeps = is_chosen(&receipt.message_id, self.sampling.rate) || self.kept < self.sampling.per_second_min;
        self.kept = self.kept.saturating_add(u32::from(keeps));
        keeps
    }

    fn turn_to(&mut self, at: Timestamp) {
        let second = at.as_millis().div_euclid(SECOND_MS);
        if second != self.second {
            (self.second, self.kept) = (second, 0);
        }
    }
}

fn is_chosen(message_id: &str, rate: f64) -> bool {
    // The upper 53 bits of the hash as a number from 0 up to 1: as many as an f64 holds exactly.
    let place = (xxh3_64(message_id.as_bytes()) >> 11) as f64 / (1u64 << 53) as f64;
    place < rate
}

impl CountedRecord {
    fn of(receipt: Receipt) -> Self {
        let unit = CountedUnit { offset: receipt.event.offset, at: receipt.at, latency_ms: receipt.end_to_end_ms() };
        let Receipt { lane, event, event_type, event_name, app_version, .. } = receipt;
        let group = CountedGroup { event_type, event_name, app_version, units: vec![unit] };
        Self { lane, partition: event.partition, groups: vec![group] }
    }

    /// Adds what another record counts, if it is of the same lane and partition; gives it back otherwise.
    pub fn join(&mut self, other: Self) -> Result<(), Self> {
        if (&self.lane, self.partition) != (&other.lane, other.partition) {
            return Err(other);
        }
        for group in other.groups {
            match self.groups.iter_mut().find(|own| own.is_like(&group)) {
                Some(own) => own.units.extend(group.units),
                None => self.groups.push(group),
            }
        }
        Ok(())
    }
}

impl CountedGroup {
    fn is_like(&self, other: &Self) -> bool {
        (&self.event_type, &self.event_name, &self.app_version)
            == (&other.event_type, &other.event_name, &other.app_version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Reason;
    use crate::samples::receipt;

    fn delivered(number: u64, second: i64) -> Receipt {
        let at = Timestamp::from_millis(second * SECOND_MS + 7);
        Receipt { at, received_at: Timestamp::from_millis(second * SECOND_MS), ..receipt(number, State::Delivered) }
    }

    fn kept(sampler: &mut Sampler, receipts: impl Iterator<Item = Receipt>) -> usize {
        receipts.filter(|receipt| matches!(sampler.record(receipt.clone()), ReceiptRecord::Receipt(_))).count()
    }

    #[test]
    fn the_share_is_kept_and_a_higher_share_keeps_the_same_ones_and_more() {
        let chosen = |rate| (0..10_000).filter(|number| is_chosen(&format!("m-{number}"), rate)).collect::<Vec<_>>();
        let (few, many) = (chosen(0.05), chosen(0.2));
        assert!((400..600).contains(&few.len()), "{}", few.len());
        assert!(few.iter().all(|number| many.contains(number)));
        assert_eq!((chosen(0.0).len(), chosen(1.0).len()), (0, 10_000));
    }

    #[test]
    fn the_first_of_each_second_are_kept_whatever_the_share() {
        let mut sampler = Sampler::new(Sampling { rate: 0.0, per_second_min: 3 });
        assert_eq!(kept(&mut sampler, (0..50).map(|number| delivered(number, 10))), 3);
        assert_eq!(kept(&mut sampler, (0..2).map(|number| delivered(number, 11))), 2);
    }

    #[test]
    fn what_did_not_simply_succeed_is_always_kept() {
        let mut sampler = Sampler::new(Sampling { rate: 0.0, per_second_min: 0 });
        let late = Receipt { retries: 2, ..delivered(1, 0) };
        let states =
            [State::Expired, State::Retrying, State::Failed, State::Filtered].map(|state| state(Reason::default()));
        let receipts = states.into_iter().map(|state| Receipt { state, ..delivered(1, 0) }).chain([late]);
        assert_eq!(kept(&mut sampler, receipts), 5);
    }

    #[test]
    fn what_is_left_out_joins_into_one_record_of_its_lane() {
        let mut sampler = Sampler::new(Sampling { rate: 0.0, per_second_min: 0 });
        let mut counted = |number| match sampler.record(delivered(number, 0)) {
            ReceiptRecord::Counted(counted) => counted,
            ReceiptRecord::Receipt(_) => panic!("it is left out"),
        };
        let mut first = counted(1);
        first.join(counted(2)).unwrap();
        assert_eq!(first.groups.len(), 1);
        assert_eq!(first.groups[0].units.iter().map(|unit| unit.latency_ms).collect::<Vec<_>>(), [7, 7]);
        let mut other = counted(3);
        other.partition = 9;
        assert!(first.join(other).is_err());
    }
}
