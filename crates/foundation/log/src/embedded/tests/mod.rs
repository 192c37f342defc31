//! What cannot be shown from outside: a failing disk, shared syncs, the bytes of the format. The promises that can be
//! are in the crate's `tests`.

mod clock;
mod crashes;
mod faults;
mod faulty_disk;
mod format;
mod group_commit;
mod simulated_disk;

use std::path::Path;

use bytes::Bytes;

use super::disk::Environment;
use crate::{Log, LogOptions, Partition, ReadLimit, TopicOptions, WhenFull};

const KEEP_ALL: TopicOptions = TopicOptions { bytes_max: u64::MAX, age_max: None, when_full: WhenFull::Refuse };

fn open(dir: &Path, segment_bytes_max: u64, environment: Environment) -> (Log, Partition) {
    let log = Log::open_in(LogOptions { dir: dir.to_owned(), segment_bytes_max }, environment).unwrap();
    let partition = log.partition("events", 0, KEEP_ALL).unwrap();
    (log, partition)
}

fn all_values(partition: &Partition) -> Vec<Bytes> {
    let mut values: Vec<Bytes> = Vec::new();
    loop {
        let limit = ReadLimit { bytes_max: 1 << 20, records_max: usize::MAX };
        let records = partition.read(values.len() as u64, limit).unwrap();
        if records.is_empty() {
            return values;
        }
        values.extend(records.into_iter().map(|record| record.value));
    }
}
