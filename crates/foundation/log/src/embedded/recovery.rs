//! What is found on opening: decided here without changing anything, carried out by the caller.

use std::io;
use std::path::{Path, PathBuf};

use super::block::Head;
use super::disk::{Access, Disk, DiskFile, Readable};
use super::folder;
use super::index::Mark;
use super::segment::{Header, Segment};
use super::walk::{Step, Walk};
use crate::error::OpenError;
use crate::record::Offset;

/// Written again at once on opening.
const PIECE_BYTES: u64 = 1 << 20;

/// The good part of a segment that was being written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recovered {
    /// Where the good part ends, and the offset to go on with.
    pub(super) end: Mark,
    /// Where its last commit begins. What precedes is known to be durable.
    pub(super) last_commit_at: u64,
    /// Bytes after the end that belong to nothing that was acknowledged, to be cut off.
    pub(super) torn_bytes: u64,
    pub(super) oldest_ms: Option<i64>,
    pub(super) newest_ms: Option<i64>,
}

/// All segments of a partition, oldest first, their headers checked. Neighbours must be next to each other.
pub(super) fn segments(disk: &dyn Disk, partition_dir: &Path) -> Result<Vec<Segment>, OpenError> {
    let found = folder::segments(disk, partition_dir)
        .map_err(|source| OpenError::Io { path: partition_dir.to_owned(), source })?;
    let mut segments: Vec<Segment> = Vec::with_capacity(found.len());
    for (first, path) in found {
        let fail = |source| OpenError::Io { path: path.clone(), source };
        let file = disk.open(&path, Access::Read).map_err(fail)?;
        let header = Header::read(&*file, &path, first)?;
        if let Some(before) = segments.last() {
            check_neighbours(before, &header, &path)?;
        }
        let bytes = file.bytes().map_err(fail)?;
        segments.push(Segment::new(path, header, bytes));
    }
    Ok(segments)
}

/// Reads a segment through and tells a torn end, which may be cut off, from damage. `durable` is an offset below which
/// every record is known to have been durable.
pub(super) fn examine(file: &dyn Readable, segment: &Segment, durable: Offset) -> Result<Recovered, OpenError> {
    let fail = |source| OpenError::Io { path: segment.path.clone(), source };
    let mut walk = Walk::towards(segment.first(), file, segment);
    let end = walk.here();
    let mut recovered = Recovered { end, last_commit_at: end.at, torn_bytes: 0, oldest_ms: None, newest_ms: None };
    let damage = loop {
        match walk.step_checked().map_err(fail)? {
            Step::Block(head, mark) => note_passed(&mut recovered, &head, mark, walk.here()),
            Step::End => break None,
            Step::Damaged(what) => break Some(what),
        }
    };
    if let Some(what) = damage
        && let Some(later) = walk.find_later_commit().map_err(fail)?
    {
        let Mark { offset, at } = walk.here();
        let Mark { offset: later, at: later_at } = later;
        let what = format!(
            "record {offset}: {what}; record {later}, written after it was durable, follows at byte {later_at}"
        );
        return Err(damaged(&segment.path, at, what));
    }
    if recovered.end.offset < durable {
        let reason = damage.unwrap_or("the file ends");
        let end = recovered.end.offset;
        let what = format!("record {end}: {reason}; a group has committed offset {durable}, so it was durable");
        return Err(damaged(&segment.path, recovered.end.at, what));
    }
    recovered.torn_bytes = segment.bytes() - recovered.end.at;
    Ok(recovered)
}

/// Makes durable what was found, before anyone relies on it, and cuts off what follows.
///
/// A sync would not do. If the one of the last commit failed before, the kernel may show what it could not write, and call
/// every later sync a success. So the last commit is written again, over itself: a crash meanwhile changes nothing.
pub(super) fn make_durable(file: &dyn DiskFile, segment: &Segment, recovered: &Recovered) -> io::Result<()> {
    let end = recovered.end;
    if recovered.torn_bytes > 0 {
        file.set_length(end.at)?;
        segment.cut(end.offset, end.at);
    }
    let mut at = recovered.last_commit_at;
    let mut piece = Vec::new();
    while at < end.at {
        piece.resize((end.at - at).min(PIECE_BYTES) as usize, 0);
        file.read_exact_at(&mut piece, at)?;
        file.write_all_at(&piece, at)?;
        at += piece.len() as u64;
    }
    file.sync()
}

fn note_passed(recovered: &mut Recovered, head: &Head, mark: Mark, here: Mark) {
    if head.commit_place == 0 {
        recovered.last_commit_at = mark.at;
    }
    if head.batch_ends {
        recovered.end = here;
        recovered.newest_ms = Some(head.appended_at_ms);
        recovered.oldest_ms = recovered.oldest_ms.or(recovered.newest_ms);
    }
}

fn check_neighbours(before: &Segment, header: &Header, path: &Path) -> Result<(), OpenError> {
    if header.previous == Some(before.first()) {
        return Ok(());
    }
    let what = match header.previous {
        Some(previous) => format!("the segment file before it, which begins with offset {previous}, is missing"),
        None => "it claims to be the first segment file, but there are older ones".to_owned(),
    };
    Err(damaged(path, 24, what))
}

fn damaged(file: &Path, byte: u64, what: String) -> OpenError {
    OpenError::Damaged { file: PathBuf::from(file), byte, what }
}
