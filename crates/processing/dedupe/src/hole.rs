/// A stretch of time whose messages the index does not know, or not all: retries of what arrived in it may pass as new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Arrival of the first copies, milliseconds since 1970, both included.
    pub from_ms: i64,
    pub to_ms: i64,
    pub reason: HoleReason,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoleReason {
    /// What was read from disk is not what was written, or cannot be read.
    Damaged,
    /// A file of the index is gone.
    Missing,
    /// `events` does not hold the messages any more from which the index would be made again.
    NotReplayable,
    /// The disk took no writes for so long that the ids did not fit into memory any more.
    NotStored,
}

/// More are joined with their neighbours: what is reported stays true, and bounded.
const HOLES_MAX: usize = 64;

impl HoleReason {
    pub(crate) const ALL: [Self; 4] = [Self::Damaged, Self::Missing, Self::NotReplayable, Self::NotStored];

    /// Stable, for metrics and interfaces.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Missing => "missing",
            Self::NotReplayable => "not_replayable",
            Self::NotStored => "not_stored",
        }
    }

    pub(crate) fn code(self) -> u8 {
        self as u8
    }

    pub(crate) fn of_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }
}

/// Holes in the order of time; those of one reason do not touch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Holes {
    holes: Vec<Hole>,
}

impl Holes {
    pub(crate) fn of(holes: Vec<Hole>) -> Self {
        let mut all = Self::default();
        for hole in holes {
            all.add(hole);
        }
        all
    }

    pub(crate) fn all(&self) -> &[Hole] {
        &self.holes
    }

    /// Whether anything changed.
    pub(crate) fn add(&mut self, mut hole: Hole) -> bool {
        let known =
            |known: &Hole| known.reason == hole.reason && known.from_ms <= hole.from_ms && known.to_ms >= hole.to_ms;
        if self.holes.iter().any(known) {
            return false;
        }
        self.holes.retain(|other| {
            let apart = other.reason != hole.reason || other.to_ms < hole.from_ms || other.from_ms > hole.to_ms;
            if !apart {
                hole.from_ms = hole.from_ms.min(other.from_ms);
                hole.to_ms = hole.to_ms.max(other.to_ms);
            }
            apart
        });
        self.holes.push(hole);
        self.holes.sort_by_key(|hole| (hole.from_ms, hole.to_ms, hole.reason));
        while self.holes.len() > HOLES_MAX {
            self.join_the_nearest();
        }
        true
    }

    /// Forgets what ended before. Whether anything changed.
    pub(crate) fn forget_before(&mut self, ms: i64) -> bool {
        let before = self.holes.len();
        self.holes.retain(|hole| hole.to_ms >= ms);
        self.holes.len() != before
    }

    fn join_the_nearest(&mut self) {
        let gap = |place: &usize| self.holes[place + 1].from_ms.saturating_sub(self.holes[*place].to_ms);
        let Some(place) = (0..self.holes.len().saturating_sub(1)).min_by_key(gap) else { return };
        let later = self.holes.remove(place + 1);
        let joined = &mut self.holes[place];
        joined.to_ms = joined.to_ms.max(later.to_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hole(from_ms: i64, to_ms: i64) -> Hole {
        Hole { from_ms, to_ms, reason: HoleReason::Damaged }
    }

    #[test]
    fn holes_that_touch_become_one_and_known_ones_change_nothing() {
        let mut holes = Holes::default();
        assert!(holes.add(hole(10, 20)) && holes.add(hole(30, 40)) && holes.add(hole(20, 30)));
        assert_eq!(holes.all(), [hole(10, 40)]);
        assert!(!holes.add(hole(15, 16)));
        assert!(holes.add(Hole { reason: HoleReason::Missing, ..hole(15, 16) }), "another reason is another hole");
    }

    #[test]
    fn a_hole_is_forgotten_once_it_left_the_window() {
        let mut holes = Holes::of(vec![hole(10, 20), hole(30, 40)]);
        assert!(!holes.forget_before(20));
        assert!(holes.forget_before(21));
        assert_eq!(holes.all(), [hole(30, 40)]);
    }

    #[test]
    fn many_holes_are_joined_and_none_is_lost() {
        let mut holes = Holes::default();
        for place in 0..1_000 {
            holes.add(hole(place * 10, place * 10 + 1));
        }
        assert_eq!(holes.all().len(), HOLES_MAX);
        let covered = |ms: i64| holes.all().iter().any(|hole| (hole.from_ms..=hole.to_ms).contains(&ms));
        assert!((0..1_000).all(|place| covered(place * 10) && covered(place * 10 + 1)));
    }

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        for reason in HoleReason::ALL {
            assert_eq!(HoleReason::of_code(reason.code()), Some(reason));
        }
        assert_eq!(HoleReason::of_code(9), None);
    }
}
