//! Where jobs are that are in flight or were attempted: 32 bytes each, linked by number, so that one is in one list at a
//! time.

use crate::pool::Pool;

/// The end of a list.
pub(crate) const NONE: u32 = u32::MAX;

const ATTEMPT_BITS: u32 = 12;
pub(crate) const ATTEMPT_MAX: u16 = (1 << ATTEMPT_BITS) - 1;
/// 48 bits of milliseconds reach to the year 10889.
const TIME_BITS: u32 = 48;

pub(crate) type Slots = Pool<Slot>;

/// A job that is in flight or was attempted.
#[derive(Clone, Copy)]
pub(crate) struct Slot {
    pub(crate) offset: u64,
    /// From the high bits: time of the first attempt 48, split 4, attempts so far 12.
    tried: u64,
    /// Due 48, partition 16. Until the first attempt is over, what its lane knows it by is in the place of due.
    due: u64,
    pub(crate) queue: u32,
    pub(crate) next: u32,
}

const _: () = assert!(size_of::<Slot>() == 32);

impl Slot {
    /// `owed`: what its lane knows it by.
    pub(crate) fn fresh(partition: u16, offset: u64, owed: u32, queue: u32) -> Self {
        Self { offset, tried: 0, due: u64::from(owed) << 16 | u64::from(partition), queue, next: NONE }
    }

    pub(crate) fn partition(&self) -> u16 {
        self.due as u16
    }

    /// Of one whose first attempt is not over.
    pub(crate) fn owed(&self) -> u32 {
        (self.due >> 16) as u32
    }

    pub(crate) fn due_ms(&self) -> u64 {
        self.due >> 16
    }

    pub(crate) fn set_due_ms(&mut self, due_ms: u64) {
        self.due = clipped(due_ms) << 16 | self.due & 0xffff;
    }

    /// Attempts so far, the one in flight included.
    pub(crate) fn attempt(&self) -> u16 {
        self.tried as u16 & ATTEMPT_MAX
    }

    pub(crate) fn first_attempt_ms(&self) -> u64 {
        self.tried >> 16
    }

    pub(crate) fn set_tried(&mut self, attempt: u16, first_attempt_ms: u64) {
        let split = self.tried & 0xf000;
        self.tried = clipped(first_attempt_ms) << 16 | split | u64::from(attempt.min(ATTEMPT_MAX));
    }

    /// Jobs in a batch with this one at most.
    pub(crate) fn batch_max(&self) -> usize {
        match self.tried >> ATTEMPT_BITS & 0xf {
            0 => usize::MAX,
            split => 1 << (split - 1),
        }
    }

    /// From now on only with half of a batch that was refused with it.
    pub(crate) fn halve(&mut self, refused: usize) {
        let half = refused.div_ceil(2).next_power_of_two();
        let split = u64::from(half.trailing_zeros() + 1).min(15);
        self.tried = self.tried & !0xf000 | split << ATTEMPT_BITS;
    }
}

fn clipped(time_ms: u64) -> u64 {
    time_ms.min((1 << TIME_BITS) - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fields_of_a_job_do_not_disturb_each_other() {
        let mut slot = Slot::fresh(0xabcd, u64::MAX, u32::MAX, 7);
        assert_eq!((slot.partition(), slot.owed()), (0xabcd, u32::MAX));
        slot.set_due_ms(1 << 47);
        slot.halve(1_000);
        slot.set_tried(4_095, (1 << 48) - 1);
        assert_eq!((slot.partition(), slot.offset, slot.queue), (0xabcd, u64::MAX, 7));
        assert_eq!((slot.due_ms(), slot.attempt(), slot.first_attempt_ms()), (1 << 47, 4_095, (1 << 48) - 1));
        assert_eq!(slot.batch_max(), 512);
    }

    #[test]
    fn halving_ends_at_one_after_as_many_steps_as_a_batch_has_bits() {
        let mut slot = Slot::fresh(0, 0, 0, 0);
        assert_eq!(slot.batch_max(), usize::MAX);
        let (mut refused, mut steps) = (16_384, 0);
        while refused > 1 {
            slot.halve(refused);
            refused = slot.batch_max();
            steps += 1;
        }
        assert_eq!(steps, 14);
    }
}
