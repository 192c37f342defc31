//! Format version 1: each record stood alone, in a *frame*, and nothing was compressed.
//!
//! ```text
//! 0   4  CRC32C, seeded with the salt, of everything that follows in the frame
//! 4   4  length of the value
//! 8   8  offset
//! 16  8  time of the append, ms since 1970
//! 24  4  place of the record in its commit, from 0
//! 28  4  flags; bit 0: the batch ends with this record
//! 32  n  value
//! ```

use crate::embedded::block::{Compression, Head, u32_at, u64_at};

pub(in crate::embedded) const FRAME_HEADER_BYTES: usize = 32;

const BATCH_ENDS: u32 = 1;

/// A frame is a block of one record. `bytes` are at least a frame's header.
pub(in crate::embedded) fn decode(bytes: &[u8]) -> Head {
    Head {
        crc: u32_at(bytes, 0),
        header_bytes: FRAME_HEADER_BYTES as u32,
        stored_bytes: u32_at(bytes, 4),
        raw_bytes: u32_at(bytes, 4),
        compression: Some(Compression::None),
        first: u64_at(bytes, 8),
        records: 1,
        appended_at_ms: u64_at(bytes, 16) as i64,
        commit_place: u32_at(bytes, 24),
        batch_ends: u32_at(bytes, 28) & BATCH_ENDS != 0,
    }
}
