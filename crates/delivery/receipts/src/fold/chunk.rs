use crate::record::StateKind;

/// Neighbours in `events` that share an entry of the store: 256 bytes, which a destination that takes every event fills, and
/// which compress to little where it takes few.
const PLACES: u64 = 1_024;
const MARKS_PER_BYTE: usize = 4;

/// How far a delivery is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Unknown,
    Waiting,
    Delivered,
    /// Filtered, failed or expired.
    Ended,
}

/// Which deliveries of one lane a chunk is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ChunkKey {
    pub(crate) pair: u32,
    /// A hash of the mapping's id; 0 for none.
    pub(crate) subscription: u64,
    pub(crate) replay: u32,
    pub(crate) partition: u32,
    pub(crate) number: u64,
}

/// The marks of neighbouring events in one lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chunk {
    marks: [u8; PLACES as usize / MARKS_PER_BYTE],
    /// The day since 1970 when a mark was set last.
    pub(crate) day: u32,
}

impl Chunk {
    pub(crate) const BYTES: usize = PLACES as usize / MARKS_PER_BYTE;

    pub(crate) fn new(marks: [u8; Self::BYTES], day: u32) -> Self {
        Self { marks, day }
    }

    pub(crate) fn empty(day: u32) -> Self {
        Self::new([0; Self::BYTES], day)
    }

    pub(crate) fn marks(&self) -> &[u8] {
        &self.marks
    }

    /// The number of the chunk that an offset belongs to.
    pub(crate) fn number_of(offset: u64) -> u64 {
        offset / PLACES
    }

    pub(crate) fn get(&self, offset: u64) -> Mark {
        let (byte, shift) = place(offset);
        match self.marks[byte] >> shift & 3 {
            0 => Mark::Unknown,
            1 => Mark::Waiting,
            2 => Mark::Delivered,
            _ => Mark::Ended,
        }
    }

    pub(crate) fn set(&mut self, offset: u64, mark: Mark) {
        let (byte, shift) = place(offset);
        self.marks[byte] = self.marks[byte] & !(3 << shift) | (mark as u8) << shift;
    }
}

fn place(offset: u64) -> (usize, usize) {
    let place = (offset % PLACES) as usize;
    (place / MARKS_PER_BYTE, place % MARKS_PER_BYTE * 2)
}

impl Mark {
    /// What it becomes when a record tells of this state. An end is final: what comes after it is about the same delivery,
    /// made or told once more after a crash.
    pub(crate) fn then(self, state: StateKind) -> Self {
        match (self, state) {
            (Self::Delivered | Self::Ended, _) => self,
            (_, StateKind::Retrying) => Self::Waiting,
            (_, StateKind::Delivered) => Self::Delivered,
            (_, StateKind::Filtered | StateKind::Failed | StateKind::Expired) => Self::Ended,
        }
    }

    pub(crate) fn has_ended(self) -> bool {
        matches!(self, Self::Delivered | Self::Ended)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_place_keeps_its_own_mark() {
        let marks = [Mark::Unknown, Mark::Waiting, Mark::Delivered, Mark::Ended];
        let mut chunk = Chunk::empty(0);
        for round in 0..4 {
            let mark = |offset: u64| marks[(offset as usize * 7 + round) % 4];
            (PLACES..2 * PLACES).for_each(|offset| chunk.set(offset, mark(offset)));
            assert!((PLACES..2 * PLACES).all(|offset| chunk.get(offset) == mark(offset)));
        }
    }

    #[test]
    fn an_end_is_final() {
        for state in StateKind::ALL {
            assert_eq!(Mark::Delivered.then(state), Mark::Delivered);
            assert_eq!(Mark::Ended.then(state), Mark::Ended);
            assert_eq!(Mark::Unknown.then(state), Mark::Waiting.then(state));
        }
    }
}
