use std::path::PathBuf;
use std::time::Duration;

use prime_objects::Location;
use prime_outbound::Networks;
use prime_schedule::{Backoff, Options};

use crate::expired::ExpiredStore;

/// How delivery works.
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    /// From the start of a request until its answer's status has arrived.
    pub request_timeout: Duration,
    /// Requests under way at one time for one destination, over all partitions. What is learned of it asks for less. At least 1.
    pub concurrency_max: usize,
    /// The pause after a failed attempt is drawn up to this, doubled with each further attempt of the event, ...
    pub backoff_first: Duration,
    /// ... but never longer than this.
    pub backoff_max: Duration,
    /// How long after its first attempt an event is still tried.
    pub expiry: Duration,
    /// Where events are kept that could not be delivered in that time.
    pub expired: ExpiredStore,
    /// How long they gather before they are put there, so that a bucket is not asked for each.
    pub expired_gather: Duration,
    /// How long what waits for a destination still waits after it was switched off, for whoever switches it on again.
    pub second_thoughts: Duration,
    /// Payloads that are held between reading and sending, of one partition of `events`. Others are read again.
    pub payload_bytes_max: usize,
    /// Of `events`. Each has its share of what a destination is given.
    pub partitions: u32,
    /// Which addresses requests may reach.
    pub networks: Networks,
    /// What moved is made durable this often.
    pub commit_interval: Duration,
    /// Failures that one replay takes, some 50 bytes of memory each; the next one takes those that remain.
    pub replay_failures_max: usize,
    /// Pause before a replay that broke off is taken up again.
    pub replay_pause: Duration,
    /// Whether a start forgets the positions of destinations that it does not know. Right where the definitions are
    /// known for sure; a node that follows those of another may know them too late.
    pub forget_unknown: bool,
    /// Whether the `progress` stream tells how destinations stand, for a [`StandingsService`](crate::StandingsService) of another
    /// process. Costs a record of some hundred bytes for each destination that works, every two to ten seconds.
    pub tell_others: bool,
}

impl DeliveryOptions {
    /// What a schedule is told of retries.
    pub(crate) fn schedule(&self) -> Options {
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        let backoff = Backoff { base_ms: millis(self.backoff_first), most_ms: millis(self.backoff_max) };
        Options { backoff, expiry_ms: millis(self.expiry), ..Options::default() }
    }
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(5),
            concurrency_max: 64,
            backoff_first: Duration::from_secs(1),
            backoff_max: Duration::from_secs(600),
            expiry: Duration::from_secs(4 * 3_600),
            expired: ExpiredStore::new(Location::Folder(PathBuf::from("expired")), ""),
            expired_gather: Duration::from_secs(10),
            second_thoughts: Duration::from_secs(30),
            payload_bytes_max: 64 << 20,
            partitions: 1,
            networks: Networks::public(),
            commit_interval: Duration::from_millis(500),
            replay_failures_max: 1_000_000,
            replay_pause: Duration::from_secs(5),
            forget_unknown: true,
            tell_others: false,
        }
    }
}
