//! `profiles.*` and `identity.unmerge`: all on the same people, who take most of the time to make.

mod history;
mod house;
mod liveness;
mod people;
mod read;
mod unmerge;
mod update;

use std::sync::OnceLock;

use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};

pub(crate) const BARS: &[Bar] = &[
    Bar {
        name: "profiles.update",
        unit: "events/s",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtLeast(60_000.0) },
            Demand { of: Figure::Beside("cpu_us_per_event"), bound: Bound::AtMost(25.0) },
        ],
        measure: || part(|all| &all.update),
    },
    Bar {
        name: "profiles.read",
        unit: "reads/s",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtLeast(25_000.0) },
            Demand { of: Figure::Beside("p99_ms"), bound: Bound::AtMost(5.0) },
        ],
        measure: || part(|all| &all.read),
    },
    Bar {
        name: "profiles.history",
        unit: "ms at p99",
        demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(20.0) }],
        measure: || part(|all| &all.history),
    },
    Bar {
        name: "profiles.liveness",
        unit: "ms at p50",
        demands: &[
            Demand { of: Figure::Value, bound: Bound::AtMost(20.0) },
            Demand { of: Figure::Beside("p99_ms"), bound: Bound::AtMost(100.0) },
        ],
        measure: || part(|all| &all.liveness),
    },
    Bar {
        name: "identity.unmerge",
        unit: "ms",
        demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(50.0) }],
        measure: || part(|all| &all.unmerge),
    },
];

struct All {
    update: Seen,
    read: Seen,
    history: Seen,
    liveness: Seen,
    unmerge: Seen,
}

/// What one bar found; kept until the bar is asked for.
struct Seen {
    value: f64,
    beside: Vec<Reading>,
    settings: serde_json::Value,
}

fn part(choose: fn(&All) -> &Seen) -> Result<Measured, MeasureError> {
    static ALL: OnceLock<Result<All, String>> = OnceLock::new();
    let all = ALL.get_or_init(|| measure().map_err(|error| error.to_string()));
    let all = all.as_ref().map_err(|error| MeasureError::Wrong(error.clone()))?;
    let Seen { value, beside, settings } = choose(all);
    Ok(Measured { value: *value, floor_ratio: None, beside: beside.clone(), settings: settings.clone() })
}

fn measure() -> Result<All, MeasureError> {
    let mut house = house::House::build()?;
    // The service that took the updates is the one that is read from.
    let update = update::measure(&mut house)?;
    let read = read::measure(&house)?;
    let history = history::measure(&house)?;
    let liveness = liveness::measure(&house)?;
    let unmerge = unmerge::measure(&house)?;
    house.stop()?;
    Ok(All { update, read, history, liveness, unmerge })
}
