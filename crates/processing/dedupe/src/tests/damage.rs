//! Files that are not as they were written: messages pass, holes say so, and nothing is dropped that is new.

use std::path::PathBuf;
use std::sync::Arc;

use super::random::Random;
use super::simulated_disk::SimulatedDisk;
use crate::address::Address;
use crate::background::Place;
use crate::key::{MessageKey, Secret};
use crate::sighting::{Sighting, Verdict};
use crate::upkeep::Pace;
use crate::{Coverage, DedupeOptions, Deduper, Hole, HoleReason};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const START: i64 = 1_764_000_000_000;
const PACE: Pace = Pace { table_every_ids: 40, table_ids_min: 8, epoch_ids_max: 1 << 20 };

fn open(disk: &SimulatedDisk) -> (Deduper, Coverage) {
    let options = DedupeOptions { chunk_ids: 4, ..DedupeOptions::new(PathBuf::from("/d"), Secret([1; 16]), [2; 16]) };
    Deduper::open_on(Arc::new(disk.clone()), Place::Here, PACE, options).unwrap()
}

fn key(number: u64) -> MessageKey {
    let mix =
        |n: u64| (n ^ n >> 29).wrapping_mul(0xbf58_476d_1ce4_e5b9).rotate_left(31).wrapping_mul(0x94d0_49bb_1331_11eb);
    MessageKey(u128::from(mix(number + 1)) << 64 | u128::from(mix(number ^ 0xffff_0000)))
}

/// An hour lies between messages.
fn message(number: u64) -> Sighting {
    let at_ms = START + number as i64 * HOUR;
    Sighting { key: key(number), received_at_ms: at_ms, address: Address::Timed(at_ms) }
}

fn send(deduper: &mut Deduper, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let mut verdicts = Vec::new();
        deduper.judge(&[message(number)], &mut verdicts);
        assert_eq!(verdicts, [Verdict::New]);
        deduper.written(number + 1).unwrap();
    }
}

/// Which of the messages are known, if each is sent again at the end.
fn known(deduper: &mut Deduper, count: u64) -> Vec<u64> {
    let end_ms = message(count).received_at_ms;
    let again: Vec<_> = (0..count).map(|number| Sighting { received_at_ms: end_ms, ..message(number) }).collect();
    let mut verdicts = Vec::new();
    deduper.judge(&again, &mut verdicts);
    deduper.retract_all();
    (0..count).filter(|number| verdicts[*number as usize] != Verdict::New).collect()
}

fn named(disk: &SimulatedDisk, prefix: &str) -> Vec<String> {
    disk.names().into_iter().filter(|name| name.starts_with(prefix)).collect()
}

fn covers(hole: &Hole, number: u64) -> bool {
    (hole.from_ms..=hole.to_ms).contains(&message(number).received_at_ms)
}

/// 200 messages over eight days, closed in order.
fn disk_with_200() -> SimulatedDisk {
    let disk = SimulatedDisk::new(1);
    let (mut deduper, _) = open(&disk);
    send(&mut deduper, 0..200);
    assert_eq!(known(&mut deduper, 200).len(), 200);
    deduper.close().unwrap();
    disk
}

#[test]
fn whatever_bits_flip_every_message_is_known_or_replayed_or_lies_in_a_hole_and_none_is_dropped() {
    let mut random = Random::new(5);
    let clean = disk_with_200();
    let names = clean.names();
    assert!(names.len() > 30, "{names:?}");
    for _ in 0..if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 20_000 } else { 400 } {
        let disk = clean.copy();
        let name = &names[random.below(names.len() as u64) as usize];
        let bit = random.below(disk.bytes_of(name).len() as u64 * 8) as usize;
        disk.damage(name, |bytes| bytes[bit / 8] ^= 1 << (bit % 8));
        let (mut deduper, coverage) = open(&disk);
        let from = coverage.events_below.unwrap_or_default();
        for number in from..200 {
            deduper.replay(&[message(number)], number + 1).unwrap();
        }
        let known = known(&mut deduper, 200);
        deduper.written(200).unwrap();
        for number in 0..200 {
            let is_excused = deduper.holes().iter().any(|hole| covers(hole, number));
            assert!(known.contains(&number) || is_excused, "{number} after bit {bit} of {name}: {:?}", deduper.holes());
        }
        let new = Sighting { key: key(9_999), ..message(150) };
        let mut verdicts = Vec::new();
        deduper.judge(&[new], &mut verdicts);
        assert_eq!(verdicts, [Verdict::New], "bit {bit} of {name}");
    }
}

