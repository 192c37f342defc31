//! `dedupe.memory`: what a process holds that knows a hundred million hot ids.

use serde_json::json;

use super::child::{IDS, child};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;

const MB: f64 = 1e6;

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.memory",
    unit: "MB",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(1_000.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    let filled = child("fill", folder.path())?;
    let rss = filled.rss_bytes()? as f64;
    let own = filled.figures.get(1).copied().unwrap_or_default() as f64;
    let beside = vec![
        Reading { name: "index_mb", label: "as the index counts it", value: own / MB, unit: "MB" },
        Reading { name: "bytes_per_id", label: "an id", value: rss / IDS as f64, unit: "bytes" },
    ];
    let settings = json!({ "ids": IDS, "rss": "most resident memory of the process, from start to end" });
    Ok(Measured { value: rss / MB, floor_ratio: None, beside, settings })
}
