//! Replays on disk: a file for each, replaced as a whole.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tracing::warn;

use super::model::Replay;

/// Where the replays of this node are kept.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: PathBuf,
}

impl Store {
    /// With all that are there, by number. A file that cannot be understood is left where it is and reported.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Vec<Replay>)> {
        fs::create_dir_all(folder)?;
        let mut replays: Vec<Replay> = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            match serde_json::from_slice(&fs::read(&path)?) {
                Ok(replay) => replays.push(replay),
                Err(error) => warn!(path = %path.display(), %error, "a replay cannot be read and is left out"),
            }
        }
        replays.sort_by_key(|replay| replay.number);
        Ok((Self { folder: folder.to_owned() }, replays))
    }

    /// Durable when it returns.
    pub(super) fn save(&self, replay: &Replay) -> io::Result<()> {
        let (path, fresh) = (self.path(replay.number), self.path(replay.number).with_extension("fresh"));
        let mut file = File::create(&fresh)?;
        file.write_all(&serde_json::to_vec(replay)?)?;
        file.sync_all()?;
        fs::rename(&fresh, &path)?;
        File::open(&self.folder)?.sync_all()
    }

    pub(super) fn remove(&self, number: u32) -> io::Result<()> {
        fs::remove_file(self.path(number))
    }

    fn path(&self, number: u32) -> PathBuf {
        self.folder.join(format!("{number:08}.json"))
    }
}
