//! Folders, names and the lock.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::error::OpenError;
use crate::names;
use crate::record::Offset;

const SEGMENT_EXTENSION: &str = "segment";
/// A file that was being created when the program ended. Never holds anything that was acknowledged.
pub(super) const TEMPORARY_EXTENSION: &str = "new";

/// The folder belongs to whoever holds this.
pub(super) struct Lock(File);

/// Closing the file would do, were there not a moment in which a child process that is being started holds it too.
impl Drop for Lock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "failed to unlock the log's folder");
        }
    }
}

impl Lock {
    pub(super) fn take(dir: &Path) -> Result<Self, OpenError> {
        let path = dir.join("lock");
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(|source| OpenError::Io { path: path.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(OpenError::Locked { dir: dir.to_owned() }),
            Err(TryLockError::Error(source)) => Err(OpenError::Io { path, source }),
        }
    }
}

/// Creates a folder and those above it, readable to nobody else, and makes their names durable.
pub(super) fn create(dir: &Path) -> Result<(), OpenError> {
    if dir.is_dir() {
        return Ok(());
    }
    let above = parent(dir);
    create(above)?;
    let created = match DirBuilder::new().mode(0o700).create(dir) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && dir.is_dir() => Ok(()),
        other => other,
    };
    created.and_then(|()| sync(above)).map_err(|source| OpenError::Io { path: dir.to_owned(), source })
}

/// Makes the names in a folder durable.
pub(super) fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
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
pub(super) fn segments(partition_dir: &Path) -> io::Result<Vec<(Offset, PathBuf)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(partition_dir)? {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(TEMPORARY_EXTENSION) => std::fs::remove_file(&path)?,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_at_once_even_while_a_child_process_still_holds_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = Lock::take(dir.path()).unwrap();
        let as_a_child_would = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(Lock::take(dir.path()).is_ok());
        drop(as_a_child_would);
    }
}
