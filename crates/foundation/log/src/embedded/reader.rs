//! Reading a partition. Needs nothing from the writer but what [`Shared`] tells.

use std::io;
use std::path::Path;

use bytes::BytesMut;

use super::block::{self, Head, Parsed};
use super::disk::{Access, Disk, Readable};
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
    match read_view(&*partition.disk, &view, from, limit) {
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
    first_since(&*partition.disk, &view, time_ms).unwrap_or_else(|error| {
        let file = view.segment.path.display();
        tracing::warn!(%error, %file, "failed to look for a time in a segment");
        view.segment.first()
    })
}

/// The first record of a segment that is at least as young as a time, or else the offset after its last. The records of a
/// block are of one time.
fn first_since(disk: &dyn Disk, view: &View, time_ms: i64) -> io::Result<Offset> {
    let file = disk.open(&view.segment.path, Access::Read)?;
    let mut walk = Walk::towards(view.segment.first(), &*file, &view.segment);
    while walk.here().offset < view.end {
        match walk.step_over()? {
            Step::Block(head, mark) if head.appended_at_ms >= time_ms => return Ok(mark.offset),
            Step::Block(..) => {}
            Step::End => return Err(io::Error::other("the file ends too early")),
            Step::Damaged(what) => return Err(io::Error::other(what)),
        }
    }
    Ok(view.end)
}

fn read_view(disk: &dyn Disk, view: &View, from: Offset, limit: ReadLimit) -> Result<Vec<Record>, ReadError> {
    let segment = &*view.segment;
    let file = disk.open(&segment.path, Access::Read).map_err(|source| unreadable(&segment.path, source))?;
    let mut walk = Walk::towards(from, &*file, segment);
    let sought = walk.seek(from).map_err(|source| unreadable(&segment.path, source))?;
    sought.map_err(|what| damaged(&segment.path, walk.here(), what))?;
    let start = walk.here();
    let mut blocks = Blocks::new(&*file, segment, start, from, limit);
    blocks.fill(view.end).map_err(|source| unreadable(&segment.path, source))?;
    if let (true, Some(what)) = (blocks.found.is_empty(), blocks.damage) {
        return Err(damaged(&segment.path, start, what));
    }
    segment.note(blocks.found.iter().map(|(head, at)| Mark { offset: head.first, at: start.at + *at as u64 }));
    blocks.into_records().map_err(|(mark, what)| damaged(&segment.path, mark, what))
}

/// Whole blocks at the front of a buffer that is read piece by piece.
struct Blocks<'a> {
    file: &'a dyn Readable,
    segment: &'a Segment,
    start: Mark,
    /// The first record that is wanted, one of the first block.
    from: Offset,
    /// Bytes of the file from the start on.
    available: usize,
    limit: ReadLimit,
    buffer: BytesMut,
    /// Blocks with their places in the buffer.
    found: Vec<(Head, usize)>,
    /// Bytes of the buffer that they take.
    parsed: usize,
    /// Memory that they take in all.
    memory: usize,
    damage: Option<&'static str>,
}

impl<'a> Blocks<'a> {
    fn new(file: &'a dyn Readable, segment: &'a Segment, start: Mark, from: Offset, limit: ReadLimit) -> Self {
        Self {
            file,
            segment,
            start,
            from,
            available: usize::try_from(segment.bytes() - start.at).unwrap_or(usize::MAX),
            limit: ReadLimit { bytes_max: limit.bytes_max.min(READ_BYTES_MAX), records_max: limit.records_max.max(1) },
            buffer: BytesMut::new(),
            found: Vec::new(),
            parsed: 0,
            memory: 0,
            damage: None,
        }
    }

    /// Reads until a limit, the end, or damage. Never more than the limit allows, but for the first block.
    fn fill(&mut self, end: Offset) -> io::Result<()> {
        loop {
            let expected = self.found.last().map_or(self.start.offset, |(head, _)| head.end());
            if expected >= end || expected.saturating_sub(self.from) >= self.limit.records_max as u64 {
                return Ok(());
            }
            let header = &self.segment.header;
            match block::parse(header.format, &self.buffer[self.parsed..], header.salt, expected) {
                Parsed::Block(head) => {
                    if !self.found.is_empty() && self.memory + head.memory_bytes() > self.limit.bytes_max {
                        return Ok(());
                    }
                    self.found.push((head, self.parsed));
                    self.parsed += head.block_bytes();
                    self.memory += head.memory_bytes();
                }
                Parsed::Needs(bytes) => {
                    let needed = self.parsed + bytes;
                    if needed > self.available {
                        self.damage = Some("the file ends within the record");
                        return Ok(());
                    }
                    if self.parsed > 0 && needed > self.limit.bytes_max {
                        return Ok(());
                    }
                    self.take(needed)?;
                }
                Parsed::Damaged(what) => {
                    self.damage = Some(what);
                    return Ok(());
                }
            }
        }
    }

    /// Reads on, at least to where a block needs it. Pieces double, so that little is read in vain.
    fn take(&mut self, needed: usize) -> io::Result<()> {
        let held = self.buffer.len();
        let piece_end = (held * 2).max(READ_BYTES_FIRST).min(self.limit.bytes_max).max(needed).min(self.available);
        self.buffer.resize(piece_end, 0);
        self.file.read_exact_at(&mut self.buffer[held..], self.start.at + held as u64)
    }

    /// The records from the first that is wanted on, as many as the limit allows but one at least. A block that is whole
    /// but makes no sense ends them, and is an error if there are none before it.
    fn into_records(mut self) -> Result<Vec<Record>, (Mark, &'static str)> {
        self.buffer.truncate(self.parsed);
        let bytes = self.buffer.freeze();
        let (mut records, mut taken) = (Vec::new(), 0);
        for (head, at) in &self.found {
            let body = bytes.slice(at + head.header_bytes as usize..at + head.block_bytes());
            let values = match head.values(body) {
                Ok(values) => values,
                Err(what) if records.is_empty() => {
                    return Err((Mark { offset: head.first, at: self.start.at + *at as u64 }, what));
                }
                Err(_) => return Ok(records),
            };
            let skipped = self.from.saturating_sub(head.first) as usize;
            for (offset, value) in (head.first..).zip(values).skip(skipped) {
                taken += head.header_bytes as usize + value.len();
                let over = taken > self.limit.bytes_max || records.len() == self.limit.records_max;
                if over && !records.is_empty() {
                    return Ok(records);
                }
                records.push(Record { offset, appended_at_ms: head.appended_at_ms, value });
            }
        }
        Ok(records)
    }
}

fn unreadable(file: &Path, source: io::Error) -> ReadError {
    ReadError::Io { file: file.to_owned(), source }
}

fn damaged(file: &Path, at: Mark, what: &str) -> ReadError {
    ReadError::Damaged { file: file.to_owned(), byte: at.at, what: format!("record {}: {what}", at.offset) }
}
