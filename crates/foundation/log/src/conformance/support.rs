//! What the checks share.

use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{Harness, Instance, Settings};
use crate::{Offset, Partition, ReadError, ReadLimit, Record, TopicOptions, WhenFull};

/// No limit but memory.
pub const ALL: ReadLimit = ReadLimit { bytes_max: usize::MAX, records_max: usize::MAX };
pub(super) const ONE: ReadLimit = ReadLimit { bytes_max: 1, records_max: 1 };
pub(super) const TOPIC: &str = "events";

/// A broker may take its time over what it shares out, and a busy machine over everything.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

pub(super) fn unbounded() -> TopicOptions {
    TopicOptions { bytes_max: u64::MAX, age_max: None, when_full: WhenFull::Refuse }
}

/// A fresh log and one partition of it.
pub(super) async fn fresh(harness: &dyn Harness) -> (Box<dyn Instance>, Partition) {
    fresh_with(harness, 1 << 30, unbounded()).await
}

pub(super) async fn fresh_with(
    harness: &dyn Harness,
    segment_bytes_max: u64,
    options: TopicOptions,
) -> (Box<dyn Instance>, Partition) {
    let instance = harness.fresh(Settings { segment_bytes_max }).await;
    let partition = instance.log().partition(TOPIC, 0, options).expect("the partition opens");
    (instance, partition)
}

/// The log closed and opened again, where it survives that.
pub(super) async fn reopened(
    harness: &dyn Harness,
    instance: &mut Box<dyn Instance>,
    partition: Partition,
    options: TopicOptions,
) -> Partition {
    if !harness.capabilities().survives_reopen {
        return partition;
    }
    let number = partition.number();
    drop(partition);
    instance.reopen().await;
    instance.log().partition(TOPIC, number, options).expect("the partition opens again")
}

/// A value that tells which record it is, of a length.
pub fn value(name: u64, length: usize) -> Bytes {
    let mut random = Random(name);
    let mut bytes: Vec<u8> = (0..length).map(|_| random.draw() as u8).collect();
    let name = name.to_le_bytes();
    let told = name.len().min(length);
    bytes[..told].copy_from_slice(&name[..told]);
    bytes.into()
}

/// A value that compresses well, of a length.
pub(super) fn plain_value(name: u64, length: usize) -> Bytes {
    let text = format!(r#"{{"type":"track","event":"Order Completed","messageId":"{name:016x}","sent":true}},"#);
    text.bytes().cycle().take(length).collect()
}

pub(super) fn values_named(names: impl IntoIterator<Item = u64>, length: usize) -> Vec<Bytes> {
    names.into_iter().map(|name| value(name, length)).collect()
}

/// Everything from an offset on, by as many reads as it takes.
pub fn read_from(partition: &Partition, from: Offset) -> Result<Vec<Record>, ReadError> {
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

/// What the records hold.
pub fn values(records: &[Record]) -> Vec<Bytes> {
    records.iter().map(|record| record.value.clone()).collect()
}

/// Waits until something is so, or panics saying what was to be.
pub(super) async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let started = Instant::now();
    while !holds() {
        assert!(started.elapsed() < PATIENCE, "not within {PATIENCE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub struct Random(pub u64);

impl Random {
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound
    }
}
