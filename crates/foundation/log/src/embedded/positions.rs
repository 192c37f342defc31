//! Committed positions: for each group and partition the next offset to read.
//!
//! They live in memory and in one file, `positions`, which has the form of a segment. Each record of it holds the changes
//! of one sync; commits at the same time share it. When the file has grown to a multiple of what it says, and after any
//! failure to write it, all positions are written to a new file that takes its place.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use bytes::{Buf, BufMut, Bytes};
use parking_lot::Mutex;

use super::block::{Blocks, CommitPlace, Format};
use super::disk::{self, Access, DiskFile, Environment, Readable};
use super::index::Mark;
use super::recovery;
use super::segment::{self, Segment};
use super::walk::{Step, Walk};
use crate::error::OpenError;
use crate::names;
use crate::record::Offset;

/// Below this the file is not worth tidying.
const FILE_BYTES_MIN: u64 = 1 << 20;
/// The file is tidied when it is this many times as long as it has to be.
const FILE_GROWTH_MAX: u64 = 4;

const POSITION: u8 = 1;
const FORGET: u8 = 2;

pub(super) struct Positions {
    known: Mutex<Known>,
    /// Held while the disk is waited for; whoever comes meanwhile gathers in `known`.
    file: Mutex<PositionsFile>,
}

type Groups = BTreeMap<String, BTreeMap<PartitionName, Offset>>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct PartitionName {
    topic: String,
    number: u32,
}

#[derive(Default)]
struct Known {
    durable: Groups,
    pending: BTreeMap<String, Change>,
    /// Changes asked for since the start.
    asked: u64,
}

/// What is to become of a group: first forgotten or not, then moved.
#[derive(Clone, Default)]
struct Change {
    forget: bool,
    positions: BTreeMap<PartitionName, Offset>,
}

struct PositionsFile {
    path: PathBuf,
    environment: Environment,
    file: Box<dyn DiskFile>,
    salt: u32,
    end: Mark,
    /// Bytes of all positions when they were last written at once.
    tidy_bytes: u64,
    /// What was done to the file may not be what it holds, or it is laid out as it is no longer written.
    suspect: bool,
    closed: bool,
    /// How many of the changes asked for are durable.
    stored: u64,
}

impl Positions {
    pub(super) fn open(dir: &Path, environment: &Environment) -> Result<Self, OpenError> {
        let path = dir.join("positions");
        let fail = |source| OpenError::Io { path: path.clone(), source };
        let file = match environment.disk.open(&path, Access::ReadWrite) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                disk::put(&*environment.disk, &path, &new_header(environment).encode())
            }
            found => found,
        };
        let file = file.map_err(fail)?;
        let header = segment::Header::read(&*file, &path, 0)?;
        let segment = Segment::new(path.clone(), header, file.bytes().map_err(fail)?);
        let recovered = recovery::examine(&*file, &segment, 0)?;
        if recovered.torn_bytes > 0 {
            let torn_bytes = recovered.torn_bytes;
            tracing::warn!(file = %path.display(), torn_bytes, "cut off the unfinished end of the positions");
        }
        recovery::make_durable(&*file, &segment, &recovered).map_err(fail)?;
        // It may have been renamed only just before the program ended.
        environment.disk.sync_folder(dir).map_err(fail)?;
        let durable = read_all(&*file, &segment)?;
        let file = PositionsFile {
            path: path.clone(),
            environment: environment.clone(),
            file,
            salt: header.salt,
            end: recovered.end,
            tidy_bytes: 0,
            suspect: header.format != Format::Current,
            closed: false,
            stored: 0,
        };
        Ok(Self { known: Mutex::new(Known { durable, ..Known::default() }), file: Mutex::new(file) })
    }

    pub(super) fn committed(&self, group: &str, topic: &str, number: u32) -> Option<Offset> {
        let partition = PartitionName { topic: topic.to_owned(), number };
        self.known.lock().durable.get(group)?.get(&partition).copied()
    }

    /// The farthest that any group has committed.
    pub(super) fn farthest(&self, topic: &str, number: u32) -> Option<Offset> {
        let partition = PartitionName { topic: topic.to_owned(), number };
        self.known.lock().durable.values().filter_map(|positions| positions.get(&partition)).max().copied()
    }

    pub(super) fn groups(&self) -> Vec<String> {
        self.known.lock().durable.keys().cloned().collect()
    }

    pub(super) fn commit(&self, group: &str, topic: &str, number: u32, next: Offset) -> io::Result<()> {
        names::check_group(group)?;
        let partition = PartitionName { topic: topic.to_owned(), number };
        self.change(group, |change| {
            change.positions.insert(partition, next);
        })
    }

    pub(super) fn forget(&self, group: &str) -> io::Result<()> {
        self.change(group, |change| *change = Change { forget: true, positions: BTreeMap::new() })
    }

    pub(super) fn close(&self) {
        self.file.lock().closed = true;
    }

    /// Makes one change durable, together with all that others ask for meanwhile. A change that failed stays pending
    /// and goes along with the next.
    fn change(&self, group: &str, edit: impl FnOnce(&mut Change)) -> io::Result<()> {
        let asked = {
            let mut known = self.known.lock();
            edit(known.pending.entry(group.to_owned()).or_default());
            known.asked += 1;
            known.asked
        };
        let mut file = self.file.lock();
        if file.stored >= asked {
            return Ok(());
        }
        if file.closed {
            return Err(io::Error::other("the log is closed"));
        }
        let (changes, asked) = {
            let mut known = self.known.lock();
            (std::mem::take(&mut known.pending), known.asked)
        };
        match file.store(&changes, || self.with(&changes)) {
            Ok(()) => {
                apply(&mut self.known.lock().durable, changes);
                file.stored = asked;
                Ok(())
            }
            Err(error) => {
                put_back(&mut self.known.lock().pending, changes);
                Err(error)
            }
        }
    }

    /// All positions as they will be.
    fn with(&self, changes: &BTreeMap<String, Change>) -> Groups {
        let mut groups = self.known.lock().durable.clone();
        apply(&mut groups, changes.clone());
        groups
    }
}

