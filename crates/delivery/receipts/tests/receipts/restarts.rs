use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use prime_event::{DestinationId, SourceId, Timestamp};
use prime_receipts::{
    Dimension, Dimensions, Entry, OverviewQuery, ReceiptQuery, ReceiptWriter, ReceiptsHandle, ReceiptsService,
    Resolution, StateKind, Step, StoreOptions,
};
use prime_state::State;
use tempfile::TempDir;

use crate::failing_state::FailingState;
use crate::history::{self, Written};
use crate::oracle::Oracle;
use crate::random::Random;
use crate::{at, workspace};

const DESTINATIONS: [&str; 2] = ["hook", "mixpanel"];
const STATES: [StateKind; 5] =
    [StateKind::Filtered, StateKind::Delivered, StateKind::Retrying, StateKind::Failed, StateKind::Expired];

fn long() -> bool {
    std::env::var_os("PRIMEDATA_TEST_LONG").is_some()
}

fn handle(state: &State) -> ReceiptsHandle {
    ReceiptsService::open(state.clone(), StoreOptions::default(), Vec::new()).unwrap().handle()
}

fn encoded(history: &[Written]) -> Vec<(Timestamp, Bytes)> {
    history.iter().map(|written| (written.at, written.record.encode())).collect()
}

fn entries(records: &[(Timestamp, Bytes)], from: u64) -> Vec<Entry<'_>> {
    let numbered = records.iter().enumerate().skip(from as usize);
    numbered
        .map(|(place, (written_at, value))| Entry { offset: place as u64, written_at: *written_at, value })
        .collect()
}

/// As the oracle has them: by hour and dimensions.
fn cells(handle: &ReceiptsHandle, destination: &str, step: Step) -> BTreeMap<(i64, Dimensions), (u64, u64)> {
    let query = OverviewQuery {
        workspace: workspace(),
        source: SourceId::new("shop"),
        destination: DestinationId::new(destination),
        step,
        resolution: Resolution::Hour,
        range: at(-3_600_000)..at(30 * 3_600_000),
        group_by: Dimension::ALL.to_vec(),
        filter: Vec::new(),
    };
    let mut cells = BTreeMap::new();
    for group in handle.overview(&query).unwrap() {
        let [event_name, event_type, app_version, discard_reason, subscription_id] = group.values.try_into().unwrap();
        let dimensions = Dimensions { event_name, event_type, app_version, discard_reason, subscription_id };
        for (hour, counts) in group.series {
            let latencies = if step == Step::Delivered { counts.total } else { 0 };
            assert_eq!(counts.latencies.count(), latencies);
            cells.insert((hour.as_millis() / 3_600_000, dimensions.clone()), (counts.total, counts.retries));
        }
    }
    cells
}

fn compare(handle: &ReceiptsHandle, oracle: &Oracle, context: &str) {
    for destination in DESTINATIONS {
        let totals = handle.totals(&workspace(), &DestinationId::new(destination)).unwrap();
        assert_eq!(totals, oracle.totals(destination), "{context}: {destination}");
        assert!(totals.is_balanced(), "{context}: {totals:?}");
        for step in Step::ALL {
            assert_eq!(
                cells(handle, destination, step),
                oracle.cells(destination, step),
                "{context}: {destination} {step:?}"
            );
        }
    }
    let states: Vec<_> = STATES.into_iter().map(Some).chain([None]).collect();
    for replay in [None, Some(0), Some(4), Some(9), Some(5)] {
        for state in &states {
            let query = ReceiptQuery { replay, state: *state, ..ReceiptQuery::of(workspace()) };
            let page = handle.search(&query, None, usize::MAX).unwrap();
            let mut found: Vec<_> = page.receipts.into_iter().map(|kept| kept.receipt).collect();
            found.sort_by(|a, b| (&a.lane, a.event).cmp(&(&b.lane, b.event)));
            assert_eq!(found, oracle.found(replay, *state), "{context}: {query:?}");
        }
    }
}

