//! `dedupe.restart`: how soon an index with a hundred million ids is ready again after `kill -9`.

use serde_json::json;

use super::child::{IDS, child};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;
use crate::rounds::median;

const STARTS: usize = 3;

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.restart",
    unit: "s",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(3.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let folder = data_folder()?;
    child("fill", folder.path())?.kill()?;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let opened = child("open", folder.path())?;
        let [_, ready_us, opened_us, replayed] = opened.figures[..] else {
            return Err(MeasureError::Wrong("the start told too little".to_owned()));
        };
        starts.push((ready_us as f64 / 1e6, opened_us as f64 / 1e6, replayed as f64));
        opened.kill()?;
    }
    let of = |figure: fn(&(f64, f64, f64)) -> f64| median(starts.iter().map(figure).collect());
    let beside = vec![
        Reading { name: "opened_s", label: "of it until open", value: of(|start| start.1), unit: "s" },
        Reading { name: "replayed", label: "ids replayed", value: of(|start| start.2), unit: "" },
    ];
    let settings =
        json!({ "ids": IDS, "starts": STARTS, "page_cache": "warm: the process was killed, not the machine" });
    Ok(Measured { value: of(|start| start.0), floor_ratio: None, beside, settings })
}
