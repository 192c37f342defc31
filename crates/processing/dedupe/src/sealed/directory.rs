//! Header, directory and footer of a sealed file.

use super::block::Shape;
use crate::bytes::{i32_at, i64_at, u32_at, u64_at};

pub(super) const HEADER_BYTES: usize = 96;
pub(super) const FOOTER_BYTES: usize = 24;
const MAGIC: &[u8; 8] = b"PRIMEDDS";
const FOOTER_MAGIC: &[u8; 4] = b"PDSF";
const VERSION: u32 = 1;
const SECTION_BYTES: usize = 24;
/// 2^28 ids have half a million blocks and as many sections at most; the bound keeps a damaged length small.
const DIRECTORY_BYTES_MAX: u64 = 64 << 20;

/// What is known of a sealed epoch beside its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) epoch: u64,
    /// The clock at the first and at the last id.
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
    /// Those with a time; the others are not kept longer than they are hot.
    pub(crate) ids: u64,
    pub(crate) events_from: u64,
    pub(crate) events_to: u64,
    /// What the last chunk of the epoch said, with which a start goes on if nothing came after.
    pub(crate) covers: u64,
    pub(crate) covers_clock_ms: i64,
    pub(crate) next_chunk: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Section {
    pub(super) generation: i32,
    pub(super) ids: u64,
    /// Where the first block begins in the file.
    pub(super) start: u64,
    /// Where each block ends, from the section's start.
    pub(super) ends: Vec<u32>,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&0_u32.to_le_bytes());
        for number in [self.epoch, self.ids, self.events_from, self.events_to, self.covers, self.next_chunk] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for time in [self.first_ms, self.last_ms, self.covers_clock_ms] {
            out.extend_from_slice(&time.to_le_bytes());
        }
        out.extend_from_slice(&0_u32.to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let intact = bytes.len() >= HEADER_BYTES
            && &bytes[..8] == MAGIC
            && u32_at(bytes, 8) == VERSION
            && crc32c::crc32c(&bytes[..92]) == u32_at(bytes, 92);
        intact.then(|| Self {
            epoch: u64_at(bytes, 16),
            ids: u64_at(bytes, 24),
            events_from: u64_at(bytes, 32),
            events_to: u64_at(bytes, 40),
            covers: u64_at(bytes, 48),
            next_chunk: u64_at(bytes, 56),
            first_ms: i64_at(bytes, 64),
            last_ms: i64_at(bytes, 72),
            covers_clock_ms: i64_at(bytes, 80),
        })
    }
}

pub(super) fn encode_directory(sections: &[Section]) -> Vec<u8> {
    let mut out = Vec::new();
    out.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    for section in sections {
        out.extend_from_slice(&section.generation.to_le_bytes());
        out.extend_from_slice(&(section.ends.len() as u32).to_le_bytes());
        out.extend_from_slice(&section.ids.to_le_bytes());
        out.extend_from_slice(&section.start.to_le_bytes());
    }
    for end in sections.iter().flat_map(|section| &section.ends) {
        out.extend_from_slice(&end.to_le_bytes());
    }
    out
}

pub(super) fn encode_footer(directory_at: u64, directory: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(FOOTER_BYTES);
    out.extend_from_slice(&directory_at.to_le_bytes());
    out.extend_from_slice(&(directory.len() as u32).to_le_bytes());
    out.extend_from_slice(&crc32c::crc32c(directory).to_le_bytes());
    out.extend_from_slice(FOOTER_MAGIC);
    out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
    out
}

/// Where the directory lies, and its checksum.
pub(super) fn decode_footer(bytes: &[u8], file_bytes: u64) -> Option<(u64, usize, u32)> {
    let intact = bytes.len() == FOOTER_BYTES
        && &bytes[16..20] == FOOTER_MAGIC
        && crc32c::crc32c(&bytes[..20]) == u32_at(bytes, 20);
    let (at, length) = (u64_at(bytes, 0), u64::from(u32_at(bytes, 8)));
    let fits = length <= DIRECTORY_BYTES_MAX && at.checked_add(length)?.checked_add(FOOTER_BYTES as u64)? == file_bytes;
    (intact && fits).then(|| (at, length as usize, u32_at(bytes, 12)))
}

/// None if what the directory says cannot be.
pub(super) fn decode_directory(bytes: &[u8], directory_at: u64) -> Option<Vec<Section>> {
    let count = u32_at(bytes.get(..4)?, 0) as usize;
    let (heads, mut ends) = bytes[4..].split_at_checked(count.checked_mul(SECTION_BYTES)?)?;
    let mut sections = Vec::with_capacity(count);
    for head in heads.chunks_exact(SECTION_BYTES) {
        let blocks = u32_at(head, 4) as usize;
        let (own, rest) = ends.split_at_checked(blocks * 4)?;
        ends = rest;
        let section = Section {
            generation: i32_at(head, 0),
            ids: u64_at(head, 8),
            start: u64_at(head, 16),
            ends: own.chunks_exact(4).map(|end| u32_at(end, 0)).collect(),
        };
        let last = u64::from(section.ends.last().copied().unwrap_or_default());
        let sound = Shape::of(section.ids).blocks == blocks as u64
            && section.ends.is_sorted()
            && section.start.checked_add(last)? <= directory_at;
        if !sound {
            return None;
        }
        sections.push(section);
    }
    ends.is_empty().then_some(sections)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sections() -> Vec<Section> {
        vec![
            Section { generation: -1, ids: 3, start: 96, ends: vec![40] },
            Section { generation: 7, ids: 600, start: 136, ends: vec![2_700, 5_400] },
        ]
    }

    #[test]
    fn a_header_is_read_as_it_was_written_and_damage_is_noticed() {
        let header = Header {
            epoch: 1,
            first_ms: -2,
            last_ms: 3,
            ids: 4,
            events_from: 5,
            events_to: 6,
            covers: 7,
            covers_clock_ms: -8,
            next_chunk: 9,
        };
        let bytes = header.encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(Header::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Header::decode(&damaged), None, "bit {bit}");
        }
    }

    #[test]
    fn a_directory_is_found_through_the_footer() {
        let directory = encode_directory(&sections());
        let footer = encode_footer(6_000, &directory);
        let file_bytes = 6_000 + (directory.len() + FOOTER_BYTES) as u64;
        assert_eq!(decode_footer(&footer, file_bytes), Some((6_000, directory.len(), crc32c::crc32c(&directory))));
        assert_eq!(decode_footer(&footer, file_bytes + 1), None);
        assert_eq!(decode_directory(&directory, 6_000), Some(sections()));
        assert_eq!(decode_directory(&directory, 5_000), None, "a block would lie in the directory");
        for length in 0..directory.len() {
            assert_eq!(decode_directory(&directory[..length], 6_000), None);
        }
    }
}
