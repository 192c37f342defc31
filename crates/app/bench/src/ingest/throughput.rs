//! `ingest.batch-gzip`, `ingest.batch-plain`, `ingest.single`: the most that is taken, and what one event costs.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::json;

use super::round::{CPU, Seen, Sending, against_floor, reading, round};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::child::Program;
use crate::load::{Pace, Shape};

const BATCH_EVENTS: usize = 100;
/// With a commit every few milliseconds, so many batches are enough to keep both cores busy.
const BATCH_CONNECTIONS: usize = 64;
const SINGLE_CONNECTIONS: usize = 256;
const ROUNDS: usize = 3;
const WARM_UP: Duration = Duration::from_millis(1_000);
const ROUND: Duration = Duration::from_millis(4_000);

pub(crate) const BATCH_GZIP: Bar = Bar {
    name: "ingest.batch-gzip",
    unit: "events/s",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtLeast(700_000.0) },
        Demand { of: Figure::Beside(CPU), bound: Bound::AtMost(1.5) },
        Demand { of: Figure::FloorRatio, bound: Bound::AtMost(1.25) },
    ],
    measure: || measure(&batch(true)),
};

pub(crate) const BATCH_PLAIN: Bar = Bar {
    name: "ingest.batch-plain",
    unit: "events/s",
    demands: &[Demand { of: Figure::Value, bound: Bound::AtLeast(350_000.0) }],
    measure: || measure(&batch(false)),
};

pub(crate) const SINGLE: Bar = Bar {
    name: "ingest.single",
    unit: "events/s",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtLeast(40_000.0) },
        Demand { of: Figure::Beside(CPU), bound: Bound::AtMost(18.0) },
    ],
    measure: || {
        let measured = measure(&SINGLE_SENDING)?;
        let _ = SINGLE_MOST.set(measured.value);
        Ok(measured)
    },
};

pub(super) const fn batch(gzip: bool) -> Sending {
    Sending {
        shape: Shape::Batch { events: BATCH_EVENTS, gzip },
        distinct: 128,
        connections: BATCH_CONNECTIONS,
        pace: Pace::Saturating,
        warm_up: WARM_UP,
        measured: ROUND,
    }
}

pub(super) const SINGLE_SENDING: Sending = Sending {
    shape: Shape::Single,
    distinct: 4_096,
    connections: SINGLE_CONNECTIONS,
    pace: Pace::Saturating,
    warm_up: WARM_UP,
    measured: ROUND,
};

static SINGLE_MOST: OnceLock<f64> = OnceLock::new();

/// Requests a second that `ingest.single` finds, measured once in a run.
pub(super) fn single_most() -> Result<f64, MeasureError> {
    match SINGLE_MOST.get() {
        Some(most) => Ok(*most),
        None => {
            let most = round(super::round::COLLECTOR, &SINGLE_SENDING)?.events_per_s;
            Ok(*SINGLE_MOST.get_or_init(|| most))
        }
    }
}

fn measure(sending: &Sending) -> Result<Measured, MeasureError> {
    let (server, floor) = against_floor(ROUNDS, sending)?;
    let whole_node = round(Program::Server, sending)?;
    let mut beside = server.readings();
    beside.extend(floor.floor_readings());
    beside.extend([
        reading("all_roles_events_per_s", "with all roles events/s", whole_node.events_per_s, ""),
        reading("all_roles_cpu_us_per_event", "with all roles CPU", whole_node.cpu_us_per_event, "us/event"),
    ]);
    Ok(Measured {
        value: server.events_per_s,
        floor_ratio: Some(server.cpu_us_per_event / floor.cpu_us_per_event),
        beside,
        settings: settings(sending, &server),
    })
}

pub(super) fn settings(sending: &Sending, seen: &Seen) -> serde_json::Value {
    let (events, gzip) = match sending.shape {
        Shape::Single => (1, false),
        Shape::Batch { events, gzip } => (events, gzip),
    };
    let pace = match sending.pace {
        Pace::Saturating => json!("saturating: a connection sends again once it is answered"),
        Pace::Open { requests_per_s, .. } => json!({ "open_requests_per_s": requests_per_s }),
    };
    json!({
        "server": "role collect alone; generator on the same machine; floor_ratio is of CPU per event",
        "events_per_request": events,
        "gzip": gzip,
        "event_bytes": seen.event_bytes.round(),
        "body_bytes_per_event": seen.body_bytes_per_event.round(),
        "distinct_requests": sending.distinct,
        "connections": sending.connections,
        "pace": pace,
        "rounds": ROUNDS,
        "round_ms": sending.measured.as_millis() as u64,
    })
}
