use std::path::{Path, PathBuf};

use bytes::Bytes;
use prime_log::{Log, OpenError, Partition, ReadError};

use crate::support::{
    ALL, Random, TOPIC, copy_folder, open, open_with, read_from, segment_files, unbounded, value, values,
};

const FILE_HEADER_BYTES: usize = 44;
const BLOCK_HEADER_BYTES: usize = 40;

/// A closed log of one segment: its folder, the bytes of the segment, and each batch with the byte at which it ends.
struct Written {
    dir: tempfile::TempDir,
    bytes: Vec<u8>,
    batches: Vec<(usize, Vec<Bytes>)>,
}

impl Written {
    async fn new(batches: Vec<Vec<Bytes>>) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (log, partition) = open(dir.path());
        let mut written = Vec::new();
        for batch in batches {
            partition.append(batch.clone()).await.unwrap();
            written.push((partition.bounds().bytes as usize, batch));
        }
        log.close().await;
        let bytes = std::fs::read(&segment_files(dir.path())[0]).unwrap();
        Self { dir, bytes, batches: written }
    }

    /// Three commits of one, three and one records.
    async fn three_commits() -> Self {
        let record = |name| value(name, 20);
        Self::new(vec![vec![record(0)], vec![record(1), record(2), record(3)], vec![record(4)]]).await
    }

    fn segment(&self) -> PathBuf {
        self.dir.path().join("topics").join(TOPIC).join("0").join("00000000000000000000.segment")
    }

    fn put(&self, bytes: &[u8]) {
        std::fs::write(self.segment(), bytes).unwrap();
    }

    fn open(&self) -> Result<(Log, Partition), OpenError> {
        open_with(self.dir.path(), 1 << 30, unbounded())
    }

    /// Values of the batches that end within some first bytes of the file.
    fn whole_within(&self, length: usize) -> Vec<Bytes> {
        self.batches.iter().filter(|(end, _)| *end <= length).flat_map(|(_, batch)| batch.clone()).collect()
    }

    /// Where a batch begins. Each was a commit of its own, and so has a block of its own.
    fn block_at(&self, batch: usize) -> usize {
        batch.checked_sub(1).map_or(FILE_HEADER_BYTES, |before| self.batches[before].0)
    }
}

fn damage(error: OpenError) -> (PathBuf, u64, String) {
    match error {
        OpenError::Damaged { file, byte, what } => (file, byte, what),
        other => panic!("not reported as damage: {other:?}"),
    }
}

#[tokio::test]
async fn a_segment_torn_at_any_byte_opens_with_its_whole_batches_and_goes_on() {
    let written = Written::three_commits().await;
    for length in FILE_HEADER_BYTES..=written.bytes.len() {
        written.put(&written.bytes[..length]);
        let (log, partition) = written.open().unwrap();
        let mut expected = written.whole_within(length);
        assert_eq!(values(&read_from(&partition, 0).unwrap()), expected, "torn at {length}");
        partition.append(vec![value(77, 33)]).await.unwrap();
        expected.push(value(77, 33));
        log.close().await;
        let (log, partition) = written.open().unwrap();
        assert_eq!(values(&read_from(&partition, 0).unwrap()), expected, "torn at {length}, reopened");
        log.close().await;
    }
}

#[tokio::test]
async fn a_file_that_was_lengthened_but_never_filled_is_cut_back() {
    let written = Written::three_commits().await;
    let mut bytes = written.bytes.clone();
    bytes.resize(bytes.len() + 100_000, 0);
    written.put(&bytes);
    let (_log, partition) = written.open().unwrap();
    assert_eq!(values(&read_from(&partition, 0).unwrap()), written.whole_within(usize::MAX));
    assert_eq!(partition.bounds().bytes, written.bytes.len() as u64);
}

#[tokio::test]
async fn records_behind_a_torn_one_do_not_come_back_when_another_of_its_length_takes_its_place() {
    let record = |name| value(name, 20);
    let written = Written::new(vec![vec![record(0)], vec![record(1), record(2), record(3)]]).await;
    let mut bytes = written.bytes.clone();
    bytes[written.block_at(1) + BLOCK_HEADER_BYTES] ^= 1;
    written.put(&bytes);
    let (log, partition) = written.open().unwrap();
    assert_eq!(partition.append(vec![record(9)]).await.unwrap(), 1..2);
    log.close().await;
    let (_log, partition) = written.open().unwrap();
    assert_eq!(values(&read_from(&partition, 0).unwrap()), [record(0), record(9)]);
}

