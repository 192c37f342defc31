//! `ingest.bytes`: what the journal takes on disk for an event of 1 KB that came in a compressed batch.

use std::time::Duration;

use super::round::{COLLECTOR, Sending, round};
use super::throughput::{batch, settings};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};

pub(crate) const BAR: Bar = Bar {
    name: "ingest.bytes",
    unit: "bytes/event",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtMost(110.0) }],
    measure,
};

/// The floor is what came over the wire.
fn measure() -> Result<Measured, MeasureError> {
    let sending = Sending { measured: Duration::from_secs(2), ..batch(true) };
    let seen = round(COLLECTOR, &sending)?;
    let mut settings = settings(&sending, &seen);
    settings["rounds"] = 1.into();
    settings["floor_ratio"] = "of the bytes of body that were sent".into();
    Ok(Measured::against(seen.body_bytes_per_event, seen.disk_bytes_per_event, settings))
}
