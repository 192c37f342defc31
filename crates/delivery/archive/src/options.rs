use std::path::PathBuf;
use std::time::Duration;

use prime_outbound::Networks;

/// How the archive works.
#[derive(Clone, Debug)]
pub struct ArchiveOptions {
    /// The folder of archives on local disk. It is created with the first file.
    pub folder: PathBuf,
    /// Which addresses buckets may be reached at.
    pub networks: Networks,
    /// How long events gather before they are written: the most that the archive is late.
    pub flush_interval: Duration,
    /// A pass ends once its files have this many compressed bytes together. At most 90 MB, so that a file stays under 100 MB.
    pub file_bytes_max: u64,
    /// Pause after a pass that failed; doubles with each further failure up to `retry_pause_max`.
    pub retry_pause_first: Duration,
    pub retry_pause_max: Duration,
    /// How long a stop may take to write what has gathered.
    pub stop_timeout: Duration,
}

impl Default for ArchiveOptions {
    fn default() -> Self {
        Self {
            folder: PathBuf::from("data/archive"),
            networks: Networks::public(),
            flush_interval: Duration::from_secs(60),
            file_bytes_max: 64 * 1024 * 1024,
            retry_pause_first: Duration::from_secs(1),
            retry_pause_max: Duration::from_secs(300),
            stop_timeout: Duration::from_secs(10),
        }
    }
}
