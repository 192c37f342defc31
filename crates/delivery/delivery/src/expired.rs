//! What could not be delivered in time, kept where it can be sent from again.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use prime_event::DestinationId;

use crate::job::Job;

/// Where the events of a destination are kept: `{folder}/{destination}/{day}.jsonl`, where `{day}` is the UTC day on which an
/// event was received.
pub(crate) struct Expired {
    pub(crate) folder: PathBuf,
    pub(crate) destination: DestinationId,
}

impl Expired {
    /// Adds each event as a line. Durable once it returns; after an error some may be.
    ///
    /// After a crash an event may stand there twice; its `messageId` tells.
    pub(crate) fn keep<'a>(&self, jobs: impl Iterator<Item = &'a Job>) -> io::Result<()> {
        let mut days: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for job in jobs {
            let time = job.record.received_at.to_string();
            let lines = days.entry(time.get(..10).unwrap_or("unknown").to_owned()).or_default();
            lines.extend_from_slice(&job.record.payload);
            lines.push(b'\n');
        }
        let folder = self.folder.join(self.destination.as_str());
        fs::create_dir_all(&folder)?;
        days.into_iter().try_for_each(|(day, lines)| append(&folder, &day, &lines))
    }
}

fn append(folder: &Path, day: &str, lines: &[u8]) -> io::Result<()> {
    let path = folder.join(format!("{day}.jsonl"));
    let is_new = !path.exists();
    let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
    file.write_all(lines)?;
    file.sync_data()?;
    if is_new {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
