//! Everything that an index asks of a file system, apart from the rest so that tests can put a disk of their own below
//! it: one that fails when told to, one that forgets in a crash what was not synced.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::PathBuf;
use std::sync::Arc;

/// One folder. Files are named without it.
pub(crate) trait Disk: Send + Sync {
    /// Creates the folder unless it is there, readable to nobody else.
    fn prepare(&self) -> io::Result<()>;

    fn list(&self) -> io::Result<Vec<String>>;

    /// A new empty file, readable to nobody else, in place of what had the name.
    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// For reading and writing.
    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>>;

    /// A file takes the place of what had the new name, for good once this returns: the folder is synced. In a crash
    /// before, the name shows either.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes durable which names there are.
    fn sync_names(&self) -> io::Result<()>;
}

pub(crate) trait DiskFile: Send + Sync {
    fn bytes(&self) -> io::Result<u64>;

    /// `UnexpectedEof` when there are fewer.
    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()>;

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()>;

    fn set_length(&self, bytes: u64) -> io::Result<()>;

    fn sync(&self) -> io::Result<()>;
}

pub(crate) struct SystemDisk {
    folder: PathBuf,
}

impl SystemDisk {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }
}

impl Disk for SystemDisk {
    fn prepare(&self) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)
    }

    fn list(&self) -> io::Result<Vec<String>> {
        let names = fs::read_dir(&self.folder)?.map(|entry| Ok(entry?.file_name().into_string().ok()));
        names.filter_map(Result::transpose).collect()
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(true).mode(0o600);
        Ok(Arc::new(options.open(self.folder.join(name))?))
    }

    fn open(&self, name: &str) -> io::Result<Arc<dyn DiskFile>> {
        Ok(Arc::new(OpenOptions::new().read(true).write(true).open(self.folder.join(name))?))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.folder.join(from), self.folder.join(to))?;
        self.sync_names()
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.folder.join(name))
    }

    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.folder)?.sync_all()
    }
}

impl DiskFile for File {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        FileExt::read_exact_at(self, out, at)
    }

    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        FileExt::write_all_at(self, bytes, at)
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        self.set_len(bytes)
    }

    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}

/// Puts a file with these contents in place of whatever has the name. In a crash the name shows the old file or the
/// new one, whole.
pub(crate) fn put(disk: &dyn Disk, name: &str, contents: &[u8]) -> io::Result<()> {
    let temporary = super::names::temporary(name);
    let file = disk.create(&temporary)?;
    file.write_all_at(contents, 0)?;
    file.sync()?;
    disk.rename(&temporary, name)
}

/// All of a file. `bytes_max` bounds what a damaged length can ask for.
pub(crate) fn read(file: &dyn DiskFile, bytes_max: u64) -> io::Result<Vec<u8>> {
    let bytes = file.bytes()?;
    if bytes > bytes_max {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    let mut contents = vec![0; bytes as usize];
    file.read_exact_at(&mut contents, 0)?;
    Ok(contents)
}
