//! `identity.memory`: what a graph holds in memory for each identifier that it knows.

use serde_json::json;

use super::population::{IDENTIFIERS_EACH, meet, people};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::resident::resident_bytes;

pub(crate) const BAR: Bar = Bar {
    name: "identity.memory",
    unit: "bytes/identifier",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(64.0) }],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let people = people()?;
    let before = resident_bytes()?;
    let (graph, stored) = meet(people)?;
    let resident = resident_bytes()?.saturating_sub(before);
    let identifiers = (people * IDENTIFIERS_EACH) as f64;
    let figure = |name, label, bytes: f64| Reading { name, label, value: bytes / identifiers, unit: "bytes" };
    Ok(Measured {
        value: resident as f64 / identifiers,
        floor_ratio: None,
        beside: vec![
            figure("tables_bytes", "its tables", graph.figures().resident_bytes as f64),
            figure("stored_bytes", "to be stored, before compression", stored as f64),
        ],
        settings: json!({ "people": people, "identifiers_each": IDENTIFIERS_EACH, "sets_each": IDENTIFIERS_EACH }),
    })
}
