//! What the tests share.

use std::path::{Path, PathBuf};

use bytes::Bytes;
use prime_log::{Log, LogOptions, Offset, OpenError, Partition, ReadError, ReadLimit, Record, TopicOptions, WhenFull};

pub(crate) const ALL: ReadLimit = ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };
pub(crate) const TOPIC: &str = "events";

pub(crate) fn unbounded() -> TopicOptions {
    TopicOptions { bytes_max: u64::MAX, age_max: None, when_full: WhenFull::Refuse }
}

pub(crate) fn open_with(
    dir: &Path,
    segment_bytes_max: u64,
    options: TopicOptions,
) -> Result<(Log, Partition), OpenError> {
    let log = Log::open(LogOptions { dir: dir.to_owned(), segment_bytes_max })?;
    let partition = log.partition(TOPIC, 0, options)?;
    Ok((log, partition))
}

pub(crate) fn open(dir: &Path) -> (Log, Partition) {
    open_with(dir, 1 << 30, unbounded()).expect("the log opens")
}

/// A value that tells which record it is, of a length.
pub(crate) fn value(name: u64, length: usize) -> Bytes {
    let mut random = Random(name);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.next() as u8).collect();
    let name = name.to_le_bytes();
    let told = name.len().min(length);
    bytes[..told].copy_from_slice(&name[..told]);
    bytes.into()
}

/// Everything from an offset on, by as many reads as it takes.
pub(crate) fn read_from(partition: &Partition, from: Offset) -> Result<Vec<Record>, ReadError> {
    let mut records: Vec<Record> = Vec::new();
    loop {
        let next = records.last().map_or(from, |last| last.offset + 1);
        let more = partition.read(next, ALL)?;
        if more.is_empty() {
            return Ok(records);
        }
        records.extend(more);
    }
}

pub(crate) fn values(records: &[Record]) -> Vec<Bytes> {
    records.iter().map(|record| record.value.clone()).collect()
}

pub(crate) fn segment_files(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(dir.join("topics").join(TOPIC).join("0"))
        .expect("the partition has a folder")
        .map(|entry| entry.expect("the folder can be read").path())
        .collect();
    files.sort();
    files
}

pub(crate) fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_folder(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
