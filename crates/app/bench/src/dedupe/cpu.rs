//! `dedupe.cpu`: CPU per message, while all is hot, and with thirty sealed days behind.

use serde_json::json;

use super::stream::{DAY_MS, Flow, Spent, open, send};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured, Reading};
use crate::child::data_folder;

const IDS: u64 = 100_000_000;
/// So that all of them are hot at the end.
const HOT_SPAN_MS: i64 = DAY_MS * 20 / 24;
/// Thirty days are sealed while the last one comes.
const SEALED_SPAN_MS: i64 = 31 * DAY_MS + DAY_MS / 4;
/// What is measured of the second flow: the last ids, with all days behind.
const LAST_IDS: u64 = IDS / 10;

const SEALED: &str = "sealed_ns";

pub(crate) const BAR: Bar = Bar {
    name: "dedupe.cpu",
    unit: "ns/message",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtMost(150.0) },
        Demand { of: Figure::Beside(SEALED), bound: Bound::AtMost(400.0) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let hot = {
        let folder = data_folder()?;
        let mut deduper = open(folder.path())?;
        let spent = send(&mut deduper, &Flow::over(IDS, HOT_SPAN_MS), 0..IDS)?;
        if deduper.stats().hot_ids != IDS {
            return Err(MeasureError::Wrong(format!("{} ids are hot", deduper.stats().hot_ids)));
        }
        spent
    };
    let folder = data_folder()?;
    let mut deduper = open(folder.path())?;
    let flow = Flow::over(IDS, SEALED_SPAN_MS);
    let before = send(&mut deduper, &flow, 0..IDS - LAST_IDS)?;
    let sealed = send(&mut deduper, &flow, IDS - LAST_IDS..IDS)?;
    let stats = deduper.stats();
    let reading = |name, label, value, unit| Reading { name, label, value, unit };
    let ns = |name, label, value| reading(name, label, value, "ns");
    let beside = vec![
        ns(SEALED, "with 30 sealed days", sealed.cpu_ns_per_message()),
        ns("hot_keys_ns", "of it keys and addresses, hot", hot.ns_per_message(hot.keys)),
        ns("hot_background_ns", "in the background, hot", hot.ns_per_message(hot.background)),
        ns("sealed_keys_ns", "keys and addresses, sealed", sealed.ns_per_message(sealed.keys)),
        ns("sealed_background_ns", "in the background, sealed", sealed.ns_per_message(sealed.background)),
        ns("sealed_build_ns", "the thirty days before, per message", before.cpu_ns_per_message()),
        reading("hot_longest_ms", "longest batch, hot", longest_ms(&hot), "ms"),
        reading("sealed_longest_ms", "longest batch, sealed", longest_ms(&sealed), "ms"),
        reading("sealed_reads", "blocks read, sealed", stats.sealed_reads as f64, ""),
        reading("sealed_days", "days sealed", stats.epochs_sealed as f64 / 4.0, ""),
    ];
    let settings = json!({
        "ids": IDS,
        "duplicates_percent": 0.6,
        "late_percent": 1,
        "batches": [64, 128, 256, 512, 1024],
        "hot_ids": IDS,
        "sealed_ids": stats.sealed_ids,
        "measured_ids_with_sealed_days": LAST_IDS,
        "memory_bytes_max": super::stream::options(folder.path()).memory_bytes_max,
    });
    Ok(Measured { value: hot.cpu_ns_per_message(), floor_ratio: None, beside, settings })
}

fn longest_ms(spent: &Spent) -> f64 {
    spent.longest.as_secs_f64() * 1e3
}