#[test]
fn whatever_crashes_at_whatever_step_everything_is_counted_once_and_adds_up() {
    for seed in 0..if long() { 400 } else { 12 } {
        let history = history::random(seed, 300);
        let (records, mut random) = (encoded(&history), Random::new(seed + 1_000));
        let provider = FailingState::default();
        let fails = provider.fails.clone();
        let state = State::of(provider);
        let open = || ReceiptWriter::open(state.clone(), StoreOptions::default()).unwrap();
        let mut writer = open();
        loop {
            let position = writer.position(0).unwrap().unwrap_or(0);
            if position == records.len() as u64 {
                break;
            }
            // A reader may begin before the position: what was taken is passed over.
            let from = position - random.below(20).min(position);
            let all = entries(&records, from);
            let batch = &all[..all.len().min(1 + random.below(40) as usize)];
            fails.store(random.one_in(4), Ordering::Relaxed);
            let is_lost = writer.take(0, batch).is_err();
            fails.store(false, Ordering::Relaxed);
            if is_lost || random.one_in(6) {
                writer = open();
            }
            if random.one_in(10) {
                let position = writer.position(0).unwrap().unwrap_or(0) as usize;
                compare(&handle(&state), &Oracle::of(&history[..position]), &format!("seed {seed} at {position}"));
            }
        }
        compare(&handle(&state), &Oracle::of(&history), &format!("seed {seed}"));
    }
}

#[test]
fn records_that_come_again_change_nothing() {
    let history = history::random(77, 200);
    let records = encoded(&history);
    let state = State::in_memory();
    let mut writer = ReceiptWriter::open(state.clone(), StoreOptions::default()).unwrap();
    writer.take(0, &entries(&records, 0)).unwrap();
    // From the same place, as after a crash of the reader.
    assert_eq!(writer.take(0, &entries(&records, 0)).unwrap().taken, 0);
    compare(&handle(&state), &Oracle::of(&history), "read again");
    // And once more at later places, as after a crash of the driver: only attempts may be new, and no end changes.
    let ended = |oracle: &Oracle| oracle.deliveries.values().flatten().count();
    let twice: Vec<_> = history
        .iter()
        .chain(&history)
        .map(|written| Written { at: written.at, record: written.record.clone() })
        .collect();
    assert_eq!(ended(&Oracle::of(&twice)), ended(&Oracle::of(&history)), "each delivery had told its end");
    let again = encoded(&twice);
    writer.take(0, &entries(&again, records.len() as u64)).unwrap();
    compare(&handle(&state), &Oracle::of(&twice), "told again");
    for destination in DESTINATIONS {
        assert_eq!(Oracle::of(&twice).totals(destination), Oracle::of(&history).totals(destination));
    }
}

#[test]
fn a_folder_that_is_left_at_any_moment_goes_on_where_it_was() {
    let folder = TempDir::new().unwrap();
    let options = prime_state::StateOptions {
        cache_bytes: 8 << 20,
        write_buffer_bytes: 4 << 20,
        ..prime_state::StateOptions::of(folder.path())
    };
    let history = history::random(5, 240);
    let (records, mut random) = (encoded(&history), Random::new(5));
    let mut done = 0;
    while done < records.len() {
        let state = State::open(&options).unwrap();
        let mut writer = ReceiptWriter::open(state.clone(), StoreOptions::default()).unwrap();
        assert_eq!(writer.position(0).unwrap().unwrap_or(0), done as u64);
        for _ in 0..3 {
            let all = entries(&records, done as u64);
            let batch = &all[..all.len().min(1 + random.below(30) as usize)];
            writer.take(0, batch).unwrap();
            done += batch.len();
        }
    }
    let state = State::open(&options).unwrap();
    compare(&handle(&state), &Oracle::of(&history), "reopened");
}
