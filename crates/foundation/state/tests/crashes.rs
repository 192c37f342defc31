//! What is left of a state in files when the machine stops in the middle of something.

use std::fs;
use std::path::Path;

use prime_state::conformance::Random;
use prime_state::{Access, Batch, Durability, FamilyOptions, State, StateError, StateOptions};

const COUNTS: FamilyOptions = FamilyOptions { name: "counts", access: Access::Points };
const POSITION: FamilyOptions = FamilyOptions { name: "position", access: Access::Points };
const BATCHES: u64 = 40;

/// Batch number n sets every key of `counts` to n, and the position too.
fn write(state: &State, number: u64, durability: Durability) {
    let (counts, position) = (state.family(COUNTS).unwrap(), state.family(POSITION).unwrap());
    let mut batch = Batch::new();
    for key in 0_u8..20 {
        batch.put(counts, [key], number.to_be_bytes());
    }
    batch.put(position, *b"at", number.to_be_bytes());
    state.write(batch, durability).unwrap();
}

/// The number of the newest batch, once all that is there was found to be of that one.
fn newest(state: &State) -> u64 {
    let (counts, position) = (state.family(COUNTS).unwrap(), state.family(POSITION).unwrap());
    let moment = state.snapshot();
    let number = |bytes: &[u8]| u64::from_be_bytes(bytes.try_into().unwrap());
    let at = moment.get(position, b"at").unwrap().map_or(0, |value| number(&value));
    let found: Vec<_> = moment.scan_prefix(counts, b"").map(|entry| number(&entry.unwrap().1)).collect();
    assert_eq!(found, vec![at; if at == 0 { 0 } else { 20 }], "state and position are of one batch");
    at
}

/// The files as they are while the state is open: what a killed process leaves.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target)
        } else {
            drop(fs::copy(entry.path(), target))
        }
    }
}

fn journals(folder: &Path) -> Vec<std::path::PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "jnl")).collect()
}

#[test]
fn a_killed_process_leaves_every_batch_that_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let state = State::open(&StateOptions::of(folder.path().join("state"))).unwrap();
    for number in 1..=BATCHES {
        write(&state, number, Durability::Process);
    }
    copy(&folder.path().join("state"), &folder.path().join("killed"));
    let left = State::open(&StateOptions::of(folder.path().join("killed"))).unwrap();
    assert_eq!(newest(&left), BATCHES);
}

#[test]
fn a_torn_journal_leaves_whole_batches_up_to_one_and_takes_more() {
    let folder = tempfile::tempdir().unwrap();
    let written = folder.path().join("state");
    let state = State::open(&StateOptions::of(&written)).unwrap();
    // The families themselves are made durable when they are made.
    state.family(COUNTS).unwrap();
    state.family(POSITION).unwrap();
    let end = |folder: &Path| content_end(&journals(folder)[0]);
    let mut ends = vec![end(&written)];
    for number in 1..=BATCHES {
        write(&state, number, Durability::Machine);
        ends.push(end(&written));
    }
    let mut random = Random(5);
    let rounds = if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 200 } else { 10 };
    for round in 0..rounds {
        let torn = folder.path().join(format!("torn-{round}"));
        copy(&written, &torn);
        let cut = ends[0] + random.below(ends[BATCHES as usize] - ends[0]);
        let file = fs::OpenOptions::new().write(true).open(&journals(&torn)[0]).unwrap();
        file.set_len(cut).unwrap();
        let left = State::open(&StateOptions::of(&torn)).unwrap();
        let expected = ends.iter().rposition(|end| *end <= cut).unwrap() as u64;
        assert_eq!(newest(&left), expected, "cut at {cut} of {ends:?}");
        write(&left, 1_000, Durability::Machine);
        drop(left);
        assert_eq!(newest(&State::open(&StateOptions::of(&torn)).unwrap()), 1_000);
        fs::remove_dir_all(torn).unwrap();
    }
}

#[test]
fn a_folder_belongs_to_one_state_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let options = StateOptions::of(folder.path().join("state"));
    let first = State::open(&options).unwrap();
    let second = State::open(&options);
    assert!(matches!(second, Err(StateError::Locked)), "{second:?}");
    drop((first, second));
    State::open(&options).unwrap();
}

/// Where the last written byte of a file ends: journals are made longer than what they hold.
fn content_end(path: &Path) -> u64 {
    let bytes = fs::read(path).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last as u64 + 1)
}
