//! A disk that fails when told to.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parking_lot::{Condvar, Mutex};

use crate::embedded::disk::{Disk, DiskFile, Environment, SystemDisk};

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

impl Disk for FaultyDisk {
    fn create(&self, path: &Path, contents: &[u8]) -> io::Result<Box<dyn DiskFile>> {
        if std::mem::take(&mut self.script.next.lock().create) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        Ok(Box::new(FaultyFile { file: SystemDisk.create(path, contents)?, script: self.script.clone() }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(FaultyFile { file: SystemDisk.open(path)?, script: self.script.clone() }))
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
