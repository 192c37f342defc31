//! Going through a segment frame by frame.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::frame::{self, Header, Parsed};
use super::index::Mark;
use super::segment::Segment;
use crate::record::Offset;

/// Read at once while walking. Larger than [`super::index`]'s step, so that a seek is mostly one read.
const WINDOW_BYTES: usize = 128 << 10;

/// Stands before a frame of a segment, up to the length the segment has when the walk starts. Tells the segment's index
/// what it passes.
pub(super) struct Walk<'a> {
    window: Window<'a>,
    segment: &'a Segment,
    next: Mark,
}

#[derive(Debug)]
pub(super) enum Step {
    /// The frame that was passed, and where it began.
    Frame(Header, Mark),
    /// The segment ends where a frame ends.
    End,
    /// No whole frame stands here; the walk stays where it is.
    Damaged(&'static str),
}

impl<'a> Walk<'a> {
    /// Starts at the nearest place before a record that the segment's index knows.
    pub(super) fn towards(offset: Offset, file: &'a File, segment: &'a Segment) -> Self {
        let window = Window { file, file_bytes: segment.bytes(), at: 0, bytes: Vec::new() };
        Self { window, segment, next: segment.mark_before(offset) }
    }

    /// Where the walk stands, and which record has to be there.
    pub(super) fn here(&self) -> Mark {
        self.next
    }

    /// Passes a frame after checking all of it.
    pub(super) fn step_checked(&mut self) -> io::Result<Step> {
        let mut want = frame::HEADER_BYTES;
        loop {
            let Some(bytes) = self.window.view(self.next.at, want)? else { return Ok(self.ending()) };
            match frame::parse(bytes, self.segment.header.salt, self.next.offset) {
                Parsed::Frame(header) => return Ok(self.pass(header)),
                Parsed::Needs(more) => want = more,
                Parsed::Damaged(what) => return Ok(Step::Damaged(what)),
            }
        }
    }

    /// The value of a frame that was just passed.
    pub(super) fn value(&mut self, header: &Header, mark: Mark) -> io::Result<&[u8]> {
        let frame = self.window.view(mark.at, header.frame_bytes())?.unwrap_or_default();
        Ok(frame.get(frame::HEADER_BYTES..header.frame_bytes()).unwrap_or_default())
    }

    /// Passes a frame by its header alone. A wrong length shows at the next step, as no fitting offset stands there.
    pub(super) fn step_over(&mut self) -> io::Result<Step> {
        let Some(bytes) = self.window.view(self.next.at, frame::HEADER_BYTES)? else { return Ok(self.ending()) };
        let header = Header::decode(bytes.first_chunk().expect("the view is as long as a header"));
        if let Some(what) = header.objection(self.next.offset) {
            return Ok(Step::Damaged(what));
        }
        if self.next.at + header.frame_bytes() as u64 > self.window.file_bytes {
            return Ok(Step::Damaged("the file ends within the record"));
        }
        Ok(self.pass(header))
    }

    /// Passes frames by their headers until the walk stands before a record. `Err` says what was met instead.
    pub(super) fn seek(&mut self, offset: Offset) -> io::Result<Result<(), &'static str>> {
        while self.here().offset < offset {
            match self.step_over()? {
                Step::Frame(..) => {}
                Step::End => return Ok(Err("the file ends before the record")),
                Step::Damaged(what) => return Ok(Err(what)),
            }
        }
        Ok(Ok(()))
    }

    /// The first whole frame after this place that belongs to a commit which began after the record that should be
    /// here. It proves that this place was durable once.
    pub(super) fn find_later_commit(&mut self) -> io::Result<Option<Mark>> {
        let Mark { offset: missing, at: start } = self.next;
        // Cheap tests come first, as there is one of these for each byte. Offsets are taken for possible as far as records
        // without values could have filled the file, and some more: random bytes hardly ever pass.
        let offsets_max = missing.saturating_add(self.window.file_bytes / frame::HEADER_BYTES as u64 + (1 << 20));
        for at in start..self.window.file_bytes {
            let Some(bytes) = self.window.view(at, frame::HEADER_BYTES)? else { break };
            let header = Header::decode(bytes.first_chunk().expect("the view is as long as a header"));
            if header.commit_first() <= missing || header.offset > offsets_max {
                continue;
            }
            if header.objection(header.offset).is_some() {
                continue;
            }
            let Some(bytes) = self.window.view(at, header.frame_bytes())? else { continue };
            if matches!(frame::parse(bytes, self.segment.header.salt, header.offset), Parsed::Frame(_)) {
                return Ok(Some(Mark { offset: header.offset, at }));
            }
        }
        Ok(None)
    }

    fn pass(&mut self, header: Header) -> Step {
        let passed = self.next;
        self.segment.note([passed]);
        self.next = Mark { offset: passed.offset + 1, at: passed.at + header.frame_bytes() as u64 };
        Step::Frame(header, passed)
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
    file: &'a File,
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
