//! One record in a segment file.

use bytes::{BufMut, Bytes};

use crate::record::{BATCH_BYTES_MAX, Offset};

pub(super) const HEADER_BYTES: usize = 32;

const BATCH_ENDS: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) crc: u32,
    pub(super) value_bytes: u32,
    pub(super) offset: Offset,
    pub(super) appended_at_ms: i64,
    pub(super) commit_place: u32,
    flags: u32,
}

/// What precedes the value, but for length and checksum.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) offset: Offset,
    pub(super) appended_at_ms: i64,
    pub(super) commit_place: u32,
    pub(super) batch_ends: bool,
}

/// What stands at the front of some bytes where a frame with a known offset has to begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Frame(Header),
    /// This many bytes are needed to tell.
    Needs(usize),
    Damaged(&'static str),
}

impl Header {
    pub(super) fn decode(bytes: &[u8; HEADER_BYTES]) -> Self {
        Self {
            crc: u32_at(bytes, 0),
            value_bytes: u32_at(bytes, 4),
            offset: u64_at(bytes, 8),
            appended_at_ms: u64_at(bytes, 16) as i64,
            commit_place: u32_at(bytes, 24),
            flags: u32_at(bytes, 28),
        }
    }

    pub(super) fn frame_bytes(&self) -> usize {
        HEADER_BYTES + self.value_bytes as usize
    }

    pub(super) fn batch_ends(&self) -> bool {
        self.flags & BATCH_ENDS != 0
    }

    /// Offset of the first record that was written together with this one.
    pub(super) fn commit_first(&self) -> Offset {
        self.offset.saturating_sub(u64::from(self.commit_place))
    }

    /// Why this cannot be the header of the record with an offset, judged without its value.
    pub(super) fn objection(&self, expected: Offset) -> Option<&'static str> {
        if self.offset != expected {
            Some("another offset stands where the record's own should")
        } else if self.frame_bytes() as u64 > BATCH_BYTES_MAX {
            Some("the record's length is out of range")
        } else {
            None
        }
    }
}

pub(super) fn bytes_of(value: &Bytes) -> u64 {
    (HEADER_BYTES + value.len()) as u64
}

/// The value has to be within [`BATCH_BYTES_MAX`].
pub(super) fn encode(out: &mut Vec<u8>, salt: u32, place: Place, value: &[u8]) {
    let start = out.len();
    out.put_u32_le(0);
    out.put_u32_le(value.len() as u32);
    out.put_u64_le(place.offset);
    out.put_i64_le(place.appended_at_ms);
    out.put_u32_le(place.commit_place);
    out.put_u32_le(if place.batch_ends { BATCH_ENDS } else { 0 });
    out.put_slice(value);
    let crc = crc32c::crc32c_append(salt, &out[start + 4..]);
    out[start..start + 4].copy_from_slice(&crc.to_le_bytes());
}

pub(super) fn parse(bytes: &[u8], salt: u32, expected: Offset) -> Parsed {
    let Some(head) = bytes.first_chunk::<HEADER_BYTES>() else {
        return Parsed::Needs(HEADER_BYTES);
    };
    let header = Header::decode(head);
    if let Some(what) = header.objection(expected) {
        return Parsed::Damaged(what);
    }
    match bytes.get(4..header.frame_bytes()) {
        None => Parsed::Needs(header.frame_bytes()),
        Some(covered) if crc32c::crc32c_append(salt, covered) != header.crc => {
            Parsed::Damaged("the record does not match its checksum")
        }
        Some(_) => Parsed::Frame(header),
    }
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: u32 = 7;

    fn frame(value: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        let place = Place { offset: 41, appended_at_ms: -5, commit_place: 3, batch_ends: true };
        encode(&mut out, SALT, place, value);
        out
    }

    #[test]
    fn a_frame_reads_back_as_it_was_written() {
        let Parsed::Frame(header) = parse(&frame(b"value"), SALT, 41) else { panic!("not a frame") };
        assert_eq!((header.offset, header.appended_at_ms, header.value_bytes), (41, -5, 5));
        assert_eq!((header.commit_first(), header.batch_ends()), (38, true));
    }

    #[test]
    fn a_frame_that_is_cut_asks_for_what_is_missing() {
        let bytes = frame(b"value");
        for length in 0..bytes.len() {
            let needs = if length < HEADER_BYTES { HEADER_BYTES } else { bytes.len() };
            assert_eq!(parse(&bytes[..length], SALT, 41), Parsed::Needs(needs));
        }
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        let bytes = frame(b"value");
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(!matches!(parse(&flipped, SALT, 41), Parsed::Frame(_)), "bit {bit}");
        }
    }

    #[test]
    fn a_frame_of_another_file_or_another_place_is_damage() {
        assert!(matches!(parse(&frame(b"value"), SALT + 1, 41), Parsed::Damaged(_)));
        assert!(matches!(parse(&frame(b"value"), SALT, 42), Parsed::Damaged(_)));
    }
}
