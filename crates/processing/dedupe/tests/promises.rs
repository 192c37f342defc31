//! The promises of the README, on a real folder.

use std::path::Path;

use prime_dedupe::{Address, DedupeOptions, Deduper, Secret, Sighting, Verdict};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_764_000_000_000;

fn options(folder: &Path) -> DedupeOptions {
    DedupeOptions {
        memory_bytes_max: 8 << 20,
        chunk_ids: 64,
        ..DedupeOptions::new(folder.join("dedupe"), Secret([9; 16]), [1; 16])
    }
}

fn sighting(deduper: &Deduper, number: u64, at_ms: i64) -> Sighting {
    let key = deduper.keys().key("workspace", &format!("message-{number}"));
    Sighting { key, received_at_ms: at_ms, address: Address::Timed(at_ms) }
}

fn judged(deduper: &mut Deduper, sightings: &[Sighting]) -> Vec<bool> {
    let mut verdicts = Vec::new();
    deduper.judge(sightings, &mut verdicts);
    verdicts.iter().map(|verdict| *verdict == Verdict::New).collect()
}

fn send(deduper: &mut Deduper, numbers: std::ops::Range<u64>, at_ms: impl Fn(u64) -> i64) {
    let numbers: Vec<u64> = numbers.collect();
    for round in numbers.chunks(500) {
        let sightings: Vec<_> = round.iter().map(|number| sighting(deduper, *number, at_ms(*number))).collect();
        assert!(judged(deduper, &sightings).iter().all(|is_new| *is_new));
        deduper.written(round[round.len() - 1] + 1).unwrap();
    }
}

#[test]
fn the_table_grows_with_what_is_hot_and_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (mut deduper, _) = Deduper::open(options(folder.path())).unwrap();
    let before = deduper.stats().memory_bytes;
    send(&mut deduper, 0..300_000, |number| START + number as i64);
    assert!(before < 400 << 10 && deduper.stats().memory_bytes > 1 << 20);
    assert_eq!(deduper.stats().hot_ids, 300_000);
    let again: Vec<_> = (0..300_000).map(|number| sighting(&deduper, number, START + number as i64)).collect();
    assert!(judged(&mut deduper, &again).iter().all(|is_new| !is_new));
}

#[test]
fn more_than_the_memory_holds_is_hot_for_less_time_and_still_known_by_its_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = DedupeOptions { memory_bytes_max: 1 << 20, ..options(folder.path()) };
    let (mut deduper, _) = Deduper::open(options).unwrap();
    // Three hours of three times what fits.
    let at_ms = |number: u64| START + number as i64 * 30;
    send(&mut deduper, 0..300_000, at_ms);
    let stats = deduper.stats();
    assert!(stats.hot_ids < 120_000 && stats.sealed_ids > 150_000, "{stats:?}");
    assert!(stats.hot_span_ms < 2 * HOUR && stats.memory_bytes < 1 << 20, "{stats:?}");
    let again: Vec<_> = (0..300_000).step_by(7).map(|number| sighting(&deduper, number, at_ms(number))).collect();
    assert!(judged(&mut deduper, &again).iter().all(|is_new| !is_new));
}

#[test]
fn an_index_that_was_dropped_goes_on_from_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    let at_ms = |number: u64| START + number as i64 * HOUR / 100;
    let mut next = 0;
    for end in [700, 5_000, 5_001, 20_000] {
        let (mut deduper, coverage) = Deduper::open(options(folder.path())).unwrap();
        let from = coverage.events_below.unwrap_or_default();
        assert!(from <= next && next - from <= 564, "{from} of {next}");
        let missing: Vec<_> = (from..next).map(|number| sighting(&deduper, number, at_ms(number))).collect();
        deduper.replay(&missing, next).unwrap();
        deduper.replay(&missing, next).unwrap();
        send(&mut deduper, next..end, at_ms);
        next = end;
        let again: Vec<_> = (0..end).map(|number| sighting(&deduper, number, at_ms(number))).collect();
        assert!(judged(&mut deduper, &again).iter().all(|is_new| !is_new));
    }
}

#[test]
fn an_id_is_found_for_thirty_days_and_not_after_forty() {
    let folder = tempfile::tempdir().unwrap();
    let (mut deduper, _) = Deduper::open(options(folder.path())).unwrap();
    send(&mut deduper, 0..10, |_| START);
    for (days, is_new) in [(1, false), (7, false), (29, false), (30, false), (31, true)] {
        let retry = Sighting { received_at_ms: START + days * DAY, ..sighting(&deduper, 3, START) };
        assert_eq!(judged(&mut deduper, &[retry]), [is_new], "{days}");
        // Something else comes, so that time passes for the index too.
        send(&mut deduper, 100 + days as u64..101 + days as u64, |_| START + days * DAY);
    }
}

#[test]
fn duplicating_any_part_of_the_input_changes_nothing() {
    let at_ms = |number: u64| START + number as i64 * HOUR / 40;
    let kept = |duplicate: &dyn Fn(u64) -> u64| {
        let folder = tempfile::tempdir().unwrap();
        let (mut deduper, _) = Deduper::open(options(folder.path())).unwrap();
        let mut kept = Vec::new();
        for number in 0..6_000 {
            let copies = duplicate(number);
            let of_now = (0..1 + copies).map(|_| number);
            // A copy of what came up to six days before.
            let of_before = (0..copies).map(|copy| number.saturating_sub((copy + 1) * number * 31 % 5_760));
            let round: Vec<u64> = of_now.chain(of_before).collect();
            let sightings: Vec<_> = round
                .iter()
                .map(|known| Sighting { received_at_ms: at_ms(number), ..sighting(&deduper, *known, at_ms(*known)) })
                .collect();
            let is_new = judged(&mut deduper, &sightings);
            kept.extend(round.iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(number, _)| *number));
            deduper.written(kept.len() as u64).unwrap();
        }
        kept
    };
    let once = kept(&|_| 0);
    assert_eq!(once, (0..6_000).collect::<Vec<_>>());
    assert_eq!(kept(&|number| number % 3), once);
    assert_eq!(kept(&|number| u64::from(number % 97 == 0) * 5), once);
}

#[test]
fn senseless_options_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let base = options(folder.path());
    for senseless in [
        DedupeOptions { hot_ms: 5 * HOUR, ..base.clone() },
        DedupeOptions { window_ms: HOUR, ..base.clone() },
        DedupeOptions { chunk_ids: 0, ..base.clone() },
        DedupeOptions { memory_bytes_max: 1, ..base.clone() },
        DedupeOptions { epoch_ms: 0, ..base.clone() },
        DedupeOptions { epoch_ms: 1, hot_ms: 4, ..base },
    ] {
        assert!(Deduper::open(senseless).is_err());
    }
}
