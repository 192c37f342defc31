use std::fmt;
use std::str::FromStr;

use prime_event::Timestamp;

/// The name of a receipt. Ordered as receipts were begun.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceiptId([u8; 20]);

/// The text is not the name of a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotAnId;

impl ReceiptId {
    /// Of the receipt that was begun by the record at this place of the stream, written at this time.
    pub(crate) fn new(written_at: Timestamp, partition: u32, offset: u64) -> Self {
        let mut bytes = Self::first_at(written_at).0;
        bytes[8..12].copy_from_slice(&partition.to_be_bytes());
        bytes[12..].copy_from_slice(&offset.to_be_bytes());
        Self(bytes)
    }

    /// Not after any receipt that was begun at this time or later.
    pub(crate) fn first_at(time: Timestamp) -> Self {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&u64::try_from(time.as_millis()).unwrap_or(0).to_be_bytes());
        Self(bytes)
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// When the receipt was begun.
    pub fn begun_at(&self) -> Timestamp {
        let [a, b, c, d, e, f, g, h, ..] = self.0;
        Timestamp::from_millis(i64::from_be_bytes([a, b, c, d, e, f, g, h]))
    }
}

impl fmt::Display for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for ReceiptId {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let mut bytes = [0; 20];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| NotAnId)?;
        Ok(Self(bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_in_the_order_in_which_receipts_were_begun_and_read_back_from_their_text() {
        let id = |ms, partition, offset| ReceiptId::new(Timestamp::from_millis(ms), partition, offset);
        let ids = [id(5, 0, 9), id(6, 0, 1), id(6, 0, 300), id(6, 1, 2), id(1_700_000_000_000, 0, 0)];
        assert!(ids.is_sorted());
        ids.iter().for_each(|id| assert_eq!(id.to_string().parse(), Ok(*id)));
        assert_eq!(ids[4].begun_at().as_millis(), 1_700_000_000_000);
        for text in ["", "00", "zz", "é"] {
            assert_eq!(text.parse::<ReceiptId>(), Err(NotAnId));
        }
    }
}
