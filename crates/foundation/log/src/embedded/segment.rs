//! One segment file: its header, and what is known about it in memory.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::BufMut;
use parking_lot::Mutex;

use super::block::{Format, u32_at, u64_at};
use super::disk::Readable;
use super::index::{Mark, SparseIndex};
use crate::error::OpenError;
use crate::record::Offset;

pub(super) const HEADER_BYTES: usize = 44;
const MAGIC: &[u8; 8] = b"PRIMELOG";
const NO_SEGMENT: Offset = Offset::MAX;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) format: Format,
    pub(super) salt: u32,
    pub(super) first: Offset,
    /// First offset of the segment before, `None` if this was the partition's first.
    pub(super) previous: Option<Offset>,
    pub(super) created_at_ms: i64,
}

#[derive(Debug)]
pub(super) struct Segment {
    pub(super) header: Header,
    pub(super) path: PathBuf,
    /// Length of the file as far as it is durable.
    bytes: AtomicU64,
    index: Mutex<SparseIndex>,
}

impl Header {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(HEADER_BYTES);
        out.put_slice(MAGIC);
        out.put_u32_le(self.format.version());
        out.put_u32_le(self.salt);
        out.put_u64_le(self.first);
        out.put_u64_le(self.previous.unwrap_or(NO_SEGMENT));
        out.put_i64_le(self.created_at_ms);
        out.put_u32_le(crc32c::crc32c(&out));
        out
    }

    /// Reads the header of a file, which must begin at `first`.
    pub(super) fn read(file: &dyn Readable, path: &Path, first: Offset) -> Result<Self, OpenError> {
        let mut bytes = [0; HEADER_BYTES];
        let damaged = |byte, what: &str| OpenError::Damaged { file: path.to_owned(), byte, what: what.to_owned() };
        match file.read_exact_at(&mut bytes, 0) {
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Err(damaged(0, "the file ends within its header"));
            }
            Err(source) => return Err(OpenError::Io { path: path.to_owned(), source }),
            Ok(()) => {}
        }
        if &bytes[..8] != MAGIC {
            return Err(damaged(0, "the file is not a segment of this log"));
        }
        // The version stands before the checksum in judgement, as another version may have another header.
        let found = u32_at(&bytes, 8);
        let format = Format::of_version(found).ok_or_else(|| OpenError::Version { file: path.to_owned(), found })?;
        if crc32c::crc32c(&bytes[..40]) != u32_at(&bytes, 40) {
            return Err(damaged(0, "the file's header does not match its checksum"));
        }
        if u64_at(&bytes, 16) != first {
            return Err(damaged(16, "the file's name and its header name different first offsets"));
        }
        Ok(Self {
            format,
            salt: u32_at(&bytes, 12),
            first,
            previous: Some(u64_at(&bytes, 24)).filter(|previous| *previous != NO_SEGMENT),
            created_at_ms: u64_at(&bytes, 32) as i64,
        })
    }
}

impl Segment {
    pub(super) fn new(path: PathBuf, header: Header, bytes: u64) -> Self {
        let first = Mark { offset: header.first, at: HEADER_BYTES as u64 };
        Self { header, path, bytes: AtomicU64::new(bytes), index: Mutex::new(SparseIndex::new(first)) }
    }

    pub(super) fn first(&self) -> Offset {
        self.header.first
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Acquire)
    }

    pub(super) fn set_bytes(&self, bytes: u64) {
        self.bytes.store(bytes, Ordering::Release);
    }

    pub(super) fn mark_before(&self, offset: Offset) -> Mark {
        self.index.lock().before(offset)
    }

    /// See [`SparseIndex::note`].
    pub(super) fn note(&self, marks: impl IntoIterator<Item = Mark>) {
        let mut index = self.index.lock();
        for mark in marks {
            index.note(mark);
        }
    }

    pub(super) fn cut(&self, end: Offset, bytes: u64) {
        self.index.lock().cut(end);
        self.set_bytes(bytes);
    }
}
