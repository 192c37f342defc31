//! The acts of the disk on which durability rests, apart from the rest so that tests can make each of them fail.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::folder;

pub(crate) trait Disk: Send + Sync {
    /// Puts a file with these contents in place of whatever has the path. Once this returns, both contents and name
    /// are durable; before, the path shows the old file or none.
    fn create(&self, path: &Path, contents: &[u8]) -> io::Result<Box<dyn DiskFile>>;

    /// Opens a file for writing.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
}

pub(crate) trait DiskFile: Send {
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;
    /// Makes contents and length durable.
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

fn system_now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

/// The standard library seeds its hashers from the system's random numbers.
fn random_salt() -> u32 {
    use std::hash::{BuildHasher, RandomState};
    RandomState::new().hash_one(0_u8) as u32
}

pub(super) struct SystemDisk;

impl Disk for SystemDisk {
    fn create(&self, path: &Path, contents: &[u8]) -> io::Result<Box<dyn DiskFile>> {
        let temporary = path.with_extension(folder::TEMPORARY_EXTENSION);
        let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&temporary)?;
        file.write_all(contents)?;
        file.sync_all()?;
        std::fs::rename(&temporary, path)?;
        folder::sync(folder::parent(path))?;
        Ok(Box::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(OpenOptions::new().write(true).open(path)?))
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
