//! `profiles.*` and `identity.unmerge`: all on the same people, who take most of the time to make.

mod history;
mod house;
mod liveness;
mod people;
mod read;
mod unmerge;
mod update;

use parking_lot::Mutex;

use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use house::House;

pub(crate) const BARS: &[Bar] = &[
    Bar {
        name: "profiles.update",
        unit: "events/s",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtLeast(60_000.0) },
            Demand { of: Figure::Beside("cpu_us_per_event"), bound: Bound::AtMost(25.0) },
        ],
        measure: || at_home(update::measure),
    },
    Bar {
        name: "profiles.read",
        unit: "reads/s",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtLeast(25_000.0) },
            Demand { of: Figure::Beside("p99_ms"), bound: Bound::AtMost(5.0) },
        ],
        measure: || at_home(read::measure),
    },
    Bar {
        name: "profiles.history",
        unit: "ms at p99",
        demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(20.0) }],
        measure: || at_home(history::measure),
    },
    Bar {
        name: "profiles.liveness",
        unit: "ms at p50",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtMost(20.0) },
            Demand { of: Figure::Beside("p99_ms"), bound: Bound::AtMost(100.0) },
        ],
        measure: || at_home(liveness::measure),
    },
    Bar {
        name: "identity.unmerge",
        unit: "ms",
        demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(50.0) }],
        measure: || at_home(unmerge::measure),
    },
];

/// What one bar found.
struct Seen {
    value: f64,
    beside: Vec<Reading>,
    settings: serde_json::Value,
}

/// Made for the first bar that is measured and left for the others.
static HOUSE: Mutex<Option<House>> = Mutex::new(None);

fn at_home(measure: fn(&mut House) -> Result<Seen, MeasureError>) -> Result<Measured, MeasureError> {
    let mut place = HOUSE.lock();
    let house = match &mut *place {
        Some(house) => house,
        none => none.insert(House::build()?),
    };
    let Seen { value, beside, settings } = measure(house)?;
    Ok(Measured { value, floor_ratio: None, beside, settings })
}

/// Stops what still runs and removes its folder.
pub(crate) fn close() {
    drop(HOUSE.lock().take());
}
