//! What arrived within the last day: fingerprints in memory, and behind them the log of exact ids.

mod bucket;
pub(crate) mod chunk;
mod exact_ids;
mod table;
mod tags;

pub(crate) use exact_ids::{Confirmed, ExactIds, HotEpoch, Progress};
pub(crate) use table::{BUCKET_BYTES, FingerprintTable, SLOT_BYTES, TableShape};
pub(crate) use tags::TagRing;
