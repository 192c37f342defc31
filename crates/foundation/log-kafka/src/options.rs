use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// How to reach a Kafka cluster, and what to ask of it.
#[derive(Clone)]
pub struct KafkaOptions {
    /// `host:port` of some brokers, with commas between. They tell of the others.
    pub bootstrap_servers: String,
    /// Begins the name of every topic, group and transactional id, so that one cluster can serve several installations.
    pub prefix: String,
    /// How many partitions a topic gets that does not exist yet. Those that exist keep theirs.
    pub partitions: u32,
    /// Copies of each partition of a topic that does not exist yet; the brokers' default where `None`.
    pub replication_factor: Option<u16>,
    /// The largest record. Topics that are created take as much; existing ones have to, see `max.message.bytes`.
    pub record_bytes_max: usize,
    /// How long an append waits to be acknowledged by all replicas in sync before it fails.
    pub append_timeout: Duration,
    /// How long anything else waits for an answer before it fails.
    pub request_timeout: Duration,
    /// How long the brokers hold back later records for a transaction whose process died.
    pub transaction_timeout: Duration,
    /// How soon a member that is silent counts as dead. Brokers refuse less than their
    /// `group.min.session.timeout.ms`, 6 seconds by default.
    pub session_timeout: Duration,
    /// How long partitions that go to another member wait for the work on them to end.
    pub release_timeout: Duration,
    /// Settings of librdkafka by their names, such as `security.protocol`. They win over ours, except for those that
    /// the log's promises rest on.
    pub client: BTreeMap<String, String>,
}

impl KafkaOptions {
    pub fn new(bootstrap_servers: impl Into<String>) -> Self {
        Self {
            bootstrap_servers: bootstrap_servers.into(),
            prefix: "primedata.".to_owned(),
            partitions: 12,
            replication_factor: None,
            // Far above a request, half a MiB, and room for the definitions of some ten thousand sources. With what surrounds
            // a record it comes to 4 MiB; managed clusters take 8.
            record_bytes_max: (4 << 20) - (64 << 10),
            append_timeout: Duration::from_secs(30),
            request_timeout: Duration::from_secs(10),
            transaction_timeout: Duration::from_secs(15),
            session_timeout: Duration::from_secs(10),
            release_timeout: Duration::from_secs(20),
            client: BTreeMap::new(),
        }
    }
}

/// Shows the names of the client's settings and not their values, among which are passwords.
impl fmt::Debug for KafkaOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KafkaOptions")
            .field("bootstrap_servers", &self.bootstrap_servers)
            .field("prefix", &self.prefix)
            .field("partitions", &self.partitions)
            .field("replication_factor", &self.replication_factor)
            .field("client", &self.client.keys())
            .finish_non_exhaustive()
    }
}
