//! What the driver of deliveries writes to the `receipts` stream.

mod counted;
mod exchange;
mod format;
mod lane;
mod reason;
mod receipt;

pub use counted::{CountedGroup, CountedRecord, CountedUnit};
pub use exchange::{Attempt, SentRequest, TakenResponse};
pub use format::RECORD_VERSION;
pub(crate) use format::{put_attempt, put_reason, put_receipt, take_attempt, take_reason, take_receipt};
pub use lane::{EventPlace, Lane};
pub use reason::{Reason, State, StateKind};
pub use receipt::Receipt;

/// A value of the `receipts` stream.
///
/// Written after the effect that it tells of, and before the driver's own position passes the event: so after a crash a
/// record may come again, or another one about the same delivery; neither is counted twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReceiptRecord {
    /// One step of one delivery, with all that is known of it.
    Receipt(Box<Receipt>),
    /// Deliveries at the first attempt of which nothing else is kept.
    Counted(CountedRecord),
}

/// The most that is kept of an id, a name or a code: longer ones are cut, and found by what is left.
pub(crate) const TEXT_BYTES_MAX: usize = 512;
/// The most that is kept of a sentence or a URL.
pub(crate) const SENTENCE_BYTES_MAX: usize = 1_024;
