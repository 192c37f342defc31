//! Going through a segment block by block.

use std::io;

use super::block::{self, Head, Parsed};
use super::disk::Readable;
use super::index::Mark;
use super::segment::{self, Segment};
use crate::record::Offset;

/// Read at once while walking. Larger than [`super::index`]'s step, so that a seek is mostly one read.
const WINDOW_BYTES: usize = 128 << 10;

/// Stands before a block of a segment, up to the length the segment has when the walk starts. Tells the segment's index
/// what it passes.
pub(super) struct Walk<'a> {
    window: Window<'a>,
    segment: &'a Segment,
    next: Mark,
}

#[derive(Debug)]
pub(super) enum Step {
    /// The block that was passed, and where it began.
    Block(Head, Mark),
    /// The segment ends where a block ends.
    End,
    /// No whole block stands here; the walk stays where it is.
    Damaged(&'static str),
}

impl<'a> Walk<'a> {
    /// Starts at the nearest place before a record that the segment's index knows.
    pub(super) fn towards(offset: Offset, file: &'a dyn Readable, segment: &'a Segment) -> Self {
        let window = Window { file, file_bytes: segment.bytes(), at: 0, bytes: Vec::new() };
        Self { window, segment, next: segment.mark_before(offset) }
    }

    /// Where the walk stands, and which record has to be the first there.
    pub(super) fn here(&self) -> Mark {
        self.next
    }

    /// Passes a block after checking all of it.
    pub(super) fn step_checked(&mut self) -> io::Result<Step> {
        let segment::Header { format, salt, .. } = self.segment.header;
        let mut want = format.header_bytes();
        loop {
            let Some(bytes) = self.window.view(self.next.at, want)? else { return Ok(self.ending()) };
            match block::parse(format, bytes, salt, self.next.offset) {
                Parsed::Block(head) => return Ok(self.pass(head)),
                Parsed::Needs(more) => want = more,
                Parsed::Damaged(what) => return Ok(Step::Damaged(what)),
            }
        }
    }

    /// The body of a block that was just passed.
    pub(super) fn body(&mut self, head: &Head, mark: Mark) -> io::Result<&[u8]> {
        let block = self.window.view(mark.at, head.block_bytes())?.unwrap_or_default();
        Ok(block.get(head.header_bytes as usize..head.block_bytes()).unwrap_or_default())
    }

    /// Passes a block by its header alone. A wrong length shows at the next step, as no fitting offset stands there.
    pub(super) fn step_over(&mut self) -> io::Result<Step> {
        self.look().map(|step| match step {
            Step::Block(head, _) => self.pass(head),
            other => other,
        })
    }

    /// Passes blocks by their headers until the walk stands before the one that holds a record. `Err` says what was met
    /// instead.
    pub(super) fn seek(&mut self, offset: Offset) -> io::Result<Result<(), &'static str>> {
        loop {
            match self.look()? {
                Step::Block(head, _) if head.end() > offset => return Ok(Ok(())),
                Step::Block(head, _) => {
                    self.pass(head);
                }
                Step::End => return Ok(Err("the file ends before the record")),
                Step::Damaged(what) => return Ok(Err(what)),
            }
        }
    }

    /// The first whole block after this place that belongs to a commit which began after the record that should be
    /// here. It proves that this place was durable once.
    pub(super) fn find_later_commit(&mut self) -> io::Result<Option<Mark>> {
        let segment::Header { format, salt, .. } = self.segment.header;
        let Mark { offset: missing, at: start } = self.next;
        // Cheap tests come first, as there is one of these for each byte. Offsets are taken for possible as far as
        // records without values could have filled the file, which take four bytes before they are compressed, and some
        // more: random bytes hardly ever pass.
        let records_max = self.window.file_bytes.saturating_mul(64).saturating_add(1 << 20);
        let offsets_max = missing.saturating_add(records_max);
        for at in start..self.window.file_bytes {
            let Some(bytes) = self.window.view(at, format.header_bytes())? else { break };
            let head = format.decode(bytes);
            if head.commit_first() <= missing || head.first > offsets_max {
                continue;
            }
            if head.objection(head.first).is_some() {
                continue;
            }
            let Some(bytes) = self.window.view(at, head.block_bytes())? else { continue };
            if matches!(block::parse(format, bytes, salt, head.first), Parsed::Block(_)) {
                return Ok(Some(Mark { offset: head.first, at }));
            }
        }
        Ok(None)
    }

    /// What stands here, judged by the header alone. The walk stays.
    fn look(&mut self) -> io::Result<Step> {
        let format = self.segment.header.format;
        let Some(bytes) = self.window.view(self.next.at, format.header_bytes())? else { return Ok(self.ending()) };
        let head = format.decode(bytes);
        if let Some(what) = head.objection(self.next.offset) {
            return Ok(Step::Damaged(what));
        }
        if self.next.at + head.block_bytes() as u64 > self.window.file_bytes {
            return Ok(Step::Damaged("the file ends within the record"));
        }
        Ok(Step::Block(head, self.next))
    }

    fn pass(&mut self, head: Head) -> Step {
        let passed = self.next;
        self.segment.note([passed]);
        self.next = Mark { offset: head.end(), at: passed.at + head.block_bytes() as u64 };
        Step::Block(head, passed)
    }

    fn ending(&self) -> Step {
        if self.next.at == self.window.file_bytes {
            Step::End
        } else {
            Step::Damaged("the file ends within the record")
        }
    }
}

/// A part of a file in memory that follows where one looks.
struct Window<'a> {
    file: &'a dyn Readable,
    file_bytes: u64,
    at: u64,
    bytes: Vec<u8>,
}

impl Window<'_> {
    /// At least `length` bytes from `at`, `None` when the file has fewer.
    fn view(&mut self, at: u64, length: usize) -> io::Result<Option<&[u8]>> {
        if at + length as u64 > self.file_bytes {
            return Ok(None);
        }
        let held = at >= self.at && at + length as u64 <= self.at + self.bytes.len() as u64;
        if !held {
            let take = (length.max(WINDOW_BYTES) as u64).min(self.file_bytes - at);
            self.at = at;
            self.bytes.resize(take as usize, 0);
            self.file.read_exact_at(&mut self.bytes, at)?;
        }
        Ok(Some(&self.bytes[(at - self.at) as usize..]))
    }
}
