//! Folders as they were written once have to open for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::address::Address;
use crate::background::Place;
use crate::key::{MessageKey, Secret};
use crate::sighting::{Sighting, Verdict};
use crate::store::disk::SystemDisk;
use crate::store::table_file;
use crate::upkeep::Pace;
use crate::{Coverage, DedupeOptions, Deduper, Hole, HoleReason};

/// Set to write the fixture of the version that is current, when it is a new one.
const WRITE: &str = "PRIMEDATA_WRITE_FIXTURE";
const HOUR: i64 = 3_600_000;
const START: i64 = 1_764_000_000_000;
const MESSAGES: u64 = 120;
const HOLE: Hole = Hole { from_ms: START - 9 * HOUR, to_ms: START - 8 * HOUR, reason: HoleReason::NotReplayable };

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/v1")
}

fn open(folder: &Path) -> (Deduper, Coverage) {
    let options = DedupeOptions {
        memory_bytes_max: 64 << 10,
        chunk_ids: 8,
        ..DedupeOptions::new(folder.to_owned(), Secret(*b"sixteen of these"), *b"a fixture's own.")
    };
    let pace = Pace { table_every_ids: 40, table_ids_min: 8, epoch_ids_max: 1 << 20 };
    Deduper::open_on(Arc::new(SystemDisk::new(folder.to_owned())), Place::Here, pace, options).unwrap()
}

/// One every half hour; every tenth without a time.
fn message(number: u64, keys: &Deduper) -> Sighting {
    let at_ms = START + number as i64 * HOUR / 2;
    let address = if number % 10 == 9 { Address::Untimed } else { Address::Timed(at_ms) };
    Sighting { key: keys.keys().key("workspace", &format!("message-{number}")), received_at_ms: at_ms, address }
}

fn write(folder: &Path) {
    let (mut deduper, _) = open(folder);
    deduper.report_hole(HOLE).unwrap();
    for number in 0..MESSAGES {
        deduper.judge(&[message(number, &deduper)], &mut Vec::new());
        deduper.written(number + 1).unwrap();
    }
    deduper.close().unwrap();
}

#[test]
fn a_folder_of_version_1_opens_and_knows_its_messages() {
    if std::env::var_os(WRITE).is_some() {
        write(&folder());
    }
    let copy = tempfile::tempdir().unwrap();
    for entry in std::fs::read_dir(folder()).expect("the fixture is there") {
        let path = entry.unwrap().path();
        std::fs::copy(&path, copy.path().join(path.file_name().unwrap())).unwrap();
    }
    assert!(table_file::header(&SystemDisk::new(copy.path().to_owned())).is_some_and(|header| header.chunks > 0));
    let (mut deduper, coverage) = open(copy.path());
    assert_eq!((coverage.events_below, coverage.holes), (Some(MESSAGES), vec![HOLE]));
    let end_ms = message(MESSAGES, &deduper).received_at_ms;
    for number in 0..MESSAGES {
        let again = Sighting { received_at_ms: end_ms, ..message(number, &deduper) };
        let mut verdicts = Vec::new();
        deduper.judge(&[again], &mut verdicts);
        let stretch = |ms: i64| ms.div_euclid(6 * HOUR);
        let is_hot = stretch(message(number, &deduper).received_at_ms) >= stretch(end_ms) - 4;
        let is_known = again.address != Address::Untimed || is_hot;
        assert_eq!(verdicts[0] != Verdict::New, is_known, "{number}");
    }
    let new = Sighting { key: MessageKey(1), ..message(3, &deduper) };
    let mut verdicts = Vec::new();
    deduper.judge(&[new], &mut verdicts);
    assert_eq!(verdicts, [Verdict::New]);
    assert!(deduper.stats().sealed_ids > 0 && deduper.stats().hot_ids > 0);
}