#[tokio::test]
async fn a_last_commit_whose_sectors_reached_the_disk_in_any_order_is_cut_off_whole() {
    let first: Vec<_> = (0..3).map(|name| value(name, 700)).collect();
    let last: Vec<_> = (3..60).map(|name| value(name, 700)).collect();
    let written = Written::new(vec![first.clone(), last.clone()]).await;
    let start = written.batches[0].0;
    let mut random = Random(5);
    for _ in 0..100 {
        let mut bytes = written.bytes.clone();
        let (lost, sectors) = (random.below(10), bytes.len() / 512);
        for _ in 0..=lost {
            let sector = random.below(sectors as u64) as usize * 512;
            let from = sector.max(start);
            let to = (sector + 512).max(from);
            bytes[from..to].fill(0);
        }
        written.put(&bytes);
        let (log, partition) = written.open().expect("what was never acknowledged is no reason to refuse");
        let records = values(&read_from(&partition, 0).unwrap());
        let expected = if bytes == written.bytes { [first.clone(), last.clone()].concat() } else { first.clone() };
        assert_eq!(records, expected);
        log.close().await;
    }
}

#[tokio::test]
async fn a_damaged_record_with_a_later_commit_behind_it_is_refused_with_file_and_byte() {
    let written = Written::three_commits().await;
    let last_commit = written.batches[1].0;
    for byte in FILE_HEADER_BYTES..last_commit {
        let mut bytes = written.bytes.clone();
        bytes[byte] ^= 0x10;
        written.put(&bytes);
        let (file, at, what) = damage(written.open().expect_err("damage must not pass"));
        let (batch, record, later) = if byte < written.block_at(1) { (0, 0, 1) } else { (1, 1, 4) };
        assert_eq!((file, at), (written.segment(), written.block_at(batch) as u64), "{what}");
        assert!(what.contains(&format!("record {record}:")) && what.contains(&format!("record {later},")), "{what}");
        assert!(std::fs::read(written.segment()).unwrap() == bytes, "refusing changes nothing");
    }
}

#[tokio::test]
async fn a_hole_of_any_length_before_the_last_commit_is_refused() {
    let written = Written::three_commits().await;
    let last_commit = written.batches[1].0;
    for from in (FILE_HEADER_BYTES..last_commit).step_by(7) {
        let mut bytes = written.bytes.clone();
        bytes[from..last_commit].fill(0);
        written.put(&bytes);
        damage(written.open().expect_err("a hole must not pass"));
        let mut shorter = written.bytes.clone();
        shorter.drain(from..last_commit);
        written.put(&shorter);
        damage(written.open().expect_err("missing bytes must not pass"));
    }
}

#[tokio::test]
async fn no_flipped_bit_in_the_last_commit_yields_another_record() {
    let written = Written::three_commits().await;
    let last_commit = written.batches[1].0;
    for bit in last_commit * 8..written.bytes.len() * 8 {
        let mut bytes = written.bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        written.put(&bytes);
        let (log, partition) = written.open().unwrap();
        assert_eq!(values(&read_from(&partition, 0).unwrap()), written.whole_within(last_commit), "bit {bit}");
        log.close().await;
    }
}

#[tokio::test]
async fn a_torn_end_is_refused_when_a_group_had_already_committed_it() {
    let written = Written::three_commits().await;
    let (log, partition) = written.open().unwrap();
    log.commit("group", &partition, 5).unwrap();
    log.close().await;
    written.put(&written.bytes[..written.bytes.len() - 1]);
    let (file, at, what) = damage(written.open().expect_err("a record that was read is gone"));
    assert_eq!((file, at), (written.segment(), written.batches[1].0 as u64));
    assert!(what.contains("a group has committed offset 5"), "{what}");
}

