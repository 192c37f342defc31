use prime_event::{LedgerRecord, WorkspaceId};
use prime_ledger::{Finding, FindingKind, Ledger, Resolution, Whose};

use super::{after, counts, hour, line, record};

/// A record of one accepted message for each offset.
fn stretch(from: u64, next: u64) -> LedgerRecord {
    record(from, next, vec![line("shop", hour(), counts(next - from, 0, 0))])
}

fn accepted(ledger: &Ledger) -> u64 {
    let workspace = WorkspaceId::new("w");
    let whose = Whose { workspace: &workspace, source: None };
    let series = ledger.series(whose, Resolution::Hour, hour()..after(hour(), 60));
    series.iter().map(|(_, counts)| counts.accepted).sum()
}

/// Kind and offsets, oldest first.
fn found(ledger: &Ledger) -> Vec<(FindingKind, u64, u64)> {
    let mut found: Vec<_> =
        ledger.findings().into_iter().map(|Finding { kind, from, next, .. }| (kind, from, next)).collect();
    found.reverse();
    found
}

fn taken(records: &[LedgerRecord]) -> Ledger {
    let mut ledger = Ledger::default();
    records.iter().for_each(|record| ledger.take(3, record, hour(), hour()));
    ledger
}

#[test]
fn records_that_join_leave_nothing_to_find_wherever_they_begin() {
    let ledger = taken(&[stretch(700, 710), stretch(710, 710), stretch(710, 800)]);
    assert_eq!((accepted(&ledger), found(&ledger)), (100, vec![]));
}

#[test]
fn a_missing_record_is_a_gap_with_its_offsets() {
    let ledger = taken(&[stretch(0, 10), stretch(15, 20), stretch(20, 21)]);
    assert_eq!((accepted(&ledger), found(&ledger)), (16, vec![(FindingKind::Gap, 10, 15)]));
    assert_eq!(ledger.findings()[0].partition, 3);
}

#[test]
fn a_record_that_comes_twice_is_left_out_and_told() {
    let ledger = taken(&[stretch(0, 10), stretch(10, 20), stretch(10, 20), stretch(20, 30)]);
    assert_eq!((accepted(&ledger), found(&ledger)), (30, vec![(FindingKind::Overlap, 10, 20)]));
}

#[test]
fn a_record_that_repeats_a_part_is_left_out_and_what_it_added_is_a_gap() {
    let ledger = taken(&[stretch(0, 10), stretch(5, 15), stretch(15, 20)]);
    assert_eq!(accepted(&ledger), 15);
    assert_eq!(found(&ledger), [(FindingKind::Overlap, 5, 10), (FindingKind::Gap, 10, 15)]);
}

#[test]
fn partitions_are_counted_apart() {
    let mut ledger = Ledger::default();
    for partition in 0..3 {
        ledger.take(partition, &stretch(5, 9), hour(), hour());
        ledger.take(partition, &stretch(9, 10), hour(), hour());
    }
    assert_eq!((accepted(&ledger), ledger.findings_total()), (15, 0));
}

#[test]
fn counts_that_do_not_add_up_are_summed_and_told() {
    let mut wrong = stretch(0, 10);
    wrong.lines[0].counts.processed -= 1;
    let ledger = taken(&[wrong]);
    assert_eq!((accepted(&ledger), found(&ledger)), (10, vec![(FindingKind::Unbalanced, 0, 10)]));
}

#[test]
fn of_many_findings_the_newest_are_kept_and_all_are_counted() {
    let gaps: Vec<_> = (0..500).map(|number| stretch(number * 10, number * 10 + 5)).collect();
    let ledger = taken(&gaps);
    assert_eq!((ledger.findings().len(), ledger.findings_total()), (100, 499));
    assert_eq!((ledger.findings()[0].from, ledger.findings()[0].next), (4_985, 4_990));
}
