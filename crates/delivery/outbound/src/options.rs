use std::time::Duration;

use crate::networks::Networks;

/// Bounds of the way out.
#[derive(Clone, Debug)]
pub struct OutboundOptions {
    /// Which addresses may be reached.
    pub networks: Networks,
    /// From the start of a request until its answer is there, for requests that do not say otherwise.
    pub request_timeout: Duration,
    /// For looking up a host name.
    pub lookup_timeout: Duration,
    /// For a connection, TLS included.
    pub connect_timeout: Duration,
    /// Connections that nobody used for this long are closed.
    pub idle_max: Duration,
    /// Unused connections that are kept for one host.
    pub idle_per_host_max: usize,
    /// What is read of the body of an answer; the rest is left.
    pub response_bytes_max: usize,
}

impl Default for OutboundOptions {
    fn default() -> Self {
        Self {
            networks: Networks::default(),
            request_timeout: Duration::from_secs(5),
            lookup_timeout: Duration::from_secs(5),
            connect_timeout: Duration::from_secs(5),
            // Shorter than what servers commonly keep (60 s and more), so that few die under a request.
            idle_max: Duration::from_secs(30),
            idle_per_host_max: 64,
            // An answer that names each of two thousand items as wrong, at some 250 bytes each, is half of this.
            response_bytes_max: 1024 * 1024,
        }
    }
}
