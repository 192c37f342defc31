use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

use super::milestones::Milestones;
use super::owed::Owed;
use super::{Exception, Progress};
use crate::near::near;

/// What a destination is owed of one partition. Its second and third cache line are all that a job wants while all is well.
#[derive(Default)]
#[repr(C, align(64))]
pub(crate) struct Lane {
    /// Places of jobs that were attempted and are not finished.
    exceptions: BTreeMap<u64, u32>,
    /// In the list of lanes that want to be read.
    pub(crate) listed: bool,
    milestones: Milestones,
    /// All below was read: it is finished, or stands in another member.
    read_to: u64,
    /// The end of what is in memory.
    taken_to: u64,
    /// The end of what was attempted.
    attempted_to: u64,
    /// Owed and not in memory, ascending, apart from each other. All of it comes after what is in memory.
    backlog: VecDeque<Range<u64>>,
    /// In memory and not finished by a first attempt.
    owed: Owed,
    /// Exceptions from before that were not offered again yet. Ascending.
    restored: VecDeque<Exception>,
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(std::mem::offset_of!(Lane, read_to) == 72 && std::mem::offset_of!(Lane, owed) == 128);

/// What an offered offset is to a lane.
#[derive(PartialEq, Eq, Debug)]
pub(crate) enum Admission {
    Fresh,
    /// It was attempted before.
    Again(Exception),
    Later,
    Known,
}

impl Lane {
    pub(crate) fn restore(progress: Progress) -> Self {
        let mut restored = progress.exceptions;
        restored.sort_unstable_by_key(|exception| exception.offset);
        restored.dedup_by_key(|exception| exception.offset);
        let singles = restored.iter().map(|exception| exception.offset..exception.offset + 1);
        let backlog = union(progress.owed.into_iter().chain(singles).collect());
        // What lies between two ranges is finished, so all of them count as reached by attempts.
        let last = backlog.last().map_or(progress.read_to, |range| range.start);
        Self {
            read_to: progress.read_to,
            attempted_to: last,
            backlog: backlog.into(),
            restored: restored.into(),
            ..Self::default()
        }
    }

    /// Judges an offset that is offered and notes that it was. `room`: whether it can be held.
    pub(crate) fn admit(&mut self, offset: u64, since_ms: u64, room: bool) -> Admission {
        if offset >= self.read_to {
            return self.admit_new(offset, since_ms, room);
        }
        let Some(front) = self.backlog.front_mut() else { return Admission::Known };
        if !front.contains(&offset) {
            // Behind the front: somebody offers without having read what is owed first.
            let later = self.backlog.iter().any(|range| range.contains(&offset));
            return if later { Admission::Later } else { Admission::Known };
        }
        if !room {
            return Admission::Later;
        }
        self.read_backlog_to(offset + 1);
        let place = self.restored.binary_search_by_key(&offset, |exception| exception.offset);
        place.ok().and_then(|place| self.restored.remove(place)).map_or(Admission::Fresh, Admission::Again)
    }

    fn admit_new(&mut self, offset: u64, since_ms: u64, room: bool) -> Admission {
        let before = std::mem::replace(&mut self.read_to, offset + 1);
        self.milestones.pass(offset, since_ms);
        if self.backlog.is_empty() && room {
            self.taken_to = offset + 1;
            return Admission::Fresh;
        }
        // What lies between two owed offsets was looked at and not offered; looking again does no harm.
        match self.backlog.back_mut() {
            Some(back) if back.end == before => back.end = offset + 1,
            _ => self.backlog.push_back(offset..offset + 1),
        }
        Admission::Later
    }

    /// All below `end` was read, and what was not offered is not owed. Returns the exceptions that were
    /// to be found there and were not.
    pub(crate) fn read_through(&mut self, end: u64, reading_backlog: bool) -> Vec<Exception> {
        if !reading_backlog {
            let before = self.read_to;
            self.read_to = before.max(end);
            if let Some(back) = self.backlog.back_mut()
                && back.end == before
            {
                back.end = self.read_to;
            }
            return Vec::new();
        }
        self.read_backlog_to(end);
        let missing = self.restored.partition_point(|exception| exception.offset < end);
        self.restored.drain(..missing).collect()
    }

    fn read_backlog_to(&mut self, end: u64) {
        while let Some(front) = self.backlog.front_mut()
            && front.start < end
        {
            front.start = end.min(front.end);
            if front.is_empty() {
                self.backlog.pop_front();
            }
        }
        self.taken_to = self.taken_to.max(end);
    }

    /// Returns what to end it by.
    pub(crate) fn put_fresh(&mut self, offset: u64) -> u32 {
        self.owed.push(offset)
    }

    pub(crate) fn attempted(&mut self, offset: u64) {
        self.attempted_to = self.attempted_to.max(offset + 1);
    }

    /// Finished by its first attempt, or an exception from now on.
    pub(crate) fn end_fresh(&mut self, owed: u32, offset: u64) {
        let was = self.owed.remove(owed, offset);
        debug_assert!(was, "{offset} was not owed");
    }

    pub(crate) fn put_exception(&mut self, offset: u64, place: u32) {
        self.exceptions.insert(offset, place);
    }

