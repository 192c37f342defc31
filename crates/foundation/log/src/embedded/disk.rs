//! Everything that the log asks of a file system, apart from the rest so that tests can put a disk of their own below it:
//! one that fails when told to, one that forgets in a crash what was not synced.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::folder;

pub(crate) trait Disk: Send + Sync {
    /// Takes the file, which is created when missing, for this process until what is returned is dropped. `WouldBlock`
    /// when another has it.
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>>;

    fn is_folder(&self, path: &Path) -> bool;

    /// Creates a folder, readable to nobody else, in one that is there. `AlreadyExists` when it is there.
    fn create_folder(&self, path: &Path) -> io::Result<()>;

    /// Paths of all that a folder holds, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>>;

    /// Makes durable which names are in a folder, and what they name.
    fn sync_folder(&self, folder: &Path) -> io::Result<()>;

    /// A new empty file, readable to nobody else, in place of what had the path.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>>;

    /// A file takes the place of what had the new path. In a crash the path shows either, and never none.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    fn remove(&self, path: &Path) -> io::Result<()>;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    ReadWrite,
}

/// Bytes that can be read from any place.
pub(crate) trait Readable: Send + Sync {
    fn bytes(&self) -> io::Result<u64>;

    /// `UnexpectedEof` when there are fewer.
    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()>;
}

pub(crate) trait DiskFile: Readable {
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    /// Makes contents and length durable, but not the name.
    fn sync(&self) -> io::Result<()>;

    fn set_length(&self, bytes: u64) -> io::Result<()>;
}

/// What the log takes from outside.
#[derive(Clone)]
pub(crate) struct Environment {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) now_ms: Arc<dyn Fn() -> i64 + Send + Sync>,
    pub(crate) salt: Arc<dyn Fn() -> u32 + Send + Sync>,
}

impl Environment {
    pub(crate) fn system() -> Self {
        Self { disk: Arc::new(SystemDisk), now_ms: Arc::new(system_now_ms), salt: Arc::new(random_salt) }
    }
}

/// Puts a file with these contents in place of whatever has the path. Once this returns, both contents and name are
/// durable; before, the path shows the old file or none. After an error it may be either.
pub(super) fn put(disk: &dyn Disk, path: &Path, contents: &[u8]) -> io::Result<Box<dyn DiskFile>> {
    let temporary = path.with_extension(folder::TEMPORARY_EXTENSION);
    let file = disk.create(&temporary)?;
    file.write_all_at(contents, 0)?;
    file.sync()?;
    disk.rename(&temporary, path)?;
    disk.sync_folder(folder::parent(path))?;
    Ok(file)
}

fn system_now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// The standard library seeds its hashers from the system's random numbers.
fn random_salt() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8) as u32
}

pub(super) struct SystemDisk;

/// Closing the file would do, were there not a moment in which a child process that is being started holds it too.
struct SystemLock(File);

impl Drop for SystemLock {
    fn drop(&mut self) {
        if let Err(error) = self.0.unlock() {
            tracing::warn!(%error, "failed to unlock the log's folder");
        }
    }
}

impl SystemLock {
    fn take(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => Err(io::ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Disk for SystemDisk {
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        Ok(Box::new(SystemLock::take(path)?))
    }

    fn is_folder(&self, path: &Path) -> bool {
        path.is_dir()
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        DirBuilder::new().mode(0o700).create(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        File::open(folder)?.sync_all()
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let options = OpenOptions::new().read(true).write(true).create(true).truncate(true).mode(0o600).open(path)?;
        Ok(Box::new(options))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().read(true).write(access == Access::ReadWrite).open(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}

impl Readable for File {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, out, at)
    }
}

impl DiskFile for File {
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, at)
    }

    /// `fdatasync` writes the length too, as the contents could not be read without it.
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_free_at_once_even_while_a_child_process_still_holds_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let lock = SystemLock::take(&dir.path().join("lock")).unwrap();
        let as_a_child_would = lock.0.try_clone().unwrap();
        drop(lock);
        assert!(SystemLock::take(&dir.path().join("lock")).is_ok());
        drop(as_a_child_would);
    }
}
