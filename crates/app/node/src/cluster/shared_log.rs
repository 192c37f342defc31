//! The log that machines share, and its topics.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prime_log::{Log, OpenError, Partition, TopicOptions, WhenFull};
use prime_log_kafka::{KafkaLog, KafkaOptions};
use prime_runtime::Config;

use crate::storage::PROGRESS_BYTES_MAX;

/// Snapshots of definitions that are kept; the newest is all that counts.
const CONTROL_BYTES_MAX: u64 = 256 << 20;

#[derive(Clone)]
pub(crate) struct SharedLog {
    pub(crate) log: Log,
    /// The partitions of what is collected and not processed yet, by number.
    pub(crate) collected: Vec<Partition>,
    pub(crate) events: Vec<Partition>,
    pub(crate) rejected: Vec<Partition>,
    pub(crate) duplicates: Vec<Partition>,
    pub(crate) ledger: Vec<Partition>,
    pub(crate) receipts: Vec<Partition>,
    /// What destinations are still owed.
    pub(crate) progress: Vec<Partition>,
    /// What was found out of people.
    pub(crate) computed: Partition,
    /// Definitions on their way from the node that keeps them.
    pub(crate) control: Partition,
}

/// Opens the shared log once, whoever asks first. Clones share it.
#[derive(Clone)]
pub(crate) struct Connector(Arc<Inner>);

struct Inner {
    config: Config,
    opened: Mutex<Option<SharedLog>>,
}

impl Connector {
    pub(crate) fn new(config: &Config) -> Self {
        Self(Arc::new(Inner { config: config.clone(), opened: Mutex::default() }))
    }

    /// The shared log, opened if it is not yet. Blocking, for some seconds where the brokers cannot be reached.
    pub(crate) fn connect(&self) -> Result<SharedLog, OpenError> {
        let mut opened = self.0.opened.lock();
        if let Some(shared) = &*opened {
            return Ok(shared.clone());
        }
        let shared = SharedLog::open(&self.0.config)?;
        *opened = Some(shared.clone());
        Ok(shared)
    }

    /// The shared log, if it was opened.
    pub(crate) fn opened(&self) -> Option<SharedLog> {
        self.0.opened.lock().clone()
    }
}

impl SharedLog {
    fn open(config: &Config) -> Result<Self, OpenError> {
        let log = KafkaLog::open(KafkaOptions {
            prefix: config.kafka.topic_prefix.clone(),
            partitions: config.kafka.partitions,
            replication_factor: Some(config.kafka.replication_factor),
            client: config.kafka.settings.0.clone(),
            ..KafkaOptions::new(config.kafka.bootstrap_servers.join(","))
        })?;
        let streams = &config.streams;
        Ok(Self {
            // Nobody may lose what is not processed yet, so it is kept until processors trim it.
            collected: topic(
                &log,
                config,
                "collected",
                TopicOptions { bytes_max: streams.events_bytes_max, age_max: None, when_full: WhenFull::Refuse },
            )?,
            events: topic(
                &log,
                config,
                "events",
                TopicOptions {
                    when_full: WhenFull::TrimUnheld,
                    ..history(config, streams.events_bytes_max, streams.events_age_max_hours)
                },
            )?,
            rejected: topic(
                &log,
                config,
                "rejected",
                history(config, streams.rejected_bytes_max, streams.rejected_age_max_hours),
            )?,
            duplicates: topic(
                &log,
                config,
                "duplicates",
                history(config, streams.duplicates_bytes_max, streams.duplicates_age_max_hours),
            )?,
            ledger: topic(
                &log,
                config,
                "ledger",
                history(config, streams.ledger_bytes_max, streams.ledger_age_max_hours),
            )?,
            receipts: topic(
                &log,
                config,
                "receipts",
                history(config, streams.receipts_bytes_max, streams.receipts_age_max_hours),
            )?,
            progress: topic(
                &log,
                config,
                "progress",
                TopicOptions { bytes_max: PROGRESS_BYTES_MAX, age_max: None, when_full: WhenFull::Refuse },
            )?,
            computed: log.partition(
                "computed",
                0,
                TopicOptions {
                    bytes_max: streams.computed_bytes_max,
                    age_max: Some(Duration::from_secs(streams.computed_age_max_hours.saturating_mul(3_600))),
                    when_full: WhenFull::TrimOldest,
                },
            )?,
            control: log.partition(
                "control",
                0,
                TopicOptions { bytes_max: CONTROL_BYTES_MAX, age_max: None, when_full: WhenFull::TrimOldest },
            )?,
            log,
        })
    }
}

/// All partitions of a topic. Nodes that disagree on how many there are would send people to different ones, so a topic
/// has to have exactly as many as are configured.
fn topic(log: &Log, config: &Config, name: &str, options: TopicOptions) -> Result<Vec<Partition>, OpenError> {
    let count = config.kafka.partitions;
    let partitions = (0..count).map(|number| log.partition(name, number, options.clone())).collect::<Result<_, _>>()?;
    match log.partition(name, count, options) {
        Ok(_) => Err(OpenError::Refused {
            what: format!(
                "the topic {name} has more partitions than `kafka.partitions`, {count}; set it to what the topic has"
            ),
        }),
        Err(OpenError::Refused { .. }) => Ok(partitions),
        Err(error) => Err(error),
    }
}

/// The bound of a stream is one for all its partitions together.
fn history(config: &Config, bytes_max: u64, age_max_hours: u64) -> TopicOptions {
    TopicOptions {
        bytes_max: bytes_max / u64::from(config.kafka.partitions),
        age_max: Some(Duration::from_secs(age_max_hours.saturating_mul(3_600))),
        when_full: WhenFull::TrimOldest,
    }
}
