//! Counts by time at one resolution, within a bound.

use std::collections::BTreeMap;
use std::ops::Range;

use prime_event::{LedgerCounts, SourceId, Timestamp, WorkspaceId};

const HOUR_MS: i64 = 60 * 60_000;
/// Rows of a level: 86 sources in each minute of two days, 347 in each hour of thirty.
const ROWS_MAX: usize = 250_000;
/// As many codes as a `Vec` makes room for at first; a row with more counts as more than one.
const CODES_PER_ROW: usize = 4;

/// How finely time is divided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolution {
    Minute,
    Hour,
}

impl Resolution {
    pub fn step_ms(self) -> i64 {
        match self {
            Self::Minute => 60_000,
            Self::Hour => HOUR_MS,
        }
    }

    /// How far back it is kept.
    pub fn kept_ms(self) -> i64 {
        match self {
            Self::Minute => 48 * HOUR_MS,
            Self::Hour => 30 * 24 * HOUR_MS,
        }
    }

    /// The start of the minute or hour that a time belongs to.
    pub fn start_of(self, time: Timestamp) -> Timestamp {
        Timestamp::from_millis(time.as_millis().div_euclid(self.step_ms()) * self.step_ms())
    }
}

/// Whose messages are asked for.
#[derive(Clone, Copy, Debug)]
pub struct Whose<'a> {
    pub workspace: &'a WorkspaceId,
    /// All sources of the workspace when absent.
    pub source: Option<&'a SourceId>,
}

/// A source as a small number, see [`Names`].
pub(crate) type Number = u32;

/// Names of sources. As many as have ever sent since the start, so few that none is ever dropped.
#[derive(Debug, Default)]
pub(crate) struct Names {
    numbers: BTreeMap<(WorkspaceId, SourceId), Number>,
}

impl Names {
    pub(crate) fn number(&mut self, workspace: &WorkspaceId, source: &SourceId) -> Number {
        let (next, key) = (self.numbers.len() as Number, (workspace.clone(), source.clone()));
        *self.numbers.entry(key).or_insert(next)
    }

    pub(crate) fn numbers(&self, whose: Whose<'_>) -> Vec<(&SourceId, Number)> {
        let first = (whose.workspace.clone(), SourceId::new(""));
        let own = self.numbers.range(first..).take_while(|((workspace, _), _)| workspace == whose.workspace);
        own.filter(|((_, source), _)| whose.source.is_none_or(|wanted| wanted == source))
            .map(|((_, source), number)| (source, *number))
            .collect()
    }
}

/// What one resolution keeps.
#[derive(Debug)]
pub(crate) struct Level {
    resolution: Resolution,
    rows_max: usize,
    /// By start, and in order of number.
    times: BTreeMap<Timestamp, Vec<(Number, LedgerCounts)>>,
    rows: usize,
    /// What lies before this was dropped for want of room.
    complete_since: Option<Timestamp>,
}

impl Level {
    pub(crate) fn new(resolution: Resolution) -> Self {
        Self { resolution, rows_max: ROWS_MAX, times: BTreeMap::new(), rows: 0, complete_since: None }
    }

    /// Adds counts to the minute or hour of a time, unless that is no longer kept.
    pub(crate) fn add(&mut self, number: Number, time: Timestamp, counts: &LedgerCounts, now: Timestamp) {
        let start = self.resolution.start_of(time);
        if start < self.oldest(now) || self.complete_since.is_some_and(|since| start < since) {
            return;
        }
        let time = self.times.entry(start).or_default();
        match time.binary_search_by_key(&number, |(number, _)| *number) {
            Ok(place) => {
                let row = &mut time[place].1;
                self.rows -= size(row);
                row.add(counts);
                self.rows += size(row);
            }
            Err(place) => {
                self.rows += size(counts);
                time.insert(place, (number, counts.clone()));
            }
        }
    }

    /// Drops what is too old, and the oldest of what there is no room for.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        let oldest = self.oldest(now);
        while let Some(first) = self.times.first_entry() {
            let is_full = self.rows > self.rows_max;
            if !is_full && *first.key() >= oldest {
                return;
            }
            if is_full {
                self.complete_since = Some(after(*first.key(), self.resolution));
            }
            self.rows -= first.remove().iter().map(|(_, counts)| size(counts)).sum::<usize>();
        }
    }

    /// What is counted within the range, oldest first. Times in which nothing happened are absent.
    pub(crate) fn within(
        &self,
        range: Range<Timestamp>,
    ) -> impl Iterator<Item = (Timestamp, &[(Number, LedgerCounts)])> {
        let range = if range.start < range.end { range } else { range.start..range.start };
        self.times.range(range).map(|(start, rows)| (*start, rows.as_slice()))
    }

    pub(crate) fn complete_since(&self) -> Option<Timestamp> {
        self.complete_since
    }

    fn oldest(&self, now: Timestamp) -> Timestamp {
        self.resolution.start_of(Timestamp::from_millis(now.as_millis() - self.resolution.kept_ms()))
    }
}

fn after(start: Timestamp, resolution: Resolution) -> Timestamp {
    Timestamp::from_millis(start.as_millis() + resolution.step_ms())
}

/// As how many rows it counts.
fn size(counts: &LedgerCounts) -> usize {
    counts.rejected.len().div_ceil(CODES_PER_ROW).max(1)
}

#[cfg(test)]
mod tests {
    use prime_event::DiscardCode;

    use super::*;

    fn minute(number: i64) -> Timestamp {
        Timestamp::from_millis(number * 60_000)
    }

    fn accepted(messages: u64) -> LedgerCounts {
        LedgerCounts { accepted: messages, ..LedgerCounts::default() }
    }

    #[test]
    fn what_is_older_than_two_days_goes_and_does_not_come_back() {
        let mut level = Level::new(Resolution::Minute);
        let now = minute(100_000);
        level.add(0, minute(100_000 - 2_880), &accepted(1), now);
        level.add(0, minute(100_000 - 2_881), &accepted(1), now);
        assert_eq!(level.within(minute(0)..now).count(), 1);
        level.expire(minute(100_001));
        assert_eq!((level.within(minute(0)..now).count(), level.rows), (0, 0));
        assert_eq!(level.complete_since(), None, "what is old is not missed");
    }

    #[test]
    fn without_room_the_oldest_go_first_and_it_is_told_since_when_all_is_there() {
        let mut level = Level { rows_max: 6, ..Level::new(Resolution::Minute) };
        let mut rejected = accepted(9);
        DiscardCode::ALL[..5].iter().for_each(|code| rejected.add_rejected(*code, 1));
        for number in 1..4 {
            level.add(0, minute(number), &accepted(1), minute(5));
            level.add(1, minute(number), &rejected, minute(5));
        }
        assert_eq!(level.rows, 9, "five codes take the room of two rows");
        level.expire(minute(5));
        assert_eq!((level.rows, level.complete_since()), (6, Some(minute(2))));
        level.add(0, minute(1), &accepted(1), minute(5));
        assert_eq!(
            level.within(minute(0)..minute(9)).map(|(start, _)| start).collect::<Vec<_>>(),
            [minute(2), minute(3)]
        );
    }

    #[test]
    fn a_range_that_ends_before_it_begins_holds_nothing() {
        let mut level = Level::new(Resolution::Hour);
        level.add(0, minute(60), &accepted(1), minute(61));
        assert_eq!(level.within(minute(120)..minute(0)).count(), 0);
    }
}
