//! The families of keys: everything that is on disk. Numbers in keys stand with their highest byte first, so that keys are
//! in their order.

use prime_state::{Access, Family, FamilyOptions, State, StateError};

/// Where the one number of its family stands.
pub(crate) const BYTES_KEY: &[u8] = b"all";

/// Handles to all families.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Families {
    /// Partition of the stream → offset of the next record. Written with all that the records before it came to. For ever.
    pub(crate) positions: Family,
    /// Bytes of all receipts that are kept, under [`BYTES_KEY`]. For ever.
    pub(crate) bytes: Family,
    /// Number of a pair → workspace, source, destination. For ever: some 100 bytes for each destination there ever was.
    pub(crate) pairs: Family,
    /// Number of a pair → its [`Totals`](crate::Totals). For ever.
    pub(crate) totals: Family,
    /// Pair, mapping, replay, partition of `events`, offset / 1,024 → how far each of the 1,024 deliveries has come, two bits
    /// each, and the day when that changed last. Until 35 days after that day.
    pub(crate) marks: Family,
    /// Day, key in `marks` → nothing. With the entry in `marks`.
    pub(crate) mark_days: Family,
    /// Resolution, minute or hour or day, pair, step, hash of the dimensions → dimensions and counts. For 48 hours or 30 days.
    pub(crate) cells: Family,
    /// Id of a receipt → the receipt without the details of its attempts. Until its age or the room asks for it.
    pub(crate) receipts: Family,
    /// Id of a receipt, number → an attempt. With the receipt.
    pub(crate) attempts: Family,
    /// Pair, mapping, replay, partition and offset of the event → id of the receipt. With the receipt.
    pub(crate) units: Family,
    /// Hash of what is searched by, id of a receipt → nothing. With the receipt.
    pub(crate) index: Family,
}

impl Families {
    pub(crate) fn of(state: &State) -> Result<Self, StateError> {
        let family = |name, access| state.family(FamilyOptions { name, access });
        Ok(Self {
            positions: family("positions", Access::Points)?,
            bytes: family("receipt-bytes", Access::Points)?,
            pairs: family("pairs", Access::Scans)?,
            totals: family("totals", Access::Points)?,
            marks: family("marks", Access::Points)?,
            mark_days: family("mark-days", Access::Scans)?,
            cells: family("cells", Access::Scans)?,
            receipts: family("receipts", Access::Scans)?,
            attempts: family("attempts", Access::Scans)?,
            units: family("receipt-units", Access::Points)?,
            index: family("receipt-index", Access::Scans)?,
        })
    }
}
