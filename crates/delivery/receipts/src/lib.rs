#![doc = include_str!("../README.md")]

mod codec;
mod fold;
mod handle;
mod record;
#[cfg(test)]
mod samples;
mod sampling;
mod service;
mod store;

pub use codec::FormatError;
pub use fold::{Counts, Dimension, Dimensions, Latencies, OTHER, OTHERS_MAX, ROWS_MAX, Resolution, Step, Totals};
pub use handle::{ReceiptsHandle, ReceiptsStatus};
pub use record::{
    Attempt, CountedGroup, CountedRecord, CountedUnit, EventPlace, Lane, RECORD_VERSION, Reason, Receipt,
    ReceiptRecord, SentRequest, State, StateKind, TakenResponse,
};
pub use sampling::{Sampler, Sampling};
pub use service::ReceiptsService;
pub use store::{
    DELIVERIES_KNOWN_DAYS, Entry, KeptReceipt, KnownDelivery, LastAttempt, NotAnId, OverviewGroup, OverviewQuery,
    ReceiptId, ReceiptPage, ReceiptQuery, ReceiptWriter, StoreOptions, Written,
};
