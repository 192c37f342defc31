//! What a node tells the tools on its own machine.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

const FILE: &str = "node.json";

/// Where a node listens and how to speak to it. Holds a token: keep it as private as the file.
#[derive(Clone, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Announcement {
    pub url: String,
    pub pid: u32,
    /// A token with all scopes, good until the next start. Empty where another node keeps the accounts.
    pub token: String,
    /// Makes the first account; absent once there is one.
    pub setup_url: Option<String>,
    /// The oldest write key that is switched on, if there is one.
    pub write_key: Option<String>,
}

impl Announcement {
    /// Writes the file whole or not at all, for the owner's eyes only.
    pub(crate) fn write(&self, data_dir: &Path) -> io::Result<()> {
        let (path, fresh) = (path(data_dir), data_dir.join("node.json.new"));
        let mut file = OpenOptions::new().create(true).write(true).truncate(true).mode(0o600).open(&fresh)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        file.sync_all()?;
        fs::rename(fresh, path)
    }

    /// What the node of this data folder announced last; whether it still runs is another question.
    pub fn read(data_dir: &Path) -> io::Result<Self> {
        Ok(serde_json::from_slice(&fs::read(path(data_dir))?)?)
    }
}

pub(crate) fn withdraw(data_dir: &Path) {
    if let Err(error) = fs::remove_file(path(data_dir)) {
        tracing::debug!(%error, "node.json was not removed");
    }
}

fn path(data_dir: &Path) -> PathBuf {
    data_dir.join(FILE)
}
