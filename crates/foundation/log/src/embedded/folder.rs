//! Folders, names and the lock.

use std::io;
use std::path::{Path, PathBuf};

use super::disk::Disk;
use crate::error::OpenError;
use crate::names;
use crate::record::Offset;

const SEGMENT_EXTENSION: &str = "segment";
/// A file that was being created when the program ended. Never holds anything that was acknowledged.
pub(super) const TEMPORARY_EXTENSION: &str = "new";

/// The folder belongs to whoever holds this.
pub(super) struct Lock {
    _held: Box<dyn Send + Sync>,
}

impl Lock {
    pub(super) fn take(disk: &dyn Disk, dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        match disk.lock(&path) {
            Ok(held) => Ok(Self { _held: held }),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Err(OpenError::Locked { dir: dir.to_owned() }),
            Err(source) => Err(OpenError::Io { path, source }),
        }
    }
}

/// Creates a folder and those above it, and makes their names durable.
pub(super) fn create(disk: &dyn Disk, dir: &Path) -> Result<(), OpenError> {
    if disk.is_folder(dir) {
        return Ok(());
    }
    let above = parent(dir);
    create(disk, above)?;
    let created = match disk.create_folder(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && disk.is_folder(dir) => Ok(()),
        other => other,
    };
    created.and_then(|()| disk.sync_folder(above)).map_err(|source| OpenError::Io { path: dir.to_owned(), source })
}

/// Makes the names in a folder durable, and its own up to a folder above it: a program that ended at once after it had
/// created them may not have come to it.
pub(super) fn sync_up_to(disk: &dyn Disk, dir: &Path, above: &Path) -> io::Result<()> {
    disk.sync_folder(dir)?;
    if dir == above || !dir.starts_with(above) { Ok(()) } else { sync_up_to(disk, parent(dir), above) }
}

pub(super) fn parent(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) => Path::new("."),
        None => path,
    }
}

pub(super) fn partition_dir(log_dir: &Path, topic: &str, number: u32) -> Result<PathBuf, OpenError> {
    names::check_topic(topic)?;
    Ok(log_dir.join("topics").join(topic).join(number.to_string()))
}

pub(super) fn segment_path(partition_dir: &Path, first: Offset) -> PathBuf {
    partition_dir.join(format!("{first:020}.{SEGMENT_EXTENSION}"))
}

/// The segment files of a partition with their first offsets, oldest first. Removes what a creation left unfinished.
pub(super) fn segments(disk: &dyn Disk, partition_dir: &Path) -> io::Result<Vec<(Offset, PathBuf)>> {
    let mut found = Vec::new();
    for path in disk.list(partition_dir)? {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(TEMPORARY_EXTENSION) => disk.remove(&path)?,
            Some(SEGMENT_EXTENSION) => {
                let name = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
                let first = name.parse().map_err(|_| io::Error::other("a segment file's name is not an offset"))?;
                found.push((first, path));
            }
            _ => {}
        }
    }
    found.sort();
    Ok(found)
}
