//! How many messages of which source came to which end.

use std::collections::BTreeMap;

use prime_event::{DiscardCode, LedgerCounts, LedgerLine, LedgerRecord, SourceId, Timestamp, WorkspaceId};
use prime_log::Offset;
use prime_runtime::Counters;

use crate::decode::RequestFacts;

/// What became of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Processed,
    Duplicate,
    Rejected(DiscardCode),
}

/// Counts by workspace, source and minute of arrival.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    lines: BTreeMap<LineKey, LedgerCounts>,
    /// The line counted on last, apart from the others: most messages stand beside others of their source.
    current: Option<(LineKey, LedgerCounts)>,
}

type LineKey = (WorkspaceId, SourceId, Timestamp);

impl Tally {
    /// Counts one message, in the minute in which its request was received.
    pub(crate) fn add(&mut self, request: &RequestFacts, end: End) {
        let counts = self.line(request);
        counts.accepted += 1;
        match end {
            End::Processed => counts.processed += 1,
            End::Duplicate => counts.duplicates += 1,
            End::Rejected(code) => counts.add_rejected(code, 1),
        }
    }

    pub(crate) fn add_all(&mut self, mut other: Self) {
        other.put_away();
        self.put_away();
        for (key, counts) in other.lines {
            self.lines.entry(key).or_default().add(&counts);
        }
    }

    /// The ledger's record of the stretch that this is the tally of.
    pub(crate) fn into_record(mut self, from: Offset, next: Offset) -> LedgerRecord {
        self.put_away();
        let lines = self.lines.into_iter();
        let lines = lines.map(|((workspace, source, minute), counts)| LedgerLine { workspace, source, minute, counts });
        LedgerRecord { from, next, lines: lines.collect() }
    }

    pub(crate) fn count(mut self, counters: &Counters, now: Timestamp) {
        self.put_away();
        for ((_, id, _), counts) in &self.lines {
            let source = counters.source(id);
            if counts.processed > 0 {
                source.add_processed(counts.processed, now);
            }
            if counts.duplicates > 0 {
                source.add_duplicates(counts.duplicates, now);
            }
            for &(code, messages) in &counts.rejected {
                source.add_rejected(code, messages, now);
            }
        }
    }

    fn line(&mut self, request: &RequestFacts) -> &mut LedgerCounts {
        let minute = LedgerLine::minute_of(request.received_at);
        let is_current = self.current.as_ref().is_some_and(|((workspace, source, current), _)| {
            *current == minute && *source == request.source && *workspace == request.workspace
        });
        if !is_current {
            self.put_away();
        }
        let fresh = || ((request.workspace.clone(), request.source.clone(), minute), LedgerCounts::default());
        &mut self.current.get_or_insert_with(fresh).1
    }

    fn put_away(&mut self) {
        if let Some((key, counts)) = self.current.take() {
            self.lines.entry(key).or_default().add(&counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(source: &str, millis: i64) -> RequestFacts {
        RequestFacts {
            workspace: WorkspaceId::new("w"),
            source: SourceId::new(source),
            received_at: Timestamp::from_millis(millis),
            was_accepted: true,
        }
    }

    #[test]
    fn each_source_and_minute_has_one_line_whatever_the_order() {
        let mut tally = Tally::default();
        for (source, millis, end) in [
            ("a", 5, End::Processed),
            ("b", 6, End::Duplicate),
            ("a", 59_999, End::Rejected(DiscardCode::NoUserAnonId)),
            ("a", 60_000, End::Processed),
            ("a", 7, End::Processed),
        ] {
            tally.add(&request(source, millis), end);
        }
        let mut both = tally.clone();
        both.add_all(tally);
        let record = both.into_record(3, 9);
        assert_eq!((record.from, record.next), (3, 9));
        let lines: Vec<_> = record
            .lines
            .iter()
            .map(|line| (line.source.as_str(), line.minute.as_millis(), line.counts.accepted, line.counts.processed))
            .collect();
        assert_eq!(lines, [("a", 0, 6, 4), ("a", 60_000, 2, 2), ("b", 0, 2, 0)]);
        assert!(record.lines.iter().all(|line| line.counts.is_balanced()));
    }
}
