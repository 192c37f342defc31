use std::path::PathBuf;

/// Where a state lives and what it may take.
#[derive(Clone, Debug)]
pub struct StateOptions {
    /// The folder that holds everything. It is created when missing, and belongs to one process at a time.
    pub dir: PathBuf,
    /// Most bytes of memory for blocks that were read.
    pub cache_bytes: u64,
    /// Most bytes of memory of each family for what was written last.
    pub write_buffer_bytes: u64,
    /// Threads that write out and tidy up in the background.
    pub workers: usize,
}

impl StateOptions {
    /// For a folder: 256 MiB of cache, 64 MiB of write buffer for each family, and two workers, which serves some
    /// hundred thousand profiles that are active at a time.
    pub fn of(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into(), cache_bytes: 256 << 20, write_buffer_bytes: 64 << 20, workers: 2 }
    }
}
