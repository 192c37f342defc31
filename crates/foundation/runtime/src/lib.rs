#![doc = include_str!("../README.md")]

mod config;
mod counters;
mod dedupe_status;
mod logging;
mod profiles_status;
mod receipts_status;
mod shutdown;

pub use config::{
    ArchiveConfig, ClientSettings, CollectConfig, Config, ConfigError, DedupeConfig, DeliverConfig, Environment,
    ExpiredConfig, HttpConfig, KafkaConfig, LogConfig, LogFormat, LogProvider, LoggingConfig, NodeConfig, Origin,
    ProcessConfig, ProfilesConfig, Role, Setting, StreamsConfig,
};
pub use counters::{Backlog, Counters, DestinationCounters, Minute, MinuteCounts, Rates, SourceCounters, Totals};
pub use dedupe_status::{DedupeHole, DedupeStatus};
pub use logging::start_logging;
pub use profiles_status::ProfilesStatus;
pub use receipts_status::ReceiptsStatus;
pub use shutdown::{Shutdown, ShutdownSignal};
