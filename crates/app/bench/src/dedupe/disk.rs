//! `dedupe.disk`: what a sealed id takes.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;

use super::stream::{DAY_MS, Flow, START_MS, open, send, wrong};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;

/// Three epochs of a million each: a node that takes fifty events a second.
const IDS: u64 = 3_000_000;
const SPAN_MS: i64 = DAY_MS * 18 / 24;
const SEALED_WITHIN: Duration = Duration::from_secs(60);

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.disk",
    unit: "bytes/id",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(9.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let mut deduper = open(folder.path())?;
    send(&mut deduper, &Flow::over(IDS, SPAN_MS), 0..IDS)?;
    let hot_bytes = bytes_of(folder.path(), "epoch-")?;
    let started = Instant::now();
    while deduper.stats().sealed_ids < IDS {
        deduper.maintain(START_MS + 3 * DAY_MS).map_err(wrong)?;
        if started.elapsed() > SEALED_WITHIN {
            return Err(MeasureError::Wrong(format!("{} ids are sealed", deduper.stats().sealed_ids)));
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    let sealed_bytes = bytes_of(folder.path(), "sealed-")?;
    let per_id = |bytes: u64| bytes as f64 / IDS as f64;
    let hot = Reading { name: "hot_bytes", label: "while hot", value: per_id(hot_bytes), unit: "bytes/id" };
    let settings = json!({ "ids": IDS, "epochs": deduper.stats().epochs_sealed, "late_percent": 1 });
    Ok(Measured { value: per_id(sealed_bytes), floor_ratio: None, beside: vec![hot], settings })
}

fn bytes_of(folder: &std::path::Path, prefix: &str) -> Result<u64, MeasureError> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(prefix) {
            bytes += entry.metadata()?.len();
        }
    }
    Ok(bytes)
}
