//! What the checks share.

use std::ops::Bound;

use super::Instance;
use crate::{Access, Durability, Family, FamilyOptions, Snapshot};

pub(super) const POINTS: FamilyOptions = FamilyOptions { name: "points", access: Access::Points };
pub(super) const SCANS: FamilyOptions = FamilyOptions { name: "scans", access: Access::Scans };
pub(super) const ALL: (Bound<&[u8]>, Bound<&[u8]>) = (Bound::Unbounded, Bound::Unbounded);

pub(super) fn family(instance: &dyn Instance, options: FamilyOptions) -> Family {
    instance.state().family(options).expect("the family opens")
}

/// Puts one pair, in a batch of its own.
pub(super) fn put(instance: &dyn Instance, family: Family, key: &[u8], value: &[u8]) {
    let mut batch = crate::Batch::new();
    batch.put(family, key, value);
    instance.state().write(batch, Durability::Process).expect("the batch is written");
}

pub(super) fn pairs(snapshot: &Snapshot, family: Family) -> Vec<(Vec<u8>, Vec<u8>)> {
    owned(snapshot.scan(family, ALL))
}

pub(super) fn owned(scan: impl Iterator<Item = Result<crate::Entry, crate::StateError>>) -> Vec<(Vec<u8>, Vec<u8>)> {
    scan.map(|entry| entry.expect("the entry is read")).map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
}
