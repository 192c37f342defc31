//! How clients of the brokers are set up, and what they may say.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use prime_log::OpenError;
use rdkafka::client::ClientContext;
use rdkafka::config::{ClientConfig, FromClientConfigAndContext, RDKafkaLogLevel};
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode as Code;

use crate::options::KafkaOptions;

/// A complaint that stays is told again after this time.
const TELL_AGAIN: Duration = Duration::from_secs(60);

/// What surrounds the largest record in a request to the brokers.
const ENVELOPE_BYTES: usize = 64 << 10;

/// Makes clients that share their settings and what they have complained of.
#[derive(Clone)]
pub(crate) struct Clients {
    options: Arc<KafkaOptions>,
    complaints: Arc<Complaints>,
}

/// What the clients of one log told already, so that ten clients that miss a broker say it once.
#[derive(Default)]
pub(crate) struct Complaints(Mutex<BTreeMap<i32, Instant>>);

/// The context of every client: tells failures that a person should know of, each rarely.
#[derive(Clone)]
pub(crate) struct Told(Arc<Complaints>);

impl ClientContext for Told {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        tracing::debug!(target: "librdkafka", ?level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        let code = error.rdkafka_error_code().unwrap_or(Code::Fail);
        // Clients ask every broker they know; one that is away is of interest when all are. An end is no failure.
        if matches!(code, Code::BrokerTransportFailure | Code::Resolve | Code::OperationTimedOut | Code::PartitionEOF) {
            tracing::debug!(target: "librdkafka", %error, reason);
            return;
        }
        if self.0.is_news(code, Instant::now()) {
            tracing::warn!(%error, reason, "Kafka does not answer as it should; going on when it does");
        }
    }
}

impl ConsumerContext for Told {}

impl Complaints {
    fn is_news(&self, code: Code, now: Instant) -> bool {
        let (mut told, code) = (self.0.lock(), code as i32);
        if told.get(&code).is_some_and(|last| now.duration_since(*last) < TELL_AGAIN) {
            return false;
        }
        told.insert(code, now);
        true
    }
}

impl Clients {
    pub(crate) fn new(options: KafkaOptions) -> Self {
        Self { options: Arc::new(options), complaints: Arc::default() }
    }

    pub(crate) fn options(&self) -> &KafkaOptions {
        &self.options
    }

    pub(crate) fn context(&self) -> Told {
        Told(self.complaints.clone())
    }

    /// What the brokers know a topic, a group or a transactor by.
    pub(crate) fn name(&self, ours: &str) -> String {
        format!("{}{ours}", self.options.prefix)
    }

    /// Most bytes of a request to append, and of a topic's batches.
    pub(crate) fn message_bytes_max(&self) -> usize {
        self.options.record_bytes_max + ENVELOPE_BYTES
    }

    /// Settings that all clients share.
    pub(crate) fn common(&self) -> ClientConfig {
        self.config(&[], &[])
    }

    /// Settings of a client that appends: once, in order, and to all replicas in sync.
    pub(crate) fn producer(&self) -> ClientConfig {
        let defaults = [
            ("compression.type", "lz4"),
            // Appends that come at the same time share a request.
            ("linger.ms", "2"),
            // 64 MiB wait for the brokers; appends beyond that wait themselves.
            ("queue.buffering.max.kbytes", "65536"),
            ("queue.buffering.max.messages", "1000000"),
        ];
        let mut config = self.config(&defaults, &[("enable.idempotence", "true"), ("acks", "all")]);
        config
            .set("message.timeout.ms", millis(self.options.append_timeout))
            .set("message.max.bytes", self.message_bytes_max().to_string());
        config
    }

    /// Settings of a client that reads partitions of its own choice, what is committed only.
    pub(crate) fn reader(&self, role: &str) -> ClientConfig {
        let defaults = [
            // Bounds what a reader holds: it stops fetching at the first and may pass it by the second.
            ("queued.max.messages.kbytes", "4096"),
            ("max.partition.fetch.bytes", "1048576"),
            ("fetch.error.backoff.ms", "100"),
        ];
        let promised = [
            ("isolation.level", "read_committed"),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("auto.offset.reset", "error"),
            ("check.crcs", "true"),
        ];
        let mut config = self.config(&defaults, &promised);
        // The client's library demands a group where partitions are assigned by hand; nothing is committed in it.
        config.set("group.id", self.name(role));
        config
    }