#[tokio::test]
async fn a_damaged_file_header_is_refused() {
    let written = Written::three_commits().await;
    for byte in 0..FILE_HEADER_BYTES {
        let mut bytes = written.bytes.clone();
        bytes[byte] ^= 1;
        written.put(&bytes);
        let error = written.open().expect_err("a damaged header must not pass");
        let version = (8..12).contains(&byte);
        assert_eq!(matches!(error, OpenError::Version { .. }), version, "byte {byte}: {error}");
    }
    written.put(&written.bytes[..FILE_HEADER_BYTES - 1]);
    damage(written.open().expect_err("a header cut short must not pass"));
}

#[tokio::test]
async fn values_that_imitate_blocks_change_nothing_about_recovery() {
    let written = Written::three_commits().await;
    // Blocks of another file, with offsets that would fit, inside a value that is torn.
    let imitation = Bytes::copy_from_slice(&written.bytes[written.block_at(1)..]);
    let other = Written::new(vec![vec![value(0, 20)], vec![imitation]]).await;
    other.put(&other.bytes[..other.bytes.len() - 1]);
    let (_log, partition) = other.open().unwrap();
    assert_eq!(values(&read_from(&partition, 0).unwrap()), [value(0, 20)]);
}

#[tokio::test]
async fn leftovers_of_a_segment_that_was_being_created_are_removed() {
    let written = Written::three_commits().await;
    let leftover = written.segment().with_file_name("00000000000000000005.new");
    std::fs::write(&leftover, b"PRIME").unwrap();
    let (_log, partition) = written.open().unwrap();
    assert_eq!(partition.bounds().end, 5);
    assert!(!leftover.exists());
}

/// Five closed segments of four records each, and one that is written.
async fn six_segments(dir: &Path) {
    let (log, partition) = open_with(dir, 5_000, unbounded()).unwrap();
    for name in 0..22 {
        partition.append(vec![value(name, 1000)]).await.unwrap();
    }
    log.close().await;
}

#[tokio::test]
async fn a_missing_segment_is_refused_and_named() {
    let original = tempfile::tempdir().unwrap();
    six_segments(original.path()).await;
    for missing in 1..5 {
        let dir = tempfile::tempdir().unwrap();
        copy_folder(original.path(), dir.path());
        std::fs::remove_file(&segment_files(dir.path())[missing]).unwrap();
        let (_, _, what) = damage(open_with(dir.path(), 5_000, unbounded()).unwrap_err());
        assert!(what.contains(&format!("begins with offset {}, is missing", missing * 4)), "{what}");
    }
}

#[tokio::test]
async fn damage_in_an_older_segment_is_met_by_its_readers_only() {
    let dir = tempfile::tempdir().unwrap();
    six_segments(dir.path()).await;
    let file = segment_files(dir.path())[2].clone();
    let mut bytes = std::fs::read(&file).unwrap();
    let second_block = FILE_HEADER_BYTES + BLOCK_HEADER_BYTES + 1000;
    bytes[second_block + 500] ^= 1;
    std::fs::write(&file, &bytes).unwrap();
    let (_log, partition) = open_with(dir.path(), 5_000, unbounded()).unwrap();
    assert_eq!(partition.read(8, ALL).unwrap().len(), 1, "what precedes the damage is read");
    match partition.read(9, ALL) {
        Err(ReadError::Damaged { file: named, byte, what }) => {
            assert_eq!((named, byte), (file, second_block as u64));
            assert!(what.contains("record 9"), "{what}");
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(partition.read(10, ALL).unwrap().len(), 2, "what follows it is read");
    assert_eq!(read_from(&partition, 12).unwrap().len(), 10);
    partition.append(vec![value(22, 1)]).await.expect("appending goes on");
}

#[tokio::test]
async fn an_older_segment_that_was_cut_short_is_reported_and_not_skipped() {
    let dir = tempfile::tempdir().unwrap();
    six_segments(dir.path()).await;
    let file = segment_files(dir.path())[2].clone();
    for length in [FILE_HEADER_BYTES, FILE_HEADER_BYTES + 1032, FILE_HEADER_BYTES + 1500] {
        std::fs::OpenOptions::new().write(true).open(&file).unwrap().set_len(length as u64).unwrap();
        let (log, partition) = open_with(dir.path(), 5_000, unbounded()).unwrap();
        let error = read_from(&partition, 8).unwrap_err();
        assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
        let error = partition.read(11, ALL).unwrap_err();
        assert!(matches!(error, ReadError::Damaged { .. }), "{error}");
        log.close().await;
    }
}
