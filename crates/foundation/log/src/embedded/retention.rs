//! What a partition lets go of.

use std::time::Duration;

use crate::record::Offset;

/// What retention knows about a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) first: Offset,
    /// No record in the segment is newer. `None` for the segment that is written.
    pub(super) newest_ms: Option<i64>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Choice {
    /// Records below this go, in whole segments.
    pub(super) trim_before: Option<Offset>,
    /// Go on in a new segment, so that this one can go in time.
    pub(super) roll: bool,
}

/// A segment goes as a whole when its newest record is too old. For the oldest record in it not to wait much longer than
/// its time, a segment is closed once it spans a quarter of it.
pub(super) fn by_age(segments: &[Kept], oldest_written_ms: Option<i64>, age_max: Duration, now_ms: i64) -> Choice {
    let age_max_ms = i64::try_from(age_max.as_millis()).unwrap_or(i64::MAX);
    let too_old = |newest_ms: i64| now_ms.saturating_sub(newest_ms) > age_max_ms;
    let keep = segments.iter().position(|segment| !segment.newest_ms.is_some_and(too_old)).unwrap_or(segments.len());
    let trim_before = match keep {
        0 => None,
        keep => segments.get(keep).map(|segment| segment.first),
    };
    let roll = oldest_written_ms.is_some_and(|oldest| now_ms.saturating_sub(oldest) > age_max_ms / 4);
    Choice { trim_before, roll }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AGE: Duration = Duration::from_millis(1000);

    fn segments() -> [Kept; 3] {
        [
            Kept { first: 0, newest_ms: Some(100) },
            Kept { first: 10, newest_ms: Some(200) },
            Kept { first: 20, newest_ms: None },
        ]
    }

    #[test]
    fn segments_go_when_their_newest_record_is_too_old() {
        let trim_before = |now| by_age(&segments(), None, AGE, now).trim_before;
        assert_eq!(trim_before(1100), None);
        assert_eq!(trim_before(1101), Some(10));
        assert_eq!(trim_before(1200), Some(10));
        assert_eq!(trim_before(1201), Some(20));
    }

    #[test]
    fn the_segment_that_is_written_never_goes() {
        assert_eq!(by_age(&segments(), None, AGE, i64::MAX).trim_before, Some(20));
        assert_eq!(by_age(&segments()[2..], None, AGE, i64::MAX).trim_before, None);
    }

    #[test]
    fn the_segment_that_is_written_is_closed_once_it_spans_a_quarter_of_the_age() {
        let roll = |oldest, now| by_age(&segments(), oldest, AGE, now).roll;
        assert!(!roll(Some(300), 550));
        assert!(roll(Some(300), 551));
        assert!(!roll(None, i64::MAX), "an empty segment has nothing to let go");
    }

    #[test]
    fn a_clock_that_went_back_lets_nothing_go() {
        assert_eq!(by_age(&segments(), Some(300), AGE, i64::MIN), Choice { trim_before: None, roll: false });
    }
}
