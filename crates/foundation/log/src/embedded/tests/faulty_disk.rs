//! A disk that fails when told to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::embedded::disk::{Access, Disk, DiskFile, Environment, Readable, SystemDisk};

#[derive(Clone, Default)]
pub(super) struct FaultyDisk {
    script: Arc<Script>,
}

#[derive(Default)]
struct Script {
    next: Mutex<Faults>,
    syncs: Mutex<Syncs>,
    syncs_changed: Condvar,
}

/// What the next act of each kind is to do. Each fault happens once.
#[derive(Clone, Copy, Default)]
pub(super) struct Faults {
    /// The write fails when this many bytes are on disk, or all of them.
    pub(super) write_after: Option<usize>,
    pub(super) sync: Option<SyncFault>,
    pub(super) set_length: bool,
    pub(super) create: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum SyncFault {
    Refused,
    DoneButReportedFailed,
}

#[derive(Default)]
struct Syncs {
    started: u64,
    held: bool,
}

impl FaultyDisk {
    pub(super) fn environment(&self) -> Environment {
        Environment { disk: Arc::new(self.clone()), ..Environment::system() }
    }

    pub(super) fn fail(&self, faults: Faults) {
        *self.script.next.lock() = faults;
    }

    /// Faults that did not happen yet.
    pub(super) fn pending(&self) -> Faults {
        *self.script.next.lock()
    }

    pub(super) fn syncs(&self) -> u64 {
        self.script.syncs.lock().started
    }

    /// Syncs that start from now on wait until they are released.
    pub(super) fn hold_syncs(&self) {
        self.script.syncs.lock().held = true;
    }

    pub(super) fn release_syncs(&self) {
        self.script.syncs.lock().held = false;
        self.script.syncs_changed.notify_all();
    }
}

struct FaultyFile {
    file: Box<dyn DiskFile>,
    script: Arc<Script>,
}

impl FaultyDisk {
    fn watched(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FaultyFile { file, script: self.script.clone() })
    }
}

impl Disk for FaultyDisk {
    fn lock(&self, path: &Path) -> io::Result<Box<dyn Send + Sync>> {
        SystemDisk.lock(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        SystemDisk.is_folder(path)
    }

    fn create_folder(&self, path: &Path) -> io::Result<()> {
        SystemDisk.create_folder(path)
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<PathBuf>> {
        SystemDisk.list(folder)
    }

    fn sync_folder(&self, folder: &Path) -> io::Result<()> {
        SystemDisk.sync_folder(folder)
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        if std::mem::take(&mut self.script.next.lock().create) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        SystemDisk.create(path).map(|file| self.watched(file))
    }

    fn open(&self, path: &Path, access: Access) -> io::Result<Box<dyn DiskFile>> {
        SystemDisk.open(path, access).map(|file| self.watched(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        SystemDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        SystemDisk.remove(path)
    }
}

impl Readable for FaultyFile {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn read_exact_at(&self, out: &mut [u8], at: u64) -> io::Result<()> {
        self.file.read_exact_at(out, at)
    }
}

impl DiskFile for FaultyFile {
    fn write_all_at(&self, bytes: &[u8], at: u64) -> io::Result<()> {
        let fault = self.script.next.lock().write_after.take();
        match fault {
            None => self.file.write_all_at(bytes, at),
            Some(length) => {
                self.file.write_all_at(&bytes[..length.min(bytes.len())], at)?;
                Err(io::ErrorKind::StorageFull.into())
            }
        }
    }

    fn sync(&self) -> io::Result<()> {
        let mut syncs = self.script.syncs.lock();
        syncs.started += 1;
        self.script.syncs_changed.wait_while(&mut syncs, |syncs| syncs.held);
        drop(syncs);
        let fault = self.script.next.lock().sync.take();
        if fault != Some(SyncFault::Refused) {
            self.file.sync()?;
        }
        fault.map_or(Ok(()), |_| Err(io::Error::other("input/output error")))
    }

    fn set_length(&self, bytes: u64) -> io::Result<()> {
        if std::mem::take(&mut self.script.next.lock().set_length) {
            return Err(io::Error::other("input/output error"));
        }
        self.file.set_length(bytes)
    }
}
