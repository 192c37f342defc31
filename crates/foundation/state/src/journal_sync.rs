//! Bringing the journal to the disk bit by bit, beside those who write.
//!
//! Most batches are written for the process only and lie in the system's memory. Whoever then asks for durability, or is
//! the one at whose batch the journal is cut, would wait for all of them at once: hundreds of milliseconds. So a thread
//! syncs the files all the time, through handles of its own and without the lock of the one who writes. It promises
//! nothing: a failure is found by whoever asks for durability.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};
use std::{io, mem};

use parking_lot::{Condvar, Mutex};

/// Between two syncs. At 100 MB of batches a second 5 MB gather meanwhile, which a disk takes in some 20 ms.
const PAUSE: Duration = Duration::from_millis(50);
/// What the files of the journal end with.
const JOURNAL: &str = "jnl";

pub(crate) struct JournalSync {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    told: Mutex<Told>,
    news: Condvar,
}

#[derive(Clone, Copy, Default)]
struct Told {
    written: bool,
    stop: bool,
}

impl JournalSync {
    pub(crate) fn start(folder: PathBuf) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = thread::Builder::new().name("state sync".into()).spawn(move || work(&theirs, &folder))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Tells that something was written and not synced.
    pub(crate) fn written(&self) {
        let before = mem::replace(&mut self.shared.told.lock().written, true);
        if !before {
            self.shared.news.notify_one();
        }
    }
}

impl Drop for JournalSync {
    fn drop(&mut self) {
        self.shared.told.lock().stop = true;
        self.shared.news.notify_one();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn work(shared: &Shared, folder: &Path) {
    let mut synced = None;
    loop {
        let mut told = shared.told.lock();
        while !told.written && !told.stop {
            shared.news.wait(&mut told);
        }
        // First the pause: what was written for a moment only never comes to the disk.
        shared.news.wait_while_for(&mut told, |told| !told.stop, PAUSE);
        if told.stop {
            return;
        }
        told.written = false;
        drop(told);
        synced = sync_since(folder, synced).unwrap_or(synced);
    }
}

/// Syncs what was changed since a time, and gives the time of the last change.
fn sync_since(folder: &Path, since: Option<SystemTime>) -> io::Result<Option<SystemTime>> {
    let mut newest = since;
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_none_or(|extension| extension != JOURNAL) {
            continue;
        }
        // A file that is not needed any more may go at any moment.
        let Ok(changed) = fs::metadata(&path).and_then(|about| about.modified()) else { continue };
        if since.is_none_or(|since| changed >= since) {
            File::open(&path)?.sync_data()?;
            newest = newest.max(Some(changed));
        }
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_journals_that_changed_are_synced_and_one_that_has_gone_is_no_failure() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(sync_since(folder.path(), None).unwrap(), None);
        fs::write(folder.path().join("lock"), b"").unwrap();
        fs::write(folder.path().join("7.jnl"), b"batch").unwrap();
        let first = sync_since(folder.path(), None).unwrap();
        assert!(first.is_some());
        fs::remove_file(folder.path().join("7.jnl")).unwrap();
        assert_eq!(sync_since(folder.path(), first).unwrap(), first);
    }

    #[test]
    fn the_thread_ends_with_its_owner_whatever_was_told() {
        let folder = tempfile::tempdir().unwrap();
        let sync = JournalSync::start(folder.path().to_owned()).unwrap();
        sync.written();
        sync.written();
        drop(sync);
        drop(JournalSync::start(folder.path().join("missing")).unwrap());
    }
}
