//! What the tests share.

use std::path::{Path, PathBuf};

pub(crate) use prime_log::conformance::{ALL, Random, read_from, value, values};
use prime_log::{Log, LogOptions, OpenError, Partition, TopicOptions, WhenFull};

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
