//! Numbers, texts and stamps as they are stored.

use prime_event::{SourceId, Timestamp};
use std::sync::Arc;
use thiserror::Error;

use crate::fragment::FragmentId;
use crate::stamp::Stamp;

/// Stored bytes that are not what they should be.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a stored {what} cannot be read")]
pub struct Damaged {
    pub what: &'static str,
}

pub(crate) fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// A UUID as libraries write it, in lower case, takes 17 bytes; any other text its length and its bytes.
pub(crate) fn put_message_id(out: &mut Vec<u8>, text: &str) {
    match uuid(text) {
        Some(bytes) => {
            out.push(0);
            out.extend_from_slice(&bytes);
        }
        None => {
            put_number(out, text.len() as u64 + 1);
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// Stamps of one record that share sources, and are told by their number.
#[derive(Default)]
pub(crate) struct StampTable<'a> {
    sources: Vec<&'a SourceId>,
    stamps: Vec<&'a Stamp>,
}

impl<'a> StampTable<'a> {
    /// The number of a stamp, which is new when it was not there.
    pub(crate) fn number(&mut self, stamp: &'a Stamp) -> u64 {
        // A record has few stamps, and equal ones mostly follow upon each other.
        if let Some(known) = self.stamps.iter().rposition(|known| *known == stamp) {
            return known as u64;
        }
        if !self.sources.contains(&&stamp.source) {
            self.sources.push(&stamp.source);
        }
        self.stamps.push(stamp);
        self.stamps.len() as u64 - 1
    }

    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        put_number(out, self.sources.len() as u64);
        for source in &self.sources {
            put_text(out, source.as_str());
        }
        put_number(out, self.stamps.len() as u64);
        for stamp in &self.stamps {
            out.extend_from_slice(&stamp.timestamp.as_millis().to_le_bytes());
            let source = self.sources.iter().position(|known| **known == stamp.source);
            put_number(out, source.expect("a stamp's source is put with it") as u64);
            put_message_id(out, &stamp.message_id);
        }
    }
}

/// Takes values from the front of a record.
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
    what: &'static str,
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8], what: &'static str) -> Self {
        Self { rest: bytes, what }
    }

    pub(crate) fn damaged(&self) -> Damaged {
        Damaged { what: self.what }
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Result<&'a [u8], Damaged> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(self.damaged())?;
        self.rest = rest;
        Ok(taken)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, Damaged> {
        Ok(self.bytes(1)?[0])
    }

    pub(crate) fn fragment(&mut self) -> Result<FragmentId, Damaged> {
        FragmentId::from_slice(self.bytes(16)?).ok_or(self.damaged())
    }

    pub(crate) fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.u8()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(self.damaged())
    }

    pub(crate) fn length(&mut self) -> Result<usize, Damaged> {
        let length = self.number()?;
        usize::try_from(length).map_err(|_| self.damaged())
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Damaged> {
        let length = self.length()?;
        let bytes = self.bytes(length)?;
        std::str::from_utf8(bytes).map_err(|_| self.damaged())
    }

    fn message_id(&mut self) -> Result<Arc<str>, Damaged> {
        let length = self.length()?;
        if length == 0 {
            return Ok(uuid_text(self.bytes(16)?).into());
        }
        let bytes = self.bytes(length - 1)?;
        std::str::from_utf8(bytes).map(Arc::from).map_err(|_| self.damaged())
    }

    /// What [`StampTable::put`] wrote.
    pub(crate) fn stamps(&mut self) -> Result<Vec<Stamp>, Damaged> {
        let sources = self.length()?;
        let sources = (0..sources).map(|_| Ok(SourceId::new(self.text()?))).collect::<Result<Vec<_>, _>>()?;
        let stamps = self.length()?;
        (0..stamps).map(|_| self.stamp(&sources)).collect()
    }

    fn stamp(&mut self, sources: &[SourceId]) -> Result<Stamp, Damaged> {
        let millis = i64::from_le_bytes(self.bytes(8)?.try_into().expect("eight bytes were taken"));
        let source = self.length()?;
        let source = sources.get(source).ok_or(self.damaged())?.clone();
        Ok(Stamp { timestamp: Timestamp::from_millis(millis), message_id: self.message_id()?, source })
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.rest
    }
}

/// Where the hyphens of a UUID stand.
const HYPHENS: [usize; 4] = [8, 13, 18, 23];

fn uuid(text: &str) -> Option<[u8; 16]> {
    let text: &[u8; 36] = text.as_bytes().try_into().ok()?;
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let (mut bytes, mut digits) = ([0; 16], 0);
    for (place, byte) in text.iter().enumerate() {
        if HYPHENS.contains(&place) {
            if *byte != b'-' {
                return None;
            }
            continue;
        }
        bytes[digits / 2] = bytes[digits / 2] << 4 | digit(*byte)?;
        digits += 1;
    }
    Some(bytes)
}

fn uuid_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for byte in bytes {
        if HYPHENS.contains(&text.len()) {
            text.push('-');
        }
        for half in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(half.into(), 16).expect("half a byte is a digit"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_ids_of_any_shape_read_back_as_they_were() {
        for id in [
            "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "0A1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9",
            "0a1b2c3d04e5f-6071-8293-a4b5c6d7e8f9",
            "ajs-next-1700000000000-0a1b2c3d",
            "",
            "zürich",
        ] {
            let mut out = Vec::new();
            put_message_id(&mut out, id);
            let mut reader = Reader::new(&out, "id");
            assert_eq!(&*reader.message_id().unwrap(), id);
            assert!(reader.rest().is_empty());
        }
        let mut out = Vec::new();
        put_message_id(&mut out, "0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");
        assert_eq!(out.len(), 17);
    }

    #[test]
    fn numbers_read_back_and_cut_ones_are_damage() {
        for number in [0, 1, 127, 128, 300, u64::from(u32::MAX), u64::MAX] {
            let mut out = Vec::new();
            put_number(&mut out, number);
            assert_eq!(Reader::new(&out, "number").number(), Ok(number));
            assert!(Reader::new(&out[..out.len() - 1], "number").number().is_err());
        }
    }
}
