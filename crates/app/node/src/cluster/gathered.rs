//! Up to where events were gathered, by partition. Lies with the profiles: when these are made anew, so is this.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use prime_log::Offset;

/// What is behind what was kept is gathered again after a crash: profiles take no event twice.
#[derive(Clone, Debug)]
pub(super) struct Gathered {
    path: PathBuf,
    next: Vec<Option<Offset>>,
}

impl Gathered {
    pub(super) fn read(folder: &Path, partitions: usize) -> io::Result<Self> {
        let path = folder.join("gathered.json");
        let mut next: Vec<Option<Offset>> = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        next.resize(partitions.max(next.len()), None);
        Ok(Self { path, next })
    }

    /// None where nothing was gathered yet.
    pub(super) fn next(&self, partition: usize) -> Option<Offset> {
        self.next.get(partition).copied().flatten()
    }

    pub(super) fn move_to(&mut self, partition: usize, next: Offset) {
        self.next[partition] = Some(next);
    }

    /// Whole or not at all.
    pub(super) fn write(&self) -> io::Result<()> {
        let fresh = self.path.with_extension("new");
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).open(&fresh)?;
        file.write_all(&serde_json::to_vec(&self.next)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &self.path)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_found_again_and_a_new_folder_begins_at_the_front() {
        let folder = tempfile::tempdir().unwrap();
        let mut gathered = Gathered::read(folder.path(), 2).unwrap();
        assert_eq!((gathered.next(0), gathered.next(1)), (None, None));
        gathered.move_to(1, 7);
        gathered.write().unwrap();
        let again = Gathered::read(folder.path(), 3).unwrap();
        assert_eq!((again.next(0), again.next(1), again.next(2)), (None, Some(7), None));
        fs::write(folder.path().join("gathered.json"), "half").unwrap();
        assert!(Gathered::read(folder.path(), 2).is_err());
    }
}
