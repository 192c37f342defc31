//! A node that only collects: what a machine with `--roles collect` does before it forwards.
//!
//! `primedata serve` refuses to collect without processing on the embedded log, as nobody would ever empty the journal.
//! Here the bench is that somebody: it lets go of what is oldest once the journal holds more than it is told to keep.

use std::path::PathBuf;
use std::time::Duration;

use prime_node::Node;
use prime_runtime::{Config, Role, start_logging};

use crate::bar::MeasureError;

use super::process::JOURNAL_BYTES_MAX;

const TRIM_INTERVAL: Duration = Duration::from_millis(200);

/// Runs until it is killed.
pub(crate) fn run(data_dir: PathBuf, journal_bytes_kept: u64) -> Result<(), MeasureError> {
    let mut config = Config::defaults();
    config.node.data_dir = data_dir;
    config.node.roles = vec![Role::Collect];
    config.http.listen = ([127, 0, 0, 1], 0).into();
    config.collect.journal_bytes_max = JOURNAL_BYTES_MAX;
    config.logging.level = "warn".to_owned();
    start_logging(&config.logging);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(collect(config, journal_bytes_kept))
}

async fn collect(config: Config, journal_bytes_kept: u64) -> Result<(), MeasureError> {
    let node = Node::start(config, Vec::new()).await.map_err(|error| MeasureError::Wrong(error.to_string()))?;
    let journal = node.journal().clone();
    loop {
        tokio::time::sleep(TRIM_INTERVAL).await;
        let bounds = journal.bounds();
        if bounds.bytes <= journal_bytes_kept {
            continue;
        }
        let held = (bounds.end - bounds.start) as f64;
        let surplus = held * (1.0 - journal_bytes_kept as f64 / bounds.bytes as f64);
        let (journal, before) = (journal.clone(), bounds.start + surplus as u64);
        tokio::task::spawn_blocking(move || journal.trim(before)).await.map_err(std::io::Error::other)??;
    }
}
