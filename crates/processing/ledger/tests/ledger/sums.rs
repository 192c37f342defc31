use prime_event::{DiscardCode, LedgerCounts, SourceId, Timestamp, WorkspaceId};
use prime_ledger::{Ledger, Resolution, Whose};

use super::{after, counts, hour, line, record};

fn all(workspace: &WorkspaceId) -> Whose<'_> {
    Whose { workspace, source: None }
}

#[test]
fn minutes_and_hours_of_a_source_and_of_all_add_up_to_the_same() {
    let (workspace, shop, start) = (WorkspaceId::new("w"), SourceId::new("shop"), hour());
    let mut ledger = Ledger::default();
    for step in 0..90 {
        let minute = after(start, step);
        let lines = vec![line("app", minute, counts(1, 0, 0)), line("shop", minute, counts(2, 1, 1))];
        ledger.take(0, &record(step as u64, step as u64 + 1, lines), minute, minute);
    }
    let range = start..after(start, 90);
    let sum = |whose, resolution| {
        let mut sum = LedgerCounts::default();
        ledger.series(whose, resolution, range.clone()).iter().for_each(|(_, counts)| sum.add(counts));
        sum
    };
    let own = Whose { workspace: &workspace, source: Some(&shop) };
    let mut expected = LedgerCounts { accepted: 360, processed: 180, duplicates: 90, rejected: Vec::new() };
    expected.add_rejected(DiscardCode::NoUserAnonId, 90);
    for resolution in [Resolution::Minute, Resolution::Hour] {
        assert_eq!(sum(own, resolution), expected);
        assert_eq!(sum(all(&workspace), resolution).accepted, 450);
        let by_source = ledger.by_source(&workspace, resolution, range.clone());
        assert_eq!(
            by_source.into_iter().map(|(id, sum)| (id.to_string(), sum.accepted)).collect::<Vec<_>>(),
            [("app".to_owned(), 90), ("shop".to_owned(), 360)]
        );
    }
    assert_eq!(ledger.series(own, Resolution::Minute, range.clone()).len(), 90);
    assert_eq!(ledger.series(own, Resolution::Hour, range).len(), 2);
    assert_eq!(ledger.findings(), []);
}

#[test]
fn what_is_processed_late_counts_when_it_was_received() {
    let (workspace, start) = (WorkspaceId::new("w"), hour());
    let mut ledger = Ledger::default();
    let later = after(start, 300);
    ledger.take(0, &record(0, 1, vec![line("shop", later, counts(1, 0, 0))]), later, later);
    ledger.take(0, &record(1, 2, vec![line("shop", start, counts(5, 0, 0))]), later, later);
    let series = ledger.series(all(&workspace), Resolution::Minute, start..after(later, 1));
    assert_eq!(series, [(start, counts(5, 0, 0)), (later, counts(1, 0, 0))]);
}

#[test]
fn minutes_are_kept_for_two_days_and_hours_for_thirty() {
    let (workspace, start) = (WorkspaceId::new("w"), hour());
    let mut ledger = Ledger::default();
    ledger.take(0, &record(0, 1, vec![line("shop", start, counts(5, 0, 0))]), start, start);
    let within = |ledger: &Ledger, resolution| {
        ledger.series(all(&workspace), resolution, start..Timestamp::from_millis(i64::MAX)).len()
    };
    let days = |days: i64| after(start, days * 24 * 60 + 1);
    ledger.expire(days(2));
    assert_eq!((within(&ledger, Resolution::Minute), within(&ledger, Resolution::Hour)), (0, 1));
    ledger.expire(after(start, 30 * 24 * 60 + 60));
    assert_eq!(within(&ledger, Resolution::Hour), 0);
}

#[test]
fn a_workspace_sees_its_own_and_nothing_else() {
    let start = hour();
    let mut ledger = Ledger::default();
    let mut foreign = line("shop", start, counts(7, 0, 0));
    foreign.workspace = WorkspaceId::new("v");
    ledger.take(0, &record(0, 2, vec![foreign, line("shop", start, counts(1, 0, 0))]), start, start);
    for (workspace, accepted) in [("v", 7), ("w", 1)] {
        let workspace = WorkspaceId::new(workspace);
        let series = ledger.series(all(&workspace), Resolution::Minute, start..after(start, 1));
        assert_eq!(series[0].1.accepted, accepted);
    }
    assert!(ledger.by_source(&WorkspaceId::new("u"), Resolution::Hour, start..after(start, 1)).is_empty());
}
