//! The configuration: one commented file of defaults, a file of the operator's over it, the environment over both.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use ipnet::IpNet;
use serde::{Deserialize, Serialize};
use toml::Value;

mod client_settings;
mod layers;

use layers::Layers;

pub use client_settings::ClientSettings;

const DEFAULTS: &str = include_str!("../../../../../primedata.default.toml");
const PREFIX: &str = "PRIMEDATA_";
/// Variables with the prefix that are no settings: they speak to the command line, to tests and to benchmarks.
const NO_SETTINGS: [&str; 6] = [
    "PRIMEDATA_CONFIG",
    "PRIMEDATA_URL",
    "PRIMEDATA_TOKEN",
    "PRIMEDATA_BIN",
    "PRIMEDATA_TEST_LONG",
    "PRIMEDATA_BENCH_SECONDS",
];

/// Everything that can be set, checked and in force. The keys are explained in `primedata.default.toml`.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Config {
    pub node: NodeConfig,
    pub log: LogConfig,
    pub kafka: KafkaConfig,
    pub http: HttpConfig,
    pub collect: CollectConfig,
    pub process: ProcessConfig,
    pub dedupe: DedupeConfig,
    pub profiles: ProfilesConfig,
    pub streams: StreamsConfig,
    pub deliver: DeliverConfig,
    pub expired: ExpiredConfig,
    pub receipts: ReceiptsConfig,
    pub archive: ArchiveConfig,
    pub logging: LoggingConfig,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct NodeConfig {
    pub data_dir: PathBuf,
    pub roles: Vec<Role>,
    pub id: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LogConfig {
    pub provider: LogProvider,
}

/// What keeps the streams between the roles.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogProvider {
    Embedded,
    Kafka,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct KafkaConfig {
    pub bootstrap_servers: Vec<String>,
    pub topic_prefix: String,
    pub partitions: u32,
    pub replication_factor: u16,
    pub settings: ClientSettings,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    Collect,
    Process,
    Aggregate,
    Deliver,
    Console,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct HttpConfig {
    pub listen: SocketAddr,
    pub public_url: String,
    pub trusted_proxies: Vec<IpNet>,
    pub connections_max: usize,
    pub header_timeout_ms: u64,
    pub body_timeout_ms: u64,
    pub shutdown_grace_ms: u64,
}

impl HttpConfig {
    pub fn is_trusted_proxy(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address.to_canonical()))
    }
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct CollectConfig {
    pub request_bytes_max: usize,
    pub in_flight_bytes_max: usize,
    pub journal_bytes_max: u64,
    pub source_messages_per_second_max: u64,
    pub source_burst_ms: u64,
    pub wait_target_ms: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProcessConfig {
    pub batch_bytes_max: usize,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DedupeConfig {
    pub window_hours: u64,
    pub memory_bytes_max: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ProfilesConfig {
    pub memory_bytes_max: u64,
    pub requests_per_second_max: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct StreamsConfig {
    pub segment_bytes_max: u64,
    pub events_bytes_max: u64,
    pub events_age_max_hours: u64,
    pub rejected_bytes_max: u64,
    pub rejected_age_max_hours: u64,
    pub duplicates_bytes_max: u64,
    pub duplicates_age_max_hours: u64,
    pub ledger_bytes_max: u64,
    pub ledger_age_max_hours: u64,
    pub computed_bytes_max: u64,
    pub computed_age_max_hours: u64,
    pub receipts_bytes_max: u64,
    pub receipts_age_max_hours: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct DeliverConfig {
    pub timeout_ms: u64,
    pub concurrency_max: usize,
    pub backoff_first_ms: u64,
    pub backoff_max_ms: u64,
    pub expiry_hours: u64,
    pub allow_private_networks: bool,
    pub allowed_networks: Vec<IpNet>,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExpiredConfig {
    pub bucket: String,
    pub region: String,
    pub endpoint: String,
    pub prefix: String,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ReceiptsConfig {
    pub successes_per_thousand: u32,
    pub successes_per_second_min: u32,
    pub bytes_max: u64,
    pub age_max_hours: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ArchiveConfig {
    pub flush_interval_ms: u64,
    pub file_bytes_max: u64,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct LoggingConfig {
    pub level: String,
    pub format: LogFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    Text,
    Json,
}

/// Environment variables by name; taken from outside so that tests need not change the process.
pub type Environment = BTreeMap<String, String>;

/// Where a value in force came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    Default,
    File,
    Environment,
    CommandLine,
}

/// One setting in force, as `primedata config show` prints it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Setting {
    /// Section and key, as in `http.listen`.
    pub key: String,
    pub value: Value,
    pub origin: Origin,
}

/// All that is wrong with a configuration, one sentence a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    pub problems: Vec<String>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the configuration cannot be used:")?;
        self.problems.iter().try_for_each(|problem| write!(f, "\n  - {problem}"))
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// The documented defaults alone.
    pub fn defaults() -> Self {
        Self::load(None, &Environment::new(), &[]).expect("the defaults that ship with the binary are valid").0
    }

    /// Puts file, environment and command line over the defaults and checks the result.
    ///
    /// `file` is the text of the operator's file; `flags` are pairs of key and text, as in `("http.listen", "…")`.
    pub fn load(
        file: Option<&str>,
        environment: &Environment,
        flags: &[(&str, String)],
    ) -> Result<(Self, Vec<Setting>), ConfigError> {
        let mut layers = Layers::over_defaults();
        if let Some(text) = file {
            layers.put_file(text);
        }
        let is_setting = |name: &str| name.starts_with(PREFIX) && !NO_SETTINGS.contains(&name);
        for (name, text) in environment.iter().filter(|(name, _)| is_setting(name)) {
            layers.put_variable(name, text);
        }
        for (key, text) in flags {
            layers.put_text(key, text, Origin::CommandLine, &format!("the flag for `{key}`"));
        }
        layers.finish()
    }

    pub fn has(&self, role: Role) -> bool {
        self.node.roles.contains(&role)
    }

    fn senseless(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, problem: &str| {
            if !holds {
                problems.push(problem.to_owned());
            }
        };
        require(
            !self.node.roles.is_empty(),
            "`node.roles` is empty; name at least one of collect, process, aggregate, deliver, console",
        );
        let on_kafka = self.log.provider == LogProvider::Kafka;
        require(
            on_kafka || self.has(Role::Process) || !self.has(Role::Collect),
            "`node.roles` has collect without process; without a log that machines share, what is collected must be processed by the same process: add process, or set `log.provider` to \"kafka\"",
        );
        require(
            self.node.id.is_empty() || is_name(&self.node.id, 64),
            "`node.id` must be 1 to 64 of a-z, 0-9, '-', '_' and '.', or empty for a random one",
        );
        require(
            !on_kafka || !self.kafka.bootstrap_servers.is_empty(),
            "`log.provider` is \"kafka\" and `kafka.bootstrap_servers` is empty; name at least one broker, as in [\"kafka-1:9092\"]",
        );
        require(
            on_kafka || self.kafka.bootstrap_servers.is_empty(),
            "`kafka.bootstrap_servers` is set and `log.provider` is \"embedded\"; set `log.provider` to \"kafka\", or leave the brokers out",
        );
        require(
            is_name(&self.kafka.topic_prefix, 100),
            "`kafka.topic_prefix` must be 1 to 100 of a-z, 0-9, '-', '_' and '.'",
        );
        require((1..=1_000).contains(&self.kafka.partitions), "`kafka.partitions` must lie between 1 and 1000");
        require(self.kafka.replication_factor > 0, "`kafka.replication_factor` must be at least 1");
        require(
            !on_kafka || self.collect.request_bytes_max <= KAFKA_REQUEST_BYTES_MAX,
            "`collect.request_bytes_max` is above 917504, more than one record in Kafka holds",
        );
        require(
            !on_kafka || self.streams.events_age_max_hours >= 2 * self.deliver.expiry_hours,
            "`streams.events_age_max_hours` must be at least twice `deliver.expiry_hours`, as Kafka's brokers let events go by age even if a destination is still to get them",
        );
        require(
            self.http.public_url.is_empty() || is_address(&self.http.public_url),
            "`http.public_url` must begin with http:// or https://, as in \"https://data.example.com\"",
        );
        require(!self.http.public_url.ends_with('/'), "`http.public_url` must not end with a slash");
        require(self.http.connections_max > 0, "`http.connections_max` must be at least 1");
        require(
            self.collect.request_bytes_max >= 32_768,
            "`collect.request_bytes_max` is below 32768, less than one message may have",
        );
        require(
            self.collect.in_flight_bytes_max >= 2 * self.collect.request_bytes_max,
            "`collect.in_flight_bytes_max` must be at least twice `collect.request_bytes_max`",
        );
        require(
            (100..=3_600_000).contains(&self.collect.source_burst_ms),
            "`collect.source_burst_ms` must lie between 100 and 3600000",
        );
        require(
            (10..=60_000).contains(&self.collect.wait_target_ms),
            "`collect.wait_target_ms` must lie between 10 and 60000",
        );
        require(
            self.collect.journal_bytes_max >= 2 * self.streams.segment_bytes_max,
            "`collect.journal_bytes_max` must be at least twice `streams.segment_bytes_max`, or space could never be given back",
        );
        for (key, bytes) in [
            ("events_bytes_max", self.streams.events_bytes_max),
            ("rejected_bytes_max", self.streams.rejected_bytes_max),
            ("duplicates_bytes_max", self.streams.duplicates_bytes_max),
            ("ledger_bytes_max", self.streams.ledger_bytes_max),
            ("computed_bytes_max", self.streams.computed_bytes_max),
            ("receipts_bytes_max", self.streams.receipts_bytes_max),
        ] {
            require(
                bytes >= 2 * self.streams.segment_bytes_max,
                &format!("`streams.{key}` must be at least twice `streams.segment_bytes_max`"),
            );
        }
        require(
            self.streams.segment_bytes_max >= 4 << 20,
            "`streams.segment_bytes_max` is below 4 MiB; files that small cost more than they hold",
        );
        require(
            (65_536..=67_108_864).contains(&self.process.batch_bytes_max),
            "`process.batch_bytes_max` must lie between 65536 and 67108864",
        );
        require(
            (24..=8_784).contains(&self.dedupe.window_hours),
            "`dedupe.window_hours` must lie between 24, what SDKs rely on, and 8784, a year",
        );
        require(
            self.dedupe.memory_bytes_max >= 16 << 20,
            "`dedupe.memory_bytes_max` is below 16 MiB, which the ids of a busy hour do not fit in",
        );
        require(
            self.profiles.memory_bytes_max >= 64 << 20,
            "`profiles.memory_bytes_max` is below 64 MiB, too little to write profiles with",
        );
        require(
            self.profiles.requests_per_second_max > 0,
            "`profiles.requests_per_second_max` must be at least 1; leave the role aggregate out to serve no profiles",
        );
        require(self.deliver.concurrency_max > 0, "`deliver.concurrency_max` must be at least 1");
        require(self.deliver.timeout_ms > 0, "`deliver.timeout_ms` must be above 0");
        require(
            self.deliver.backoff_first_ms > 0 && self.deliver.backoff_first_ms <= self.deliver.backoff_max_ms,
            "`deliver.backoff_first_ms` must be above 0 and not above `deliver.backoff_max_ms`",
        );
        require(
            (1..=720).contains(&self.deliver.expiry_hours),
            "`deliver.expiry_hours` must be from 1 to 720 (30 days)",
        );
        let ExpiredConfig { bucket, region, endpoint, .. } = &self.expired;
        require(
            endpoint.is_empty() || is_address(endpoint),
            "`expired.endpoint` must begin with http:// or https://, as in \"https://minio.example.com:9000\"",
        );
        require(
            endpoint.is_empty() || !bucket.is_empty(),
            "`expired.endpoint` is set and `expired.bucket` is empty; name the bucket, or leave the endpoint out",
        );
        require(
            bucket.is_empty() || !region.is_empty(),
            "`expired.bucket` is set and `expired.region` is empty; name the region of the bucket",
        );
        require(
            self.receipts.successes_per_thousand <= 1_000,
            "`receipts.successes_per_thousand` is above 1000, which keeps all",
        );
        require(
            self.receipts.bytes_max >= 16 << 20,
            "`receipts.bytes_max` is below 16 MiB, room for some thousand receipts only",
        );
        require(
            (1..=8_784).contains(&self.receipts.age_max_hours),
            "`receipts.age_max_hours` must lie between 1 and 8784, a year",
        );
        require(self.archive.flush_interval_ms > 0, "`archive.flush_interval_ms` must be above 0");
        require(
            (65_536..=100_000_000).contains(&self.archive.file_bytes_max),
            "`archive.file_bytes_max` must lie between 65536 and 100000000",
        );
        problems
    }
}

/// A record in Kafka holds 1 MiB; this leaves room for what stands around a request.
const KAFKA_REQUEST_BYTES_MAX: usize = 917_504;

fn is_name(text: &str, length_max: usize) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.');
    (1..=length_max).contains(&text.len()) && text.bytes().all(fits)
}

fn is_address(text: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| text.starts_with(scheme))
}

#[cfg(test)]
mod tests {
    use super::client_settings::MASK;
    use super::*;

    fn environment(pairs: &[(&str, &str)]) -> Environment {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn the_environment_wins_over_the_file_and_the_file_over_the_defaults() {
        let file = "[http]\nlisten = \"127.0.0.1:9001\"\nconnections_max = 7\n[deliver]\ntimeout_ms = 1000";
        let environment = environment(&[
            ("PRIMEDATA_HTTP__LISTEN", "127.0.0.1:9002"),
            ("PRIMEDATA_NODE__ROLES", "collect, process"),
            ("HOME", "/home/someone"),
        ]);
        let (config, settings) = Config::load(Some(file), &environment, &[]).unwrap();
        assert_eq!(config.http.listen.port(), 9002);
        assert_eq!(config.http.connections_max, 7);
        assert_eq!(config.node.roles, [Role::Collect, Role::Process]);
        let origin = |key: &str| settings.iter().find(|setting| setting.key == key).map(|setting| setting.origin);
        assert_eq!(origin("http.listen"), Some(Origin::Environment));
        assert_eq!(origin("deliver.timeout_ms"), Some(Origin::File));
        assert_eq!(origin("deliver.concurrency_max"), Some(Origin::Default));
    }

    #[test]
    fn requests_reach_private_networks_only_if_the_operator_says_so() {
        let (config, _) = Config::load(None, &Environment::new(), &[]).unwrap();
        assert!(!config.deliver.allow_private_networks && config.deliver.allowed_networks.is_empty());
        let environment = environment(&[
            ("PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS", "true"),
            ("PRIMEDATA_DELIVER__ALLOWED_NETWORKS", "10.0.0.0/8, fd00::/8"),
        ]);
        let (config, _) = Config::load(None, &environment, &[]).unwrap();
        assert!(config.deliver.allow_private_networks && config.deliver.allowed_networks.len() == 2);
    }

    #[test]
    fn a_flag_wins_over_the_environment() {
        let environment = environment(&[("PRIMEDATA_HTTP__LISTEN", "127.0.0.1:9002")]);
        let (config, _) = Config::load(None, &environment, &[("http.listen", "127.0.0.1:9003".into())]).unwrap();
        assert_eq!(config.http.listen.port(), 9003);
    }

    #[test]
    fn all_mistakes_are_named_at_once_with_a_hint() {
        let file = "colour = 1\n[http]\nlisten_on = \"x\"\nconnections_max = \"many\"\n[deliver]\nbackoff_first_ms = 0";
        let environment = environment(&[
            ("PRIMEDATA_COLLECT__JOURNAL_BYTES_MAX", "lots"),
            ("PRIMEDATA_HTTP__LISTEN", "here"),
            ("PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS", "yes"),
        ]);
        let problems = Config::load(Some(file), &environment, &[]).unwrap_err().problems.join("\n");
        for expected in [
            "`colour` in the file stands outside",
            "`http.listen_on`, which is no setting; did you mean `http.listen`?",
            "`http.connections_max` in the file must be of type integer, not string",
            "PRIMEDATA_COLLECT__JOURNAL_BYTES_MAX must be a whole number",
            "PRIMEDATA_DELIVER__ALLOW_PRIVATE_NETWORKS must be true or false",
            "[http]: invalid socket address",
            "`deliver.backoff_first_ms` must be above 0",
        ] {
            assert!(problems.contains(expected), "{expected:?} is missing in:\n{problems}");
        }
    }

    #[test]
    fn collecting_without_processing_is_refused() {
        let error = Config::load(None, &environment(&[("PRIMEDATA_NODE__ROLES", "collect")]), &[]).unwrap_err();
        assert!(error.to_string().contains("collect without process"), "{error}");
    }

    #[test]
    fn kafka_needs_brokers_and_lets_roles_stand_alone() {
        let roles = ("PRIMEDATA_NODE__ROLES", "collect");
        let (provider, brokers) =
            (("PRIMEDATA_LOG__PROVIDER", "kafka"), ("PRIMEDATA_KAFKA__BOOTSTRAP_SERVERS", "one:9092, two:9092"));
        let (config, _) = Config::load(None, &environment(&[roles, provider, brokers]), &[]).unwrap();
        assert_eq!(config.kafka.bootstrap_servers, ["one:9092", "two:9092"]);
        for (incomplete, sentence) in
            [([roles, provider], "name at least one broker"), ([roles, brokers], "leave the brokers out")]
        {
            let error = Config::load(None, &environment(&incomplete), &[]).unwrap_err();
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }

    #[test]
    fn on_kafka_events_must_outlive_their_retries() {
        let age = ("PRIMEDATA_STREAMS__EVENTS_AGE_MAX_HOURS", "7");
        assert!(Config::load(None, &environment(&[age]), &[]).is_ok(), "what is owed is held");
        let provider = ("PRIMEDATA_LOG__PROVIDER", "kafka");
        let brokers = ("PRIMEDATA_KAFKA__BOOTSTRAP_SERVERS", "one:9092");
        let error = Config::load(None, &environment(&[age, provider, brokers]), &[]).unwrap_err();
        assert!(error.to_string().contains("at least twice `deliver.expiry_hours`"), "{error}");
    }

    #[test]
    fn settings_of_the_kafka_client_pass_through_and_their_secrets_are_never_shown() {
        let environment = environment(&[("PRIMEDATA_KAFKA__SETTINGS", "sasl.password = hush, client.id=x=y")]);
        let (config, settings) = Config::load(None, &environment, &[]).unwrap();
        assert_eq!(config.kafka.settings.0["sasl.password"], "hush");
        assert_eq!(config.kafka.settings.0["client.id"], "x=y");
        let shown = format!("{config:?} {settings:?} {}", Value::try_from(&config).unwrap());
        assert!(!shown.contains("hush") && shown.contains(MASK), "{shown}");
        let file = "[kafka.settings]\n\"sasl.password\" = 7";
        let problems = Config::load(Some(file), &Environment::new(), &[]).unwrap_err();
        assert!(problems.to_string().contains("[kafka]"), "{problems}");
    }

    #[test]
    fn every_setting_is_explained_in_the_defaults() {
        let mut explained = false;
        for line in DEFAULTS.lines() {
            match line.trim() {
                comment if comment.starts_with('#') => explained = true,
                "" => explained = false,
                section if section.starts_with('[') => explained = false,
                setting => {
                    let follows_its_kind = setting.starts_with("body_timeout")
                        || setting.starts_with("backoff_max")
                        || setting.starts_with("file_bytes")
                        || setting.starts_with("events_age")
                        || setting.starts_with("rejected_")
                        || setting.starts_with("duplicates_age")
                        || setting.starts_with("ledger_age")
                        || setting.starts_with("computed_age")
                        || setting.starts_with("receipts_age")
                        || setting.starts_with("successes_per_second")
                        || setting.starts_with("age_max");
                    assert!(explained || follows_its_kind, "no comment above {setting:?}");
                    explained = false;
                }
            }
        }
    }
}
