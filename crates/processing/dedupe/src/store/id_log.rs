//! The id log of one epoch.
//!
//! ```text
//! 0   magic "PRIMEDDH"    12  room of a chunk: u32   24  first chunk: u64   40  base generation: i32
//! 8   version: u32        16  epoch: u64             32  first_ms: i64      44  checksum: u32
//! 48  chunks, each of the same length
//! ```

use std::io;
use std::sync::Arc;

use super::disk::{Disk, DiskFile};
use super::names;
use crate::bytes::{i32_at, i64_at, u32_at, u64_at};
use crate::hot::chunk::chunk_bytes;

pub(crate) const HEADER_BYTES: usize = 48;
const MAGIC: &[u8; 8] = b"PRIMEDDH";
const VERSION: u32 = 1;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct IdLogHeader {
    pub(crate) room: usize,
    pub(crate) epoch: u64,
    pub(crate) first_chunk: u64,
    /// The clock when the epoch began.
    pub(crate) first_ms: i64,
    pub(crate) base_generation: i32,
}

#[derive(Clone)]
pub(crate) struct IdLog {
    pub(crate) header: IdLogHeader,
    file: Arc<dyn DiskFile>,
}

impl IdLogHeader {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.extend_from_slice(MAGIC);
        out.extend_from_slice(&VERSION.to_le_bytes());
        out.extend_from_slice(&(self.room as u32).to_le_bytes());
        out.extend_from_slice(&self.epoch.to_le_bytes());
        out.extend_from_slice(&self.first_chunk.to_le_bytes());
        out.extend_from_slice(&self.first_ms.to_le_bytes());
        out.extend_from_slice(&self.base_generation.to_le_bytes());
        out.extend_from_slice(&crc32c::crc32c(&out).to_le_bytes());
        out
    }

    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let intact = bytes.len() >= HEADER_BYTES
            && &bytes[..8] == MAGIC
            && u32_at(bytes, 8) == VERSION
            && crc32c::crc32c(&bytes[..44]) == u32_at(bytes, 44);
        intact.then(|| Self {
            room: u32_at(bytes, 12) as usize,
            epoch: u64_at(bytes, 16),
            first_chunk: u64_at(bytes, 24),
            first_ms: i64_at(bytes, 32),
            base_generation: i32_at(bytes, 40),
        })
    }
}

impl IdLog {
    pub(crate) fn create(disk: &dyn Disk, header: IdLogHeader) -> io::Result<Self> {
        let file = disk.create(&names::id_log(header.epoch))?;
        file.write_all_at(&header.encode(), 0)?;
        Ok(Self { header, file })
    }

    /// `InvalidData` when the header is not that of an id log, or of another epoch.
    pub(crate) fn open(disk: &dyn Disk, epoch: u64) -> io::Result<Self> {
        let file = disk.open(&names::id_log(epoch))?;
        let mut bytes = [0; HEADER_BYTES];
        file.read_exact_at(&mut bytes, 0)?;
        let header = IdLogHeader::decode(&bytes).filter(|header| header.epoch == epoch && header.room > 0);
        Ok(Self { header: header.ok_or(io::ErrorKind::InvalidData)?, file })
    }

    pub(crate) fn write(&self, chunk: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, self.place(chunk))
    }

    /// The first bytes of a chunk, as many as `out` takes.
    pub(crate) fn read(&self, chunk: u64, out: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(out, self.place(chunk))
    }

    /// Chunks that have begun in the file, whatever they hold.
    pub(crate) fn chunks_begun(&self) -> io::Result<u64> {
        let bytes = self.file.bytes()?.saturating_sub(HEADER_BYTES as u64);
        Ok(bytes.div_ceil(chunk_bytes(self.header.room) as u64))
    }

    /// Forgets a chunk and all behind it.
    pub(crate) fn cut(&self, chunk: u64) -> io::Result<()> {
        let place = self.place(chunk);
        if self.file.bytes()? > place { self.file.set_length(place) } else { Ok(()) }
    }

    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync()
    }

    fn place(&self, chunk: u64) -> u64 {
        let before = chunk.saturating_sub(self.header.first_chunk);
        HEADER_BYTES as u64 + before * chunk_bytes(self.header.room) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_as_it_was_written_and_damage_is_noticed() {
        let header = IdLogHeader { room: 512, epoch: 3, first_chunk: 9, first_ms: -7, base_generation: -1 };
        let bytes = header.encode();
        assert_eq!(bytes.len(), HEADER_BYTES);
        assert_eq!(IdLogHeader::decode(&bytes), Some(header));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(IdLogHeader::decode(&damaged), None, "bit {bit}");
        }
    }
}