    /// What the operator sets wins over `defaults`, and `promised` wins over all.
    fn config(&self, defaults: &[(&str, &str)], promised: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config
            .set("client.id", "primedata")
            // After an outage the brokers are found within a second or two, and not within ten.
            .set("reconnect.backoff.ms", "100")
            .set("reconnect.backoff.max.ms", "2000")
            .set("topic.metadata.refresh.interval.ms", "60000")
            .set("socket.keepalive.enable", "true")
            .set("log.connection.close", "false");
        for (name, value) in defaults {
            config.set(*name, *value);
        }
        for (name, value) in &self.options.client {
            config.set(name, value);
        }
        for (name, value) in promised {
            config.set(*name, *value);
        }
        config.set("bootstrap.servers", &self.options.bootstrap_servers);
        config.set_log_level(RDKafkaLogLevel::Warning);
        config
    }

    pub(crate) fn create<C, T>(&self, config: &ClientConfig, context: C) -> Result<T, OpenError>
    where
        C: ClientContext,
        T: FromClientConfigAndContext<C>,
    {
        // The error shows the setting's name and its value; values may be passwords.
        config.create_with_context(context).map_err(|error| OpenError::Refused {
            what: match error {
                KafkaError::ClientConfig(_, _, name, _) => format!("the Kafka client does not take the setting {name}"),
                other => format!("the Kafka client cannot be set up: {other}"),
            },
        })
    }
}

pub(crate) fn millis(duration: Duration) -> String {
    duration.as_millis().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clients(name: &str, value: &str) -> Clients {
        let mut options = KafkaOptions::new("localhost:9092");
        options.client.insert(name.to_owned(), value.to_owned());
        Clients::new(options)
    }

    #[test]
    fn a_setting_of_the_operator_wins_except_over_what_promises_rest_on() {
        assert_eq!(clients("linger.ms", "7").producer().get("linger.ms"), Some("7"));
        assert_eq!(clients("acks", "1").producer().get("acks"), Some("all"));
        assert_eq!(
            clients("isolation.level", "read_uncommitted").reader("r").get("isolation.level"),
            Some("read_committed")
        );
    }

    #[test]
    fn a_refused_setting_is_told_by_its_name_only() {
        let clients = clients("security.protocol", "hunter2");
        let refused =
            clients.create::<_, rdkafka::consumer::BaseConsumer<Told>>(&clients.reader("r"), clients.context());
        let what = refused.err().unwrap().to_string();
        assert!(what.contains("security.protocol") && !what.contains("hunter2"), "{what}");
    }

    #[test]
    fn the_same_complaint_is_told_once_a_minute() {
        let (complaints, now) = (Complaints::default(), Instant::now());
        assert!(complaints.is_news(Code::AllBrokersDown, now));
        assert!(!complaints.is_news(Code::AllBrokersDown, now + TELL_AGAIN / 2));
        assert!(complaints.is_news(Code::Authentication, now));
        assert!(complaints.is_news(Code::AllBrokersDown, now + TELL_AGAIN));
    }

    /// What `docs/operations/kafka.md` says of security, by setting a client up: `protocol` with `mechanism`.
    fn takes(protocol: &str, mechanism: &str) -> bool {
        let mut options = KafkaOptions::new("localhost:9092");
        let settings = [
            ("security.protocol", protocol),
            ("sasl.mechanism", mechanism),
            ("sasl.username", "primedata"),
            ("sasl.password", "hunter2"),
        ];
        options.client.extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let clients = Clients::new(options);
        clients.create::<_, rdkafka::consumer::BaseConsumer<Told>>(&clients.reader("r"), clients.context()).is_ok()
    }

    #[test]
    fn passwords_are_taken_by_every_build_and_encryption_by_those_with_tls() {
        assert!(takes("PLAINTEXT", "PLAIN"));
        assert!(takes("SASL_PLAINTEXT", "PLAIN"));
        for (protocol, mechanism) in [("SSL", "PLAIN"), ("SASL_SSL", "PLAIN"), ("SASL_PLAINTEXT", "SCRAM-SHA-512")] {
            assert_eq!(takes(protocol, mechanism), cfg!(feature = "tls"), "{protocol} with {mechanism}");
        }
    }
}
