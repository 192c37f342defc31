use std::time::Duration;

use prime_outbound::Networks;

/// How delivery works.
#[derive(Clone, Debug)]
pub struct DeliveryOptions {
    /// From the start of a request until its answer's status has arrived.
    pub request_timeout: Duration,
    /// Requests under way, or waiting to be tried again, at one time for one destination. At least 1.
    pub concurrency_max: usize,
    /// The pause after a failed attempt is drawn up to this, doubled with each further attempt of the event, ...
    pub backoff_first: Duration,
    /// ... but never longer than this.
    pub backoff_max: Duration,
    /// Which addresses requests may reach.
    pub networks: Networks,
    /// A position that moved is made durable this often.
    pub commit_interval: Duration,
    /// Whether a start forgets the positions of destinations that it does not know. Right where the definitions are
    /// known for sure; a node that follows those of another may know them too late.
    pub forget_unknown: bool,
}

impl Default for DeliveryOptions {
    fn default() -> Self {
        Self {
            request_timeout: Duration::from_secs(5),
            concurrency_max: 8,
            backoff_first: Duration::from_millis(500),
            backoff_max: Duration::from_secs(60),
            networks: Networks::public(),
            commit_interval: Duration::from_millis(500),
            forget_unknown: true,
        }
    }
}
