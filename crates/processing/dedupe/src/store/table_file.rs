//! The fingerprint table as it was written down, so that a start does not read all id logs.
//!
//! ```text
//! 0   magic "PRIMEDDT"     12  bits of a tag: u32   24  chunks below are in: u64   36  checksum: u32
//! 8   version: u32         16  buckets: u64         32  reserved: u32
//! 40  pieces of 1,024 buckets, the last one shorter, each with the checksum of piece and place
//! ```
//!
//! It is written bit by bit while ids are put in. All of the chunks below the number in the header are in, and of later
//! ones some: those are put in again at the start.

use std::io;
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::names;
use crate::bytes::{u32_at, u64_at};
use crate::hot::{BUCKET_BYTES, FingerprintTable, TableShape, TagRing};

const HEADER_BYTES: usize = 40;
const MAGIC: &[u8; 8] = b"PRIMEDDT";
const VERSION: u32 = 1;
const PIECE_BUCKETS: usize = 1_024;
const PIECE_BYTES: usize = PIECE_BUCKETS * BUCKET_BYTES as usize;
const CHECKSUM_BYTES: usize = 4;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TableHeader {
    pub(crate) shape: TableShape,
    pub(crate) chunks: u64,
}

/// A table that is being written down.
pub(crate) struct TableWriting {
    pub(crate) header: TableHeader,
    pub(crate) file: Arc<dyn DiskFile>,
    next_bucket: usize,
    bytes: Vec<u8>,
}

impl TableHeader {
    fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&self.shape.tag_bits.to_le_bytes());
        out.extend_from_slice(&self.shape.buckets.to_le_bytes());
        out.extend_from_slice(&self.chunks.to_le_bytes());
        out.extend_from_slice(&0_u32.to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let intact = &bytes[..8] == MAGIC && u32_at(bytes, 8) == VERSION;
        (intact && crc32c::crc32c(&bytes[..36]) == u32_at(bytes, 36)).then(|| Self {
            shape: TableShape { tag_bits: u32_at(bytes, 12), buckets: u64_at(bytes, 16) },
            chunks: u64_at(bytes, 24),
        })
    }

    fn file_bytes(&self) -> u64 {
        let pieces = self.shape.buckets.div_ceil(PIECE_BUCKETS as u64);
        HEADER_BYTES as u64 + self.shape.buckets * BUCKET_BYTES + pieces * CHECKSUM_BYTES as u64
    }
}

impl TableWriting {
    pub(crate) fn begin(disk: &dyn Disk, header: TableHeader) -> io::Result<Self> {
        let file = disk.create(&names::temporary(names::TABLE))?;
        file.write_all_at(&header.encode(), 0)?;
        Ok(Self { header, file, next_bucket: 0, bytes: Vec::new() })
    }

    pub(crate) fn pieces(&self) -> u64 {
        self.header.shape.buckets.div_ceil(PIECE_BUCKETS as u64)
    }

    /// Writes the next piece, if there is one. Whether all are written.
    pub(crate) fn step(&mut self, table: &FingerprintTable) -> io::Result<bool> {
        if self.is_through() {
            return Ok(true);
        }
        let piece = self.next_bucket / PIECE_BUCKETS;
        self.bytes.clear();
        table.copy_out(self.next_bucket, PIECE_BUCKETS, &mut self.bytes);
        let checksum = checksum(&self.bytes, piece);
        self.bytes.extend_from_slice(&checksum.to_le_bytes());
        self.file.write_all_at(&self.bytes, place(piece))?;
        self.next_bucket += PIECE_BUCKETS;
        Ok(self.is_through())
    }

    pub(crate) fn is_through(&self) -> bool {
        self.next_bucket as u64 >= self.header.shape.buckets
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.header.file_bytes()
    }
}

/// The header of the table's file, if there is one that is whole.
pub(crate) fn header(disk: &dyn Disk) -> Option<TableHeader> {
    let file = disk.open(names::TABLE).ok()?;
    let mut bytes = [0; HEADER_BYTES];
    file.read_exact_at(&mut bytes, 0).ok()?;
    TableHeader::decode(&bytes).filter(|header| file.bytes().is_ok_and(|bytes| bytes == header.file_bytes()))
}

/// Reads the table of that header; none if it is not as it was written.
pub(crate) fn load(disk: &dyn Disk, header: TableHeader, ring: TagRing) -> Option<FingerprintTable> {
    let file = disk.open(names::TABLE).ok()?;
    let mut table = FingerprintTable::new(header.shape.buckets, ring);
    let mut bytes = Vec::new();
    for (piece, from) in (0..header.shape.buckets as usize).step_by(PIECE_BUCKETS).enumerate() {
        let buckets = PIECE_BUCKETS.min(header.shape.buckets as usize - from);
        bytes.resize(buckets * BUCKET_BYTES as usize + CHECKSUM_BYTES, 0);
        file.read_exact_at(&mut bytes, place(piece)).ok()?;
        let (slots, stored) = bytes.split_at(bytes.len() - CHECKSUM_BYTES);
        if checksum(slots, piece) != u32_at(stored, 0) {
            return None;
        }
        table.copy_in(from, slots);
    }
    Some(table)
}

fn place(piece: usize) -> u64 {
    (HEADER_BYTES + piece * (PIECE_BYTES + CHECKSUM_BYTES)) as u64
}

/// A piece in another's place is damage too.
fn checksum(slots: &[u8], piece: usize) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(slots), &(piece as u64).to_le_bytes())
}
