//! Opens the data folder: the log's topics and the control store.

use std::fs;
use std::path::Path;
use std::time::Duration;

use prime_control::ControlStore;
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_processor::Streams;
use prime_runtime::{Config, LogProvider, Role};

use crate::node::StartError;
use crate::node_id;

/// Of one partition. What is written down again when it has doubled: some hundred megabytes are twenty million events that wait.
pub(crate) const PROGRESS_BYTES_MAX: u64 = 2 << 30;

/// Everything that is on disk.
pub(crate) struct Storage {
    pub(crate) node_id: String,
    /// The node's own log. Holds all streams, or the journal alone where the others are on machines that are shared.
    pub(crate) log: Log,
    pub(crate) journal: Partition,
    pub(crate) control: ControlStore,
}

impl Storage {
    /// Opens or creates. Blocking; long only where a crash left much to check.
    pub(crate) fn open(config: &Config) -> Result<Self, StartError> {
        let data_dir = &config.node.data_dir;
        let refused = |source| StartError::DataDir { path: data_dir.clone(), source };
        fs::create_dir_all(data_dir).map_err(refused)?;
        check_writable(data_dir).map_err(refused)?;
        let log =
            Log::open(LogOptions { dir: data_dir.join("log"), segment_bytes_max: config.streams.segment_bytes_max })?;
        let node_id = node_id::of(data_dir, &config.node.id)?;
        let journal = journal(&log, config)?;
        let keeps_definitions = config.log.provider == LogProvider::Embedded || config.has(Role::Console);
        let control = match keeps_definitions {
            true => ControlStore::open(&data_dir.join("control.sqlite"))?,
            false => ControlStore::follow(&data_dir.join("definitions.json"))?,
        };
        Ok(Self { node_id, log, journal, control })
    }

    /// The streams of a node that does everything itself.
    pub(crate) fn streams(&self, config: &Config) -> Result<Streams, StartError> {
        let streams = &config.streams;
        Ok(Streams {
            journal: self.journal.clone(),
            events: stream(
                &self.log,
                "events",
                (streams.events_bytes_max, streams.events_age_max_hours),
                WhenFull::TrimUnheld,
            )?,
            rejected: history(&self.log, "rejected", streams.rejected_bytes_max, streams.rejected_age_max_hours)?,
            duplicates: history(
                &self.log,
                "duplicates",
                streams.duplicates_bytes_max,
                streams.duplicates_age_max_hours,
            )?,
            ledger: history(&self.log, "ledger", streams.ledger_bytes_max, streams.ledger_age_max_hours)?,
        })
    }
}

/// What was found out of people.
pub(crate) fn computed(log: &Log, config: &Config) -> Result<Partition, StartError> {
    history(log, "computed", config.streams.computed_bytes_max, config.streams.computed_age_max_hours)
}

/// What destinations are still owed. Whoever writes it lets go of what is old.
pub(crate) fn progress(log: &Log) -> Result<Partition, StartError> {
    let options = TopicOptions { bytes_max: PROGRESS_BYTES_MAX, age_max: None, when_full: WhenFull::Refuse };
    Ok(log.partition("progress", 0, options)?)
}

/// What became of events at their destinations.
pub(crate) fn receipts(log: &Log, config: &Config) -> Result<Partition, StartError> {
    history(log, "receipts", config.streams.receipts_bytes_max, config.streams.receipts_age_max_hours)
}

/// What was acknowledged must not be lost: a full journal refuses.
fn journal(log: &Log, config: &Config) -> Result<Partition, StartError> {
    let options =
        TopicOptions { bytes_max: config.collect.journal_bytes_max, age_max: None, when_full: WhenFull::Refuse };
    Ok(log.partition("journal", 0, options)?)
}

fn history(log: &Log, topic: &str, bytes_max: u64, age_max_hours: u64) -> Result<Partition, StartError> {
    stream(log, topic, (bytes_max, age_max_hours), WhenFull::TrimOldest)
}

fn stream(
    log: &Log,
    topic: &str,
    (bytes_max, age_max_hours): (u64, u64),
    when_full: WhenFull,
) -> Result<Partition, StartError> {
    let age_max = Some(Duration::from_secs(age_max_hours.saturating_mul(3_600)));
    Ok(log.partition(topic, 0, TopicOptions { bytes_max, age_max, when_full })?)
}

fn check_writable(data_dir: &Path) -> std::io::Result<()> {
    let probe = data_dir.join(".writable");
    fs::write(&probe, b"")?;
    fs::remove_file(probe)
}
