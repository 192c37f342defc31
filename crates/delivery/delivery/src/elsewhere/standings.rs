use std::collections::{HashMap, HashSet};

use prime_destination::{QueueState, Standing};
use prime_event::{DestinationId, Timestamp};

use crate::progress::{Line, Told};

/// Destinations of one partition that are remembered; more are not shown. Some hundred bytes each, with sentences up to 2 KiB:
/// 25 MiB at worst.
pub(super) const DESTINATIONS_MAX: usize = 10_000;
/// What waits is told anew every ten seconds. Where it was not for this long, nobody delivers it.
const SILENCE_MS: i64 = 60_000;

/// What was told last of each destination of one partition. By the clocks of whoever told it.
#[derive(Default)]
pub(super) struct Standings {
    told: HashMap<DestinationId, (i64, Standing)>,
    /// Named by the sum that is being read; whoever is not named by a whole one is gone.
    named: Option<HashSet<DestinationId>>,
}

impl Standings {
    pub(super) fn take(&mut self, line: Line) {
        match line {
            Line::Begin => self.named = Some(HashSet::new()),
            Line::End => {
                if let Some(named) = self.named.take() {
                    self.told.retain(|id, _| named.contains(id));
                }
            }
            Line::Entry(entry) => {
                let id = DestinationId::new(entry.name);
                if entry.is_forgotten {
                    self.told.remove(&id);
                } else {
                    self.name(id);
                }
            }
            Line::Told(Told { name, at_ms, standing }) => {
                let id = DestinationId::new(name);
                if self.told.len() < DESTINATIONS_MAX || self.told.contains_key(&id) {
                    self.told.insert(id.clone(), (at_ms, standing));
                    self.name(id);
                }
            }
        }
    }

    /// A stretch of the stream was not read.
    pub(super) fn skip(&mut self) {
        self.named = None;
    }

    fn name(&mut self, id: DestinationId) {
        if let Some(named) = &mut self.named
            && self.told.contains_key(&id)
        {
            named.insert(id);
        }
    }

    /// Where the destination stands as far as anybody told. Where something waits and nobody tells of it any more, its reason
    /// says so.
    pub(super) fn get(&self, id: &DestinationId, now: Timestamp) -> Option<Standing> {
        let (at_ms, mut standing) = self.told.get(id).cloned()?;
        if standing.waits() && now.as_millis().saturating_sub(at_ms) > SILENCE_MS {
            let sentence = silent(Timestamp::from_millis(at_ms));
            standing.state.last_error.get_or_insert_with(|| sentence.clone());
            standing.queue = standing.queue.map(|queue| QueueState {
                under_way: 0,
                rate_per_second: 0.0,
                reason: Some(sentence),
                ..queue
            });
        }
        Some(standing)
    }
}

fn silent(since: Timestamp) -> String {
    format!(
        "Nobody has told how it stands since {since}: the node that delivered here is gone or cannot reach the log, and no other \
         has taken over."
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::{Entry, sample_told};

    fn told(name: &str, behind: u64) -> Line {
        let mut told = Told { name: name.into(), ..sample_told() };
        told.standing.state.behind = behind;
        Line::Told(told)
    }

    fn entry(name: &str) -> Entry {
        Entry { name: name.into(), ..Entry::default() }
    }

    fn behind(standings: &Standings, name: &str) -> Option<u64> {
        let now = Timestamp::from_millis(sample_told().at_ms);
        Some(standings.get(&DestinationId::new(name), now)?.state.behind)
    }

    fn after(lines: impl IntoIterator<Item = Line>) -> Standings {
        let mut standings = Standings::default();
        lines.into_iter().for_each(|line| standings.take(line));
        standings
    }

    #[test]
    fn the_newest_counts_until_the_destination_is_forgotten() {
        let mut standings = after([told("a", 7), told("b", 1), told("a", 3)]);
        assert_eq!((behind(&standings, "a"), behind(&standings, "b")), (Some(3), Some(1)));
        standings.take(Line::Entry(Entry { is_forgotten: true, ..entry("a") }));
        assert_eq!((behind(&standings, "a"), behind(&standings, "b")), (None, Some(1)));
    }

    #[test]
    fn a_whole_sum_forgets_whom_it_does_not_name() {
        let before = [told("told", 1), told("owed", 2), told("gone", 3)];
        let sum = [Line::Begin, Line::Entry(entry("owed")), Line::Entry(entry("told")), told("told", 4)];
        let mut standings = after(before.into_iter().chain(sum));
        assert_eq!(behind(&standings, "gone"), Some(3));
        standings.take(Line::End);
        assert_eq!(["told", "owed", "gone"].map(|name| behind(&standings, name)), [Some(4), Some(2), None]);
    }

    #[test]
    fn a_sum_of_which_a_part_was_not_read_forgets_nobody() {
        let mut standings = after([told("a", 1), Line::Begin]);
        standings.skip();
        standings.take(Line::End);
        assert_eq!(behind(&standings, "a"), Some(1));
    }

    #[test]
    fn no_more_destinations_are_remembered_than_the_bound() {
        let name = |number: usize| format!("hook-{number}");
        let mut standings = after((0..=DESTINATIONS_MAX).map(|number| told(&name(number), 1)));
        assert_eq!(standings.told.len(), DESTINATIONS_MAX);
        assert_eq!(behind(&standings, &name(DESTINATIONS_MAX)), None);
        standings.take(told(&name(0), 2));
        assert_eq!(behind(&standings, &name(0)), Some(2), "whoever is known is told of still");
    }

    #[test]
    fn what_waits_and_is_not_told_of_for_a_minute_says_since_when() {
        let standings = after([Line::Told(sample_told())]);
        let at = |ms: i64| {
            let now = Timestamp::from_millis(sample_told().at_ms + ms);
            standings.get(&DestinationId::new("hook"), now).unwrap()
        };
        assert_eq!(at(SILENCE_MS), sample_told().standing);
        let standing = at(SILENCE_MS + 1);
        let queue = standing.queue.unwrap();
        assert_eq!((queue.waiting, queue.under_way, queue.rate_per_second), (70_000, 0, 0.0));
        assert!(queue.reason.unwrap().starts_with("Nobody has told how it stands since 2023-11-14T22:13:50.000Z: "));
        assert_eq!(standing.state.last_error, sample_told().standing.state.last_error);
    }

    #[test]
    fn where_nothing_waits_silence_says_nothing() {
        let mut idle = sample_told();
        idle.standing.state.behind = 0;
        idle.standing.queue = None;
        let standings = after([Line::Told(idle.clone())]);
        let late = Timestamp::from_millis(idle.at_ms + 100 * SILENCE_MS);
        assert_eq!(standings.get(&DestinationId::new("hook"), late), Some(idle.standing));
    }
}
