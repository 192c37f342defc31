//! What the folder is, and what is not to be seen from its other files.
//!
//! ```text
//! 0   magic "PRIMEDDM"     32  stream             64  durable chunks: u64
//! 8   version: u32         48  epoch_ms: i64      72  holes: u32, epochs: u32
//! 12  chunk_ids: u32       56  first chunk: u64     80  holes, epochs; then the checksum of all before
//! 16  secret
//! ```
//!
//! Every version begins with magic and version and ends with the checksum of all before. So a version that is not known
//! is told apart from damage.

use crate::bytes::{i64_at, u32_at, u64_at};
use crate::hole::{Hole, HoleReason};
use crate::key::Secret;

pub(crate) const BYTES_MAX: u64 = 16 << 20;
const MAGIC: &[u8; 8] = b"PRIMEDDM";
pub(crate) const VERSION: u32 = 1;
const HEAD_BYTES: usize = 80;
const HOLE_BYTES: usize = 17;
const EPOCH_BYTES: usize = 24;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) chunk_ids: usize,
    pub(crate) secret: Secret,
    pub(crate) stream: [u8; 16],
    pub(crate) epoch_ms: i64,
    /// Chunks below this number went with epochs that left the window.
    pub(crate) first_chunk: u64,
    /// Chunks below this number were synced.
    pub(crate) durable_chunks: u64,
    pub(crate) holes: Vec<Hole>,
    /// Epochs whose files have to be there.
    pub(crate) epochs: Vec<KnownEpoch>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownEpoch {
    pub(crate) id: u64,
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    Damaged,
    Version(u32),
}

impl Manifest {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEAD_BYTES + self.holes.len() * HOLE_BYTES + self.epochs.len() * EPOCH_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(self.chunk_ids as u32).to_le_bytes());
        out.extend_from_slice(&self.secret.0);
        out.extend_from_slice(&self.stream);
        out.extend_from_slice(&self.epoch_ms.to_le_bytes());
        out.extend_from_slice(&self.first_chunk.to_le_bytes());
        out.extend_from_slice(&self.durable_chunks.to_le_bytes());
        out.extend_from_slice(&(self.holes.len() as u32).to_le_bytes());
        out.extend_from_slice(&(self.epochs.len() as u32).to_le_bytes());
        for hole in &self.holes {
            out.extend_from_slice(&hole.from_ms.to_le_bytes());
            out.extend_from_slice(&hole.to_ms.to_le_bytes());
            out.push(hole.reason.code());
        }
        for epoch in &self.epochs {
            out.extend_from_slice(&epoch.id.to_le_bytes());
            out.extend_from_slice(&epoch.first_ms.to_le_bytes());
            out.extend_from_slice(&epoch.last_ms.to_le_bytes());
        }
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, Unreadable> {
        if bytes.len() < HEAD_BYTES + 4 || &bytes[..8] != MAGIC {
            return Err(Unreadable::Damaged);
        }
        let (contents, checksum) = bytes.split_at(bytes.len() - 4);
        if crc32c::crc32c(contents) != u32_at(checksum, 0) {
            return Err(Unreadable::Damaged);
        }
        if u32_at(bytes, 8) != VERSION {
            return Err(Unreadable::Version(u32_at(bytes, 8)));
        }
        let holes = u32_at(contents, 72) as usize;
        let epochs = u32_at(contents, 76) as usize;
        if contents.len() != HEAD_BYTES + holes * HOLE_BYTES + epochs * EPOCH_BYTES {
            return Err(Unreadable::Damaged);
        }
        let (holes, epochs) = contents[HEAD_BYTES..].split_at(holes * HOLE_BYTES);
        let mut secret = [0; 16];
        secret.copy_from_slice(&contents[16..32]);
        let mut stream = [0; 16];
        stream.copy_from_slice(&contents[32..48]);
        Ok(Self {
            chunk_ids: u32_at(contents, 12) as usize,
            secret: Secret(secret),
            stream,
            epoch_ms: i64_at(contents, 48),
            first_chunk: u64_at(contents, 56),
            durable_chunks: u64_at(contents, 64),
            holes: holes.chunks_exact(HOLE_BYTES).filter_map(hole).collect(),
            epochs: epochs.chunks_exact(EPOCH_BYTES).map(epoch).collect(),
        })
    }
}

fn hole(bytes: &[u8]) -> Option<Hole> {
    Some(Hole { from_ms: i64_at(bytes, 0), to_ms: i64_at(bytes, 8), reason: HoleReason::of_code(bytes[16])? })
}

fn epoch(bytes: &[u8]) -> KnownEpoch {
    KnownEpoch { id: u64_at(bytes, 0), first_ms: i64_at(bytes, 8), last_ms: i64_at(bytes, 16) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest() -> Manifest {
        Manifest {
            chunk_ids: 512,
            secret: Secret([3; 16]),
            stream: [4; 16],
            epoch_ms: 21_600_000,
            first_chunk: 11,
            durable_chunks: 77,
            holes: vec![Hole { from_ms: -1, to_ms: 5, reason: HoleReason::Missing }],
            epochs: vec![KnownEpoch { id: 1, first_ms: 2, last_ms: 3 }, KnownEpoch { id: 2, first_ms: 4, last_ms: 5 }],
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        assert_eq!(Manifest::decode(&manifest().encode()), Ok(manifest()));
    }

    #[test]
    fn damage_is_noticed_and_a_later_version_is_told_apart_from_it() {
        let bytes = manifest().encode();
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Manifest::decode(&damaged), Err(Unreadable::Damaged), "bit {bit}");
        }
        assert_eq!(Manifest::decode(&bytes[..50]), Err(Unreadable::Damaged));
        let mut later = bytes;
        later[8] = 2;
        let end = later.len() - 4;
        let checksum = crc32c::crc32c(&later[..end]);
        later[end..].copy_from_slice(&checksum.to_le_bytes());
        assert_eq!(Manifest::decode(&later), Err(Unreadable::Version(2)));
    }
}
