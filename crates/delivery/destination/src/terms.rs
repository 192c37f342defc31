//! What a connection asks of whoever sends its requests.

use std::time::Duration;

use http::HeaderName;
use url::Url;

use crate::item::BatchLimits;

/// What a connection asks of the engine. The same for as long as the connection lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    pub batch: BatchLimits,
    /// How long an event may wait for others to share its request. Zero where each goes alone.
    pub linger_max: Duration,
    pub pace: Pace,
    pub idempotency: Idempotency,
    /// Where requests go: scheme, host and port, as in `https://api.example.com`. Requests go nowhere else. Not empty; the
    /// first is the one whose health counts.
    pub origins: Vec<String>,
}

/// What the far side is known to stand. Hints to start from: what it answers counts for more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// Requests in a second, where the far side publishes a limit.
    pub requests_per_second_max: Option<u32>,
    /// Requests under way at a time, where the far side publishes a limit.
    pub concurrency_max: Option<usize>,
}

/// How the far side recognises an event that was sent to it before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idempotency {
    /// It does not: what is sent twice is there twice.
    None,
    /// By a header that holds the key of the request.
    Header(HeaderName),
    /// By a field of each event that holds its key.
    Field(&'static str),
}

impl Terms {
    /// Each event alone, at any pace, to these addresses.
    pub fn single<'a>(urls: impl IntoIterator<Item = &'a Url>) -> Self {
        let mut origins: Vec<String> = Vec::new();
        for origin in urls.into_iter().map(origin) {
            if !origins.contains(&origin) {
                origins.push(origin);
            }
        }
        Self {
            batch: BatchLimits::SINGLE,
            linger_max: Duration::ZERO,
            pace: Pace::default(),
            idempotency: Idempotency::None,
            origins,
        }
    }
}

/// Scheme, host and port of an address, without a port that the scheme implies.
pub fn origin(url: &Url) -> String {
    url.origin().ascii_serialization()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_names_host_and_port_once_and_nothing_that_may_be_secret() {
        let urls = ["https://me:secret@a.test:443/x?key=1", "https://a.test/y", "http://a.test:81"];
        let urls = urls.map(|url| url.parse().unwrap());
        assert_eq!(Terms::single(&urls).origins, ["https://a.test", "http://a.test:81"]);
    }
}
