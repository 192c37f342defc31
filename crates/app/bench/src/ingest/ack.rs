//! `ingest.ack`: how long a sender waits for its answer at half of what `ingest.single` takes.

use std::time::Duration;

use super::round::{ACK_P99, ACK_P999, Sending, against_floor};
use super::throughput::{SINGLE_SENDING, settings, single_most};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::load::Pace;

const ROUNDS: usize = 3;
/// Long enough for some hundred thousand answers, so that the slowest thousandth is more than chance.
const ROUND: Duration = Duration::from_secs(6);

pub(crate) const BAR: Bar = Bar {
    name: "ingest.ack",
    unit: "ms at p99",
    demands: &[
        Demand { of: Figure::Beside(ACK_P99), bound: Bound::AtMost(10.0) },
        Demand { of: Figure::Beside(ACK_P999), bound: Bound::AtMost(30.0) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let pace = Pace::Open { requests_per_s: single_most()? / 2.0, seed: 1 };
    let sending = Sending { pace, measured: ROUND, ..SINGLE_SENDING };
    let (server, floor) = against_floor(ROUNDS, &sending)?;
    let mut beside = server.readings();
    beside.extend(floor.floor_readings());
    let mut settings = settings(&sending, &server);
    settings["floor_ratio"] = "of the p99".into();
    Ok(Measured { value: server.ack_p99_ms, floor_ratio: Some(server.ack_p99_ms / floor.ack_p99_ms), beside, settings })
}
