//! `dedupe.vs-store`: against a store of keys and values that is asked and told the same.

use std::time::Instant;

use prime_dedupe::{Deduper, Sighting, Verdict};
use serde_json::json;

use super::stream::{DAY_MS, Flow, open, wrong};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::child::data_folder;

/// The store takes a minute for these. With more it falls behind further: it has to merge more.
const IDS: u64 = 5_000_000;
const BATCH: usize = 512;

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.vs-store",
    unit: "messages/s",
    demands: &[Demand { of: Figure::FloorRatio, bound: Bound::AtLeast(15.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let mut deduper = open(&folder.path().join("dedupe"))?;
    let flow = Flow::over(IDS, DAY_MS / 4);
    let sightings: Vec<Sighting> = (0..IDS).map(|id| flow.sighting(&deduper, id)).collect();
    let store = per_second(|| all_new_to_the_store(&folder.path().join("store"), &sightings))?;
    let own = per_second(|| all_new_to_the_index(&mut deduper, &sightings))?;
    let settings = json!({ "ids": IDS, "batch": BATCH, "store": "fjall 3", "store_syncs": "none" });
    Ok(Measured::against(store, own, settings))
}

fn per_second(work: impl FnOnce() -> Result<(), MeasureError>) -> Result<f64, MeasureError> {
    let started = Instant::now();
    work()?;
    Ok(IDS as f64 / started.elapsed().as_secs_f64())
}

fn all_new_to_the_store(folder: &std::path::Path, sightings: &[Sighting]) -> Result<(), MeasureError> {
    let database = fjall::Database::builder(folder).open().map_err(wrong)?;
    let ids = database.keyspace("ids", fjall::KeyspaceCreateOptions::default).map_err(wrong)?;
    for batch in sightings.chunks(BATCH) {
        let mut writes = database.batch();
        for sighting in batch {
            let key = sighting.key.0.to_be_bytes();
            if ids.contains_key(key).map_err(wrong)? {
                return Err(MeasureError::Wrong("the store knows a new id".to_owned()));
            }
            writes.insert(&ids, key, []);
        }
        writes.commit().map_err(wrong)?;
    }
    Ok(())
}

fn all_new_to_the_index(deduper: &mut Deduper, sightings: &[Sighting]) -> Result<(), MeasureError> {
    let mut verdicts = Vec::new();
    let mut events_next = 0;
    for batch in sightings.chunks(BATCH) {
        verdicts.clear();
        deduper.judge(batch, &mut verdicts);
        if verdicts.iter().any(|verdict| *verdict != Verdict::New) {
            return Err(MeasureError::Wrong("the index knows a new id".to_owned()));
        }
        events_next += batch.len() as u64;
        deduper.written(events_next).map_err(wrong)?;
    }
    Ok(())
}