impl PositionsFile {
    fn store(&mut self, changes: &BTreeMap<String, Change>, all: impl FnOnce() -> Groups) -> io::Result<()> {
        let overgrown = self.end.at > FILE_BYTES_MIN.max(self.tidy_bytes * FILE_GROWTH_MAX);
        if self.suspect || overgrown { self.write_anew(&all()) } else { self.append(encode_changes(changes)) }
    }

    fn append(&mut self, value: Vec<u8>) -> io::Result<()> {
        let bytes = self.block(self.salt, self.end.offset, value);
        self.suspect = true;
        self.file.write_all_at(&bytes, self.end.at)?;
        self.file.sync()?;
        self.suspect = false;
        self.end = Mark { offset: self.end.offset + 1, at: self.end.at + bytes.len() as u64 };
        Ok(())
    }

    fn write_anew(&mut self, groups: &Groups) -> io::Result<()> {
        let header = new_header(&self.environment);
        let mut bytes = header.encode();
        bytes.extend(self.block(header.salt, 0, encode_all(groups)));
        // Until the new name is known to be durable, either file may be the one that is found.
        self.suspect = true;
        self.file = disk::put(&*self.environment.disk, &self.path, &bytes)?;
        self.suspect = false;
        self.salt = header.salt;
        self.tidy_bytes = bytes.len() as u64;
        self.end = Mark { offset: 1, at: self.tidy_bytes };
        Ok(())
    }

    fn block(&self, salt: u32, first: Offset, value: Vec<u8>) -> Vec<u8> {
        let commit = CommitPlace { salt, first, appended_at_ms: (self.environment.now_ms)() };
        let mut blocks = Blocks::default();
        blocks.add(commit, first, &[value.into()]);
        blocks.close(commit);
        blocks.bytes().to_vec()
    }
}

fn new_header(environment: &Environment) -> segment::Header {
    let created_at_ms = (environment.now_ms)();
    segment::Header { format: Format::Current, salt: (environment.salt)(), first: 0, previous: None, created_at_ms }
}

fn apply(groups: &mut Groups, changes: BTreeMap<String, Change>) {
    for (group, change) in changes {
        if change.forget {
            groups.remove(&group);
        }
        if !change.positions.is_empty() {
            groups.entry(group).or_default().extend(change.positions);
        }
    }
}

/// What was asked for since goes on top.
fn put_back(pending: &mut BTreeMap<String, Change>, changes: BTreeMap<String, Change>) {
    for (group, mut change) in changes {
        let later = pending.remove(&group).unwrap_or_default();
        if later.forget {
            change = later;
        } else {
            change.positions.extend(later.positions);
        }
        pending.insert(group, change);
    }
}

fn encode_changes(changes: &BTreeMap<String, Change>) -> Vec<u8> {
    let mut out = Vec::new();
    for (group, change) in changes {
        if change.forget {
            out.put_u8(FORGET);
            put_text(&mut out, group);
        }
        put_positions(&mut out, group, &change.positions);
    }
    out
}

fn encode_all(groups: &Groups) -> Vec<u8> {
    let mut out = Vec::new();
    for (group, positions) in groups {
        put_positions(&mut out, group, positions);
    }
    out
}

fn put_positions(out: &mut Vec<u8>, group: &str, positions: &BTreeMap<PartitionName, Offset>) {
    for (partition, next) in positions {
        out.put_u8(POSITION);
        put_text(out, group);
        put_text(out, &partition.topic);
        out.put_u32_le(partition.number);
        out.put_u64_le(*next);
    }
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    out.put_u16_le(text.len() as u16);
    out.put_slice(text.as_bytes());
}

fn read_all(file: &dyn Readable, segment: &Segment) -> Result<Groups, OpenError> {
    let fail = |source| OpenError::Io { path: segment.path.clone(), source };
    let mut walk = Walk::towards(0, file, segment);
    let mut groups = Groups::new();
    while let Step::Block(head, mark) = walk.step_checked().map_err(fail)? {
        let body = Bytes::copy_from_slice(walk.body(&head, mark).map_err(fail)?);
        let applied = head.values(body).is_ok_and(|values| values.iter().all(|value| applies(&mut groups, value)));
        if !applied {
            let what = "the record is whole but does not hold positions".to_owned();
            return Err(OpenError::Damaged { file: segment.path.clone(), byte: mark.at, what });
        }
    }
    Ok(groups)
}

fn applies(groups: &mut Groups, value: &[u8]) -> bool {
    apply_encoded(groups, value).is_some()
}

/// `None` when the bytes are not changes.
fn apply_encoded(groups: &mut Groups, mut bytes: &[u8]) -> Option<()> {
    while bytes.has_remaining() {
        match bytes.get_u8() {
            FORGET => {
                groups.remove(&take_text(&mut bytes)?);
            }
            POSITION => {
                let (group, topic) = (take_text(&mut bytes)?, take_text(&mut bytes)?);
                let (number, next) = (bytes.try_get_u32_le().ok()?, bytes.try_get_u64_le().ok()?);
                groups.entry(group).or_default().insert(PartitionName { topic, number }, next);
            }
            _ => return None,
        }
    }
    Some(())
}

fn take_text(bytes: &mut &[u8]) -> Option<String> {
    let length = usize::from(bytes.try_get_u16_le().ok()?);
    let (text, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    String::from_utf8(text.to_vec()).ok()
}
