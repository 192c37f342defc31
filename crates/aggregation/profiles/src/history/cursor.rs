use thiserror::Error;

use super::merge::Order;
use super::place::{PLACE_BYTES, Place};

/// Up to where a reader has come in a history. It means the same whatever became of the profile since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    pub order: Order,
    /// The last event that was looked at; the next page begins after it.
    pub after: Place,
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the cursor is not one that was given out here")]
pub struct CursorError;

const VERSION: u8 = 1;

impl Cursor {
    pub fn to_bytes(self) -> Vec<u8> {
        let mut bytes = vec![VERSION, u8::from(self.order == Order::NewestFirst)];
        bytes.extend_from_slice(&self.after.to_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Self, CursorError> {
        let (order, place) = match bytes {
            [VERSION, 0, place @ ..] => (Order::OldestFirst, place),
            [VERSION, 1, place @ ..] => (Order::NewestFirst, place),
            _ => return Err(CursorError),
        };
        if place.len() != PLACE_BYTES {
            return Err(CursorError);
        }
        Ok(Self { order, after: Place::from_bytes(place).ok_or(CursorError)? })
    }
}

#[cfg(test)]
mod tests {
    use prime_event::Timestamp;

    use super::*;

    #[test]
    fn a_cursor_reads_back_and_anything_else_is_refused() {
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let after = Place { timestamp: Timestamp::from_millis(-7), fingerprint: 9 };
            let cursor = Cursor { order, after };
            assert_eq!(Cursor::from_bytes(&cursor.to_bytes()), Ok(cursor));
        }
        for bytes in
            [&b""[..], b"\x01", b"\x01\x020123456789abcdef", b"\x01\x000123456789abcde", b"\x02\x000123456789abcdef"]
        {
            assert_eq!(Cursor::from_bytes(bytes), Err(CursorError));
        }
    }
}
