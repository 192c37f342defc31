//! `dedupe.false-drops`: whether a new message was ever taken for a known one.

use prime_dedupe::{Address, Deduper, MessageKey, Sighting, Verdict};
use serde_json::json;

use super::stream::{DAY_MS, Flow, START_MS, mixed, open, send};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;

const PROBES: u64 = 1_000_000_000;
/// Half of them are sealed and half are hot when probing begins.
const IDS: u64 = 60_000_000;
const SPAN_MS: i64 = 2 * DAY_MS + DAY_MS / 4;
const BATCH: usize = 1_024;

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.false-drops",
    unit: "false drops",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(0.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let mut deduper = open(folder.path())?;
    send(&mut deduper, &Flow { duplicates_per_million: 0, ..Flow::over(IDS, SPAN_MS) }, 0..IDS)?;
    let before = deduper.stats();
    let dropped = probe(&mut deduper);
    let stats = deduper.stats();
    let reading = |name, label, value: u64| Reading { name, label, value: value as f64, unit: "" };
    let beside = vec![
        reading("false_hits", "fingerprint hits that the id log denied", stats.false_hits - before.false_hits),
        reading("sealed_probes", "sealed sections asked", stats.sealed_probes - before.sealed_probes),
        reading("sealed_reads", "blocks that their filter let through", stats.sealed_reads - before.sealed_reads),
    ];
    let settings = json!({ "probes": PROBES, "hot_ids": stats.hot_ids, "sealed_ids": stats.sealed_ids });
    Ok(Measured { value: dropped as f64, floor_ratio: None, beside, settings })
}

/// Keys are as good as random, so random ones are new ids. They are asked for and not kept.
fn probe(deduper: &mut Deduper) -> u64 {
    let mut dropped = 0;
    let mut batch = Vec::with_capacity(BATCH);
    let mut verdicts = Vec::with_capacity(BATCH);
    let received_at_ms = START_MS + SPAN_MS;
    for first in (0..PROBES).step_by(BATCH) {
        batch.clear();
        batch.extend((first..(first + BATCH as u64).min(PROBES)).map(|probe| {
            let (high, low) = (mixed(probe ^ 0x1111_2222_3333_4444), mixed(probe ^ 0x5555_6666_7777_8888));
            let made_at_ms = received_at_ms - (low % SPAN_MS as u64) as i64;
            let key = MessageKey(u128::from(high) << 64 | u128::from(mixed(low)));
            Sighting { key, received_at_ms, address: Address::Timed(made_at_ms) }
        }));
        verdicts.clear();
        deduper.judge(&batch, &mut verdicts);
        dropped += verdicts.iter().filter(|verdict| **verdict != Verdict::New).count() as u64;
        deduper.retract_all();
    }
    dropped
}
