//! Whole sealed files.

use super::random::Random;
use super::simulated_disk::SimulatedDisk;
use crate::hot::chunk::{Entry, Head, chunk_bytes, encode};
use crate::key::MessageKey;
use crate::sealed::{Header, SealedEpoch, SealedIndex, SealingJob, filters_of, seal};
use crate::store::id_log::{IdLog, IdLogHeader};

const ROOM: usize = 64;
const HEADER: Header = Header {
    epoch: 7,
    first_ms: 1_000,
    last_ms: 2_000,
    ids: 0,
    events_from: 0,
    events_to: 9_000,
    covers: 9_000,
    covers_clock_ms: 2_000,
    next_chunk: 0,
};

/// Most ids are of one generation, some of others, some of none.
fn entries(count: usize) -> Vec<Entry> {
    let mut random = Random::new(3);
    let mut half = || random.below(1 << 53).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let keys: Vec<MessageKey> = (0..count).map(|_| MessageKey(u128::from(half()) << 64 | u128::from(half()))).collect();
    let generation = |place: usize| match place % 10 {
        0 => None,
        1 => Some(40 + place as i32 % 7),
        _ => Some(50),
    };
    keys.iter().enumerate().map(|(place, key)| Entry { key: *key, generation: generation(place) }).collect()
}

fn log_of(disk: &SimulatedDisk, entries: &[Entry]) -> IdLog {
    let header = IdLogHeader { room: ROOM, epoch: 7, first_chunk: 100, first_ms: 1_000, base_generation: 50 };
    let log = IdLog::create(disk, header).unwrap();
    for (number, chunk) in (100..).zip(entries.chunks(ROOM)) {
        let head = Head {
            number,
            ids: 0,
            first_ms: 1_000,
            last_ms: 2_000,
            events_from: 0,
            events_to: 9_000,
            covers: 9_000,
            covers_clock_ms: 2_000,
            base_generation: 50,
            body_checksum: 0,
        };
        let mut bytes = Vec::new();
        encode(&head, chunk, ROOM, &mut bytes);
        assert_eq!(bytes.len(), chunk_bytes(ROOM));
        log.write(number, &bytes).unwrap();
    }
    log
}

/// Sealed within so little memory that the largest section is sorted in nine parts.
fn sealed(disk: &SimulatedDisk, entries: &[Entry]) -> SealedEpoch {
    let log = log_of(disk, entries);
    let chunks = 100..100 + entries.len().div_ceil(ROOM) as u64;
    let job = SealingJob { log, chunks, header: HEADER, memory_bytes_max: 64_000, with_filters: false };
    let sealed = seal(disk, job, &|| false).unwrap();
    assert_eq!(sealed.holes, []);
    sealed.epoch
}

#[test]
fn a_sealed_file_has_every_id_with_a_time_and_no_other_with_filters_and_without() {
    let disk = SimulatedDisk::new(1);
    let entries = entries(20_000);
    let mut index = SealedIndex::default();
    index.add(sealed(&disk, &entries));
    assert_eq!(index.totals.ids, 18_000);
    let mut reads = Vec::new();
    for with_filters in [false, true] {
        if with_filters {
            assert_eq!(index.without_filters(1), None, "there is no room");
            assert_eq!(index.without_filters(1 << 20), Some(7));
            index.set_filters(7, filters_of(&disk, 7, &|| false).unwrap(), 1 << 20);
            assert_eq!(index.without_filters(1 << 20), None);
            assert!(index.totals.filter_bytes > 16_000);
        }
        for entry in entries.iter().filter(|entry| entry.generation.is_some()) {
            let generation = entry.generation.unwrap();
            assert_eq!(index.ask(entry.key, generation, 2_000).found_in, Some(7));
            assert_eq!(index.ask(entry.key, generation, 2_001).found_in, None, "the window is over");
            assert_eq!(index.ask(entry.key, generation + 1, 0).found_in, None, "it was another time");
        }
        let mut read = 0;
        for entry in &entries {
            let asked = index.ask(MessageKey(entry.key.0.rotate_left(64)), 50, 0);
            assert_eq!(asked.found_in, None);
            read += asked.reads;
        }
        reads.push(read);
    }
    assert_eq!(reads[0], 20_000);
    assert!(reads[1] < 600, "{reads:?}");
    index.set_filters(7, Vec::new(), 1 << 20);
    assert_eq!(index.ask(entries[5].key, 50, 0).found_in, Some(7));
}

#[test]
fn a_damaged_chunk_is_left_out_and_reported() {
    let disk = SimulatedDisk::new(1);
    let entries = entries(1_000);
    let log = log_of(&disk, &entries);
    disk.damage("epoch-0000000000000007.ids", |bytes| bytes[48 + chunk_bytes(ROOM) * 2 + 200] ^= 1);
    let job = SealingJob { log, chunks: 100..116, header: HEADER, memory_bytes_max: 64_000, with_filters: true };
    let sealed = seal(&disk, job, &|| false).unwrap();
    assert_eq!(sealed.holes.len(), 1);
    assert!((830..850).contains(&sealed.epoch.header.ids), "{}", sealed.epoch.header.ids);
}

#[test]
fn sealing_that_is_cancelled_leaves_no_file() {
    let disk = SimulatedDisk::new(1);
    let log = log_of(&disk, &entries(1_000));
    let job = SealingJob { log, chunks: 100..116, header: HEADER, memory_bytes_max: 64_000, with_filters: true };
    let error = seal(&disk, job, &|| true).map(|_| ()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::Interrupted);
    assert!(disk.names().iter().all(|name| !name.starts_with("sealed")));
}
