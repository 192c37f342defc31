//! What is kept on disk, in one state: sums, receipts, and how far the stream has been read, which change together.

mod delivery;
mod expiry;
mod families;
mod id;
mod kept;
mod keys;
mod moment;
mod overview;
mod search;
mod shelf;
mod writer;

pub use delivery::{DELIVERIES_KNOWN_DAYS, KnownDelivery};
pub use id::{NotAnId, ReceiptId};
pub use kept::{KeptReceipt, LastAttempt};
pub use overview::{OverviewGroup, OverviewQuery};
pub use search::{ReceiptPage, ReceiptQuery};
pub use writer::{Entry, ReceiptWriter, StoreOptions, Written};

pub(crate) use families::{BYTES_KEY, Families};
pub(crate) use moment::Moment;

use prime_state::StateError;

use crate::codec::FormatError;

/// What was written does not read back: another version of the program wrote it, or the disk is damaged.
fn damaged(what: &str, error: FormatError) -> StateError {
    StateError::Damaged(format!("{what} of the receipts: {error}"))
}
