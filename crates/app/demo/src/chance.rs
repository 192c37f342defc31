//! Seeded chance: the one source of variety in the shop.

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

/// Draws from a named, fixed generator with arithmetic of its own, so that a seed means the same whatever version of a
/// library is linked.
pub(crate) struct Chance(Xoshiro256PlusPlus);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// True in `share` of all draws.
    pub(crate) fn happens(&mut self, share: f64) -> bool {
        self.fraction() < share
    }

    /// A whole number from `low` to `high`, both included.
    pub(crate) fn between(&mut self, low: u64, high: u64) -> u64 {
        // The remainder favours small numbers by less than 1 in 2^40 for the ranges a shop needs.
        low + self.0.next_u64() % (high - low + 1)
    }

    pub(crate) fn index(&mut self, length: usize) -> usize {
        self.between(0, length as u64 - 1) as usize
    }

    pub(crate) fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.index(from.len())]
    }

    pub(crate) fn uuid(&mut self) -> Uuid {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.0.next_u64().to_le_bytes());
        bytes[8..].copy_from_slice(&self.0.next_u64().to_le_bytes());
        uuid::Builder::from_random_bytes(bytes).into_uuid()
    }

    fn fraction(&mut self) -> f64 {
        // The upper 53 bits fill the mantissa of a double exactly.
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}