    pub(crate) fn end_exception(&mut self, offset: u64) {
        let was = self.exceptions.remove(&offset);
        debug_assert!(was.is_some(), "{offset} was no exception");
    }

    pub(crate) fn bring_near(&self) {
        near(&self.read_to);
        near(&self.owed);
    }

    /// Where the next fresh one goes: first the block, then the place in it.
    pub(crate) fn bring_end_near(&self) {
        self.owed.bring_end_near();
    }

    pub(crate) fn bring_distance_near(&self) {
        self.owed.bring_distance_near();
    }

    /// What is to be ended.
    pub(crate) fn bring_owed_near(&self, owed: u32) {
        self.owed.bring_near(owed);
    }

    pub(crate) fn backlog_front(&self) -> Option<&Range<u64>> {
        self.backlog.front()
    }

    pub(crate) fn backlog_offsets(&self) -> u64 {
        self.backlog.iter().map(|range| range.end - range.start).sum()
    }

    pub(crate) fn exceptions(&self) -> impl Iterator<Item = (u64, u32)> {
        self.exceptions.iter().map(|(&offset, &place)| (offset, place))
    }

    pub(crate) fn restored(&self) -> impl Iterator<Item = Exception> {
        self.restored.iter().copied()
    }

    /// What is read and owed for the first time, in as few ranges as say it exactly.
    pub(crate) fn marks(&self) -> (u64, Vec<Range<u64>>) {
        let (mut ranges, rest) = self.owed.runs(self.attempted_to);
        // Beyond all attempts nothing is finished.
        ranges.extend(rest.map(|first| first..self.taken_to));
        ranges.extend(self.backlog.iter().cloned());
        (self.read_to, union(ranges))
    }

    /// The lowest offset that is still needed.
    pub(crate) fn low_water(&self) -> u64 {
        let lowest = [
            self.owed.first(),
            self.backlog.front().map(|range| range.start),
            self.exceptions.keys().next().copied(),
            self.restored.front().map(|exception| exception.offset),
        ];
        lowest.into_iter().flatten().min().unwrap_or(self.read_to)
    }

    /// Since when the oldest that was never attempted waits.
    pub(crate) fn oldest_fresh_ms(&mut self) -> Option<u64> {
        let first = self.owed.first().or_else(|| self.backlog.front().map(|range| range.start))?;
        self.milestones.forget_below(first);
        self.milestones.since_ms(first)
    }

    pub(crate) fn memory_bytes(&self) -> usize {
        // A B-tree keeps its nodes two thirds full at random, with 12 bytes to an entry here.
        self.owed.memory_bytes() + self.exceptions.len() * 18 + self.restored.capacity() * size_of::<Exception>()
    }
}

fn union(mut ranges: Vec<Range<u64>>) -> Vec<Range<u64>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_unstable_by_key(|range| range.start);
    let mut joined: Vec<Range<u64>> = Vec::new();
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_room_offsets_become_one_range_and_are_taken_in_order_later() {
        let mut lane = Lane::default();
        assert_eq!(lane.admit(0, 0, true), Admission::Fresh);
        for offset in [3, 5, 9] {
            assert_eq!(lane.admit(offset, 0, false), Admission::Later);
        }
        assert_eq!(lane.admit(10, 0, true), Admission::Later, "nothing overtakes the backlog");
        assert_eq!((lane.backlog_front(), lane.backlog_offsets()), (Some(&(3..11)), 8));
        assert_eq!(lane.admit(3, 0, true), Admission::Fresh);
        assert_eq!(lane.admit(3, 0, true), Admission::Known);
        assert_eq!(lane.admit(9, 0, true), Admission::Fresh);
        assert_eq!((lane.backlog_front(), lane.backlog_offsets()), (Some(&(10..11)), 1));
    }

    #[test]
    fn a_restored_lane_asks_for_exceptions_and_what_is_owed_and_for_nothing_else() {
        let exception = |offset| Exception { offset, attempt: 2, due_ms: 5, first_attempt_ms: 1 };
        let owed = vec![50..58, 58..60];
        let progress = Progress { read_to: 100, owed, exceptions: vec![exception(55), exception(7)] };
        let mut lane = Lane::restore(progress);
        assert_eq!(lane.backlog, [7..8, 50..60]);
        assert_eq!(lane.low_water(), 7);
        assert_eq!(lane.admit(7, 0, true), Admission::Again(exception(7)));
        assert_eq!(lane.admit(54, 0, true), Admission::Fresh);
        assert_eq!(lane.admit(55, 0, true), Admission::Again(exception(55)));
        assert_eq!(lane.admit(49, 0, true), Admission::Known);
    }

    #[test]
    fn an_exception_whose_event_is_gone_is_named() {
        let exception = Exception { offset: 7, attempt: 2, due_ms: 5, first_attempt_ms: 1 };
        let mut lane = Lane::restore(Progress { read_to: 100, owed: vec![], exceptions: vec![exception] });
        assert_eq!(lane.read_through(20, true), [exception]);
        assert_eq!(lane.low_water(), 100);
    }
}