#[test]
fn a_lost_sealed_file_is_a_hole_of_its_epoch_until_that_leaves_the_window() {
    let disk = disk_with_200();
    let lost = &named(&disk, "sealed-")[3];
    disk.lose(lost);
    let (mut deduper, coverage) = open(&disk);
    assert_eq!(coverage.holes.len(), 1);
    assert_eq!(coverage.holes[0].reason, HoleReason::Missing);
    let unknown: Vec<_> = (0..200).filter(|number| covers(&coverage.holes[0], *number)).collect();
    assert!(!unknown.is_empty() && unknown.len() <= 6);
    assert_eq!(known(&mut deduper, 200).len(), 200 - unknown.len());
    deduper.maintain(coverage.holes[0].to_ms + 30 * DAY).unwrap();
    assert_eq!(deduper.holes().len(), 1);
    deduper.maintain(coverage.holes[0].to_ms + 30 * DAY + 1).unwrap();
    assert_eq!(deduper.holes(), []);
}

#[test]
fn a_lost_id_log_is_replayed_and_no_hole() {
    let disk = disk_with_200();
    disk.lose(&named(&disk, "epoch-")[1]);
    let (mut deduper, coverage) = open(&disk);
    assert_eq!(coverage.holes, []);
    let from = coverage.events_below.unwrap();
    assert!((150..200).contains(&from), "{from}");
    deduper.replay(&(from..200).map(message).collect::<Vec<_>>(), 200).unwrap();
    assert_eq!(known(&mut deduper, 200).len(), 200);
}

#[test]
fn a_chunk_that_is_damaged_while_open_keeps_its_messages_and_is_a_hole() {
    let disk = disk_with_200();
    let (mut deduper, _) = open(&disk);
    disk.damage(&named(&disk, "epoch-")[2], |bytes| bytes[200] ^= 1);
    let missed: Vec<_> = (0..200).filter(|number| !known(&mut deduper, 200).contains(number)).collect();
    assert!(!missed.is_empty());
    deduper.written(200).unwrap();
    let hole = deduper.holes()[0].clone();
    assert_eq!(hole.reason, HoleReason::Damaged);
    assert!(missed.iter().all(|number| covers(&hole, *number)));
    assert!(deduper.stats().unconfirmed > 0);
    deduper.close().unwrap();
    assert_eq!(open(&disk).1.holes, [hole], "it is remembered");
}

#[test]
fn a_lost_manifest_or_another_stream_begins_anew() {
    let disk = disk_with_200();
    disk.lose("manifest");
    let (mut deduper, coverage) = open(&disk);
    assert_eq!(coverage.events_below, None);
    assert_eq!(known(&mut deduper, 200), [0; 0]);
    assert_eq!(named(&disk, "sealed-").len() + named(&disk, "epoch-").len(), 0);
    deduper.replay(&(0..200).map(message).collect::<Vec<_>>(), 200).unwrap();
    assert_eq!(known(&mut deduper, 200).len(), 200);

    let disk = disk_with_200();
    let options = DedupeOptions { chunk_ids: 4, ..DedupeOptions::new(PathBuf::from("/d"), Secret([1; 16]), [3; 16]) };
    let (deduper, coverage) = Deduper::open_on(Arc::new(disk), Place::Here, PACE, options).unwrap();
    assert_eq!((coverage.events_below, deduper.stats().sealed_ids), (None, 0));
}

#[test]
fn while_the_disk_is_full_judging_goes_on_and_nothing_is_lost() {
    let disk = SimulatedDisk::new(1);
    let (mut deduper, _) = open(&disk);
    send(&mut deduper, 0..50);
    disk.fail(1_000);
    for number in 50..90 {
        let mut verdicts = Vec::new();
        deduper.judge(&[message(number), message(number - 20)], &mut verdicts);
        assert_eq!(verdicts[0], Verdict::New);
        assert!(matches!(verdicts[1], Verdict::Duplicate(_)), "{number}");
        let _ = deduper.written(number + 1);
    }
    assert!(deduper.written(90).is_err(), "and the caller is told");
    disk.fail(0);
    deduper.maintain(message(90).received_at_ms).unwrap();
    assert_eq!(known(&mut deduper, 90).len(), 90);
    assert_eq!(deduper.holes(), []);
}

#[test]
fn a_disk_that_never_recovers_costs_a_hole_and_no_more_memory_than_allowed() {
    let disk = SimulatedDisk::new(1);
    let options = DedupeOptions {
        chunk_ids: 4,
        memory_bytes_max: 64 << 10,
        ..DedupeOptions::new(PathBuf::from("/d"), Secret([1; 16]), [2; 16])
    };
    let (mut deduper, _) = Deduper::open_on(Arc::new(disk.clone()), Place::Here, PACE, options).unwrap();
    disk.fail(1_000);
    for number in 0..2_000 {
        let new = Sighting { received_at_ms: START, ..message(number) };
        deduper.judge(&[new], &mut Vec::new());
        assert!(deduper.written(number + 1).is_err() || number < 4);
        assert!(deduper.stats().memory_bytes <= 64 << 10);
    }
    let holes = deduper.holes();
    assert_eq!((holes.len(), holes[0].reason, holes[0].from_ms), (1, HoleReason::NotStored, START));
}
