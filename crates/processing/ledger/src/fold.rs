use std::collections::BTreeMap;
use std::collections::HashMap;
use std::ops::Range;

use prime_event::{LedgerCounts, LedgerRecord, SourceId, Timestamp, WorkspaceId};

use crate::finding::{Finding, FindingKind, Findings};
use crate::level::{Level, Names, Resolution, Whose};

/// The sums over the records of the `ledger` stream. Pure: time is an argument.
#[derive(Debug)]
pub struct Ledger {
    minutes: Level,
    hours: Level,
    names: Names,
    /// Where the next record of each partition has to begin.
    next: HashMap<u32, u64>,
    findings: Findings,
}

impl Default for Ledger {
    fn default() -> Self {
        Self {
            minutes: Level::new(Resolution::Minute),
            hours: Level::new(Resolution::Hour),
            names: Names::default(),
            next: HashMap::new(),
            findings: Findings::default(),
        }
    }
}

impl Ledger {
    /// Adds the next record of a partition. Records of one partition come in order; the first may begin anywhere.
    pub fn take(&mut self, partition: u32, record: &LedgerRecord, written_at: Timestamp, now: Timestamp) {
        let LedgerRecord { from, next, .. } = *record;
        let mut find = |kind, from, next| self.findings.push(Finding { kind, partition, from, next, at: written_at });
        match self.next.get(&partition) {
            Some(&expected) if from < expected => {
                find(FindingKind::Overlap, from, next.min(expected));
                // What it says of the offsets beyond cannot be told from what it says of those before.
                if next > expected {
                    find(FindingKind::Gap, expected, next);
                    self.next.insert(partition, next);
                }
                return;
            }
            Some(&expected) if from > expected => find(FindingKind::Gap, expected, from),
            _ => {}
        }
        if record.lines.iter().any(|line| !line.counts.is_balanced()) {
            find(FindingKind::Unbalanced, from, next);
        }
        self.next.insert(partition, next);
        for line in &record.lines {
            let number = self.names.number(&line.workspace, &line.source);
            self.minutes.add(number, line.minute, &line.counts, now);
            self.hours.add(number, line.minute, &line.counts, now);
        }
        self.expire(now);
    }

    /// Notes that the next record of a partition, at this offset of the `ledger` stream, could not be read.
    pub fn miss(&mut self, partition: u32, offset: u64, written_at: Timestamp) {
        let kind = FindingKind::Unreadable;
        self.findings.push(Finding { kind, partition, from: offset, next: offset + 1, at: written_at });
    }

    /// Drops what is no longer kept. [`Ledger::take`] does so too.
    pub fn expire(&mut self, now: Timestamp) {
        self.minutes.expire(now);
        self.hours.expire(now);
    }

    /// The minutes or hours that begin within a range and in which anything happened, oldest first.
    pub fn series(
        &self,
        whose: Whose<'_>,
        resolution: Resolution,
        range: Range<Timestamp>,
    ) -> Vec<(Timestamp, LedgerCounts)> {
        let numbers = self.names.numbers(whose);
        let mut series = Vec::new();
        for (start, rows) in self.level(resolution).within(range) {
            let mut sum: Option<LedgerCounts> = None;
            for (_, number) in &numbers {
                if let Ok(place) = rows.binary_search_by_key(number, |(number, _)| *number) {
                    sum.get_or_insert_default().add(&rows[place].1);
                }
            }
            series.extend(sum.map(|sum| (start, sum)));
        }
        series
    }

    /// The sums of each source of a workspace that sent anything within the minutes or hours that begin in a range.
    pub fn by_source(
        &self,
        workspace: &WorkspaceId,
        resolution: Resolution,
        range: Range<Timestamp>,
    ) -> BTreeMap<SourceId, LedgerCounts> {
        let mut sums: BTreeMap<SourceId, LedgerCounts> = BTreeMap::new();
        let numbers = self.names.numbers(Whose { workspace, source: None });
        for (_, rows) in self.level(resolution).within(range) {
            for (source, number) in &numbers {
                if let Ok(place) = rows.binary_search_by_key(number, |(number, _)| *number) {
                    sums.entry((*source).clone()).or_default().add(&rows[place].1);
                }
            }
        }
        sums
    }

    /// What lies before this was dropped for want of room; none when nothing was.
    pub fn complete_since(&self, resolution: Resolution) -> Option<Timestamp> {
        self.level(resolution).complete_since()
    }

    /// What keeps the ledger from adding up, newest first; a bounded number of them.
    pub fn findings(&self) -> Vec<Finding> {
        self.findings.newest_first()
    }

    /// How many findings there were.
    pub fn findings_total(&self) -> u64 {
        self.findings.total()
    }

    fn level(&self, resolution: Resolution) -> &Level {
        match resolution {
            Resolution::Minute => &self.minutes,
            Resolution::Hour => &self.hours,
        }
    }
}
