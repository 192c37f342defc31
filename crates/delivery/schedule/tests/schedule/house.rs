//! What the tests share: seeded chance, and short ways to say usual things.

use prime_schedule::{DestinationId, DestinationOptions, Offer, Offered, Options, PartitionId, QueueName, Schedule};

pub(crate) const P: PartitionId = PartitionId(0);

/// Xorshift: good enough to choose what happens next, and the same for a seed for ever.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0xd134_2543_de82_ef95) | 1)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound
    }

    pub(crate) fn percent(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }
}

pub(crate) fn schedule(seed: u64) -> Schedule {
    Schedule::new(Options::default(), seed)
}

/// Whose endpoint never holds anything back.
pub(crate) fn options() -> DestinationOptions {
    DestinationOptions { in_flight_max: 1_000_000, ..DestinationOptions::default() }
}

pub(crate) fn offer(destination: DestinationId, offset: u64, queue: QueueName) -> Offer {
    Offer { destination, partition: P, offset, queue, since_ms: 0 }
}

/// Offers and expects it to be held.
pub(crate) fn take(schedule: &mut Schedule, now_ms: u64, offer: Offer) {
    assert_eq!(schedule.offer(now_ms, offer), Offered::Taken);
}

pub(crate) fn ordered(group: u32, key: u64) -> QueueName {
    QueueName { order: Some(key << 1), ..QueueName::group(group) }
}
