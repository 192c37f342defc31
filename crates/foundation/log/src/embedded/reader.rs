//! Reading a partition. Needs nothing from the writer but what [`Shared`] tells.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use bytes::{Bytes, BytesMut};

use super::frame::{self, Header, Parsed};
use super::index::Mark;
use super::partition::{Shared, View};
use super::segment::Segment;
use super::walk::{Step, Walk};
use crate::error::ReadError;
use crate::record::{Offset, ReadLimit, Record};

/// No read takes more memory than this, but for a single record that is larger.
const READ_BYTES_MAX: usize = 16 << 20;

/// The first piece of a read: a page, as short records read one by one need no more.
const READ_BYTES_FIRST: usize = 4 << 10;

pub(super) fn read(partition: &Shared, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
    let Some(view) = partition.view(from)? else { return Ok(Vec::new()) };
    match read_view(&view, from, limit) {
        Err(ReadError::Io { source, .. })
            if source.kind() == io::ErrorKind::NotFound && from < partition.bounds().start =>
        {
            Err(ReadError::Trimmed { start: partition.bounds().start })
        }
        other => other,
    }
}

pub(super) fn position_at(partition: &Shared, time_ms: i64) -> Offset {
    let view = partition.view_at(time_ms);
    first_since(&view, time_ms).unwrap_or_else(|error| {
        let file = view.segment.path.display();
        tracing::warn!(%error, %file, "failed to look for a time in a segment");
        view.segment.first()
    })
}

/// The first record of a segment that is at least as young as a time, or else the offset after its last.
fn first_since(view: &View, time_ms: i64) -> io::Result<Offset> {
    let file = File::open(&view.segment.path)?;
    let mut walk = Walk::towards(view.segment.first(), &file, &view.segment);
    while walk.here().offset < view.end {
        match walk.step_over()? {
            Step::Frame(header, mark) if header.appended_at_ms >= time_ms => return Ok(mark.offset),
            Step::Frame(..) => {}
            Step::End => return Err(io::Error::other("the file ends too early")),
            Step::Damaged(what) => return Err(io::Error::other(what)),
        }
    }
    Ok(view.end)
}

fn read_view(view: &View, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
    let segment = &*view.segment;
    let file = File::open(&segment.path).map_err(|source| unreadable(&segment.path, source))?;
    let mut walk = Walk::towards(from, &file, segment);
    let sought = walk.seek(from).map_err(|source| unreadable(&segment.path, source))?;
    sought.map_err(|what| damaged(&segment.path, walk.here(), what))?;
    let start = walk.here();
    let mut frames = Frames::new(&file, segment, start, limit);
    frames.fill(view.end).map_err(|source| unreadable(&segment.path, source))?;
    if let (true, Some(what)) = (frames.found.is_empty(), frames.damage) {
        return Err(damaged(&segment.path, start, what));
    }
    segment.note(frames.found.iter().map(|(header, at)| Mark { offset: header.offset, at: start.at + *at as u64 }));
    Ok(frames.into_records())
}

/// Whole frames at the front of a buffer that is read piece by piece.
struct Frames<'a> {
    file: &'a File,
    salt: u32,
    start: Mark,
    /// Bytes of the file from the start on.
    available: usize,
    bytes_max: usize,
    records_max: usize,
    buffer: BytesMut,
    /// Frames with their places in the buffer.
    found: Vec<(Header, usize)>,
    /// Bytes of the buffer that they take.
    parsed: usize,
    damage: Option<&'static str>,
}

impl<'a> Frames<'a> {
    fn new(file: &'a File, segment: &Segment, start: Mark, limit: ReadLimit) -> Self {
        Self {
            file,
            salt: segment.header.salt,
            start,
            available: usize::try_from(segment.bytes() - start.at).unwrap_or(usize::MAX),
            bytes_max: limit.bytes_max.min(READ_BYTES_MAX),
            records_max: limit.records_max.max(1),
            buffer: BytesMut::new(),
            found: Vec::new(),
            parsed: 0,
            damage: None,
        }
    }

    /// Reads until a limit, the end, or damage. No more than the limit is ever in the buffer, but for a first record that
    /// is larger, so that whatever is found may be returned.
    fn fill(&mut self, end: Offset) -> io::Result<()> {
        while self.found.len() < self.records_max {
            let expected = self.start.offset + self.found.len() as u64;
            if expected == end {
                break;
            }
            match frame::parse(&self.buffer[self.parsed..], self.salt, expected) {
                Parsed::Frame(header) => {
                    self.found.push((header, self.parsed));
                    self.parsed += header.frame_bytes();
                }
                Parsed::Needs(bytes) => {
                    let needed = self.parsed + bytes;
                    if needed > self.available {
                        self.damage = Some("the file ends within the record");
                        break;
                    }
                    if self.parsed > 0 && needed > self.bytes_max {
                        break;
                    }
                    self.take(needed)?;
                }
                Parsed::Damaged(what) => {
                    self.damage = Some(what);
                    break;
                }
            }
        }
        Ok(())
    }

    /// Reads on, at least to where a record needs it. Pieces double, so that little is read in vain.
    fn take(&mut self, needed: usize) -> io::Result<()> {
        let held = self.buffer.len();
        let piece_end = (held * 2).max(READ_BYTES_FIRST).min(self.bytes_max).max(needed).min(self.available);
        self.buffer.resize(piece_end, 0);
        self.file.read_exact_at(&mut self.buffer[held..], self.start.at + held as u64)
    }

    fn into_records(mut self) -> Vec<Record> {
        self.buffer.truncate(self.parsed);
        let bytes = self.buffer.freeze();
        self.found.iter().map(|(header, at)| record(header, &bytes, *at)).collect()
    }
}

fn record(header: &Header, bytes: &Bytes, at: usize) -> Record {
    let value = bytes.slice(at + frame::HEADER_BYTES..at + header.frame_bytes());
    Record { offset: header.offset, appended_at_ms: header.appended_at_ms, value }
}

fn unreadable(file: &Path, source: io::Error) -> ReadError {
    ReadError::Io { file: file.to_owned(), source }
}

fn damaged(file: &Path, at: Mark, what: &str) -> ReadError {
    ReadError::Damaged { file: file.to_owned(), byte: at.at, what: format!("record {}: {what}", at.offset) }
}
