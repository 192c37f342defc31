//! What people are shown of a destination at work: attempts, state, and the result of a test.
//!
//! Serialises in the shape of the public API. Bounded in size and masked, so it may be shown to anyone who may see
//! the destination; it may hold parts of events, so it is never logged.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use prime_event::Timestamp;
use serde::{Serialize, Serializer};
use url::Url;

use crate::outcome::Outcome;
use crate::reply::Response;
use crate::request::{OutboundRequest, masked_answer, masked_url};

/// The most that is kept of one body. 200 attempts with both bodies and as many headers as are common stay under 1 MiB per destination.
const BODY_BYTES_KEPT: usize = 2 * 1024;
/// The most that is kept of one header value, and of one URL.
const TEXT_BYTES_KEPT: usize = 512;
const HEADERS_KEPT: usize = 32;

/// One attempt at carrying one event (or, for the archive, one file of events).
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    #[serde(serialize_with = "as_text")]
    pub at: Timestamp,
    /// Place of the (first) event in the `events` stream.
    pub offset: u64,
    pub event_message_id: String,
    pub event_type: String,
    /// Event name of a track call, page or screen name; empty where the type has none.
    pub event_name: String,
    pub outcome: AttemptOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub latency_ms: u64,
    /// 1 for the first attempt; 0 where nothing was attempted because the event was filtered.
    pub attempt: u32,
    /// Code to count and search by.
    pub code: String,
    /// The sentence a person reads.
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseReport>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum AttemptOutcome {
    Delivered,
    Retrying,
    Failed,
    Filtered,
}

impl AttemptOutcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Retrying => "retrying",
            Self::Failed => "failed",
            Self::Filtered => "filtered",
        }
    }
}

impl From<Outcome> for AttemptOutcome {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Delivered => Self::Delivered,
            Outcome::RetryAt(_) | Outcome::RetryWithBackoff | Outcome::RefreshAuthentication => Self::Retrying,
            Outcome::SettingsWrong | Outcome::DataWrong => Self::Failed,
            Outcome::NotWanted => Self::Filtered,
        }
    }
}

/// Where a destination stands in the `events` stream.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DestinationState {
    /// Every event before this offset has its final outcome.
    pub position: u64,
    /// Events that it has yet to get: those that it is owed, and those of the stream, of any source, that were not read yet.
    pub behind: u64,
    /// Whether an event is waiting to be tried again, or nothing is sent for a while.
    pub waiting: bool,
    /// The last failure in words; none once something was delivered after it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}

/// What one exchange with a destination came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestReport {
    pub outcome: AttemptOutcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    pub latency_ms: u64,
    pub code: String,
    pub reason: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response: Option<ResponseReport>,
}

/// A request, masked and cut to a bound: 2 KiB of the body, and 32 headers of 512 bytes.
#[derive(Clone, Debug, Serialize)]
pub struct RequestReport {
    pub method: String,
    pub url: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

/// A response, masked and cut to a bound: 2 KiB of the body, and 32 headers of 512 bytes.
#[derive(Clone, Debug, Serialize)]
pub struct ResponseReport {
    pub status: u16,
    /// By name; several of one name are joined by commas.
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl RequestReport {
    /// The same request as it went to another of its addresses; none: as it is.
    #[must_use]
    pub fn to(self, url: Option<&Url>) -> Self {
        match url {
            Some(url) => Self { url: shown_url(url), ..self },
            None => self,
        }
    }
}

impl From<&OutboundRequest> for RequestReport {
    fn from(request: &OutboundRequest) -> Self {
        let headers = request.masked_headers().take(HEADERS_KEPT);
        Self {
            method: request.method.to_string(),
            url: shown_url(&request.url),
            headers: headers.map(|(name, value)| (name.to_owned(), cut(value.as_bytes(), TEXT_BYTES_KEPT))).collect(),
            body: body(&request.body),
        }
    }
}

impl From<&Response> for ResponseReport {
    fn from(response: &Response) -> Self {
        let mut headers: BTreeMap<String, String> = BTreeMap::new();
        for (name, value) in masked_answer(&response.headers) {
            let is_known = headers.contains_key(name);
            if !is_known && headers.len() >= HEADERS_KEPT {
                continue;
            }
            let joined = headers.entry(name.to_owned()).or_default();
            let separator = if is_known { ", " } else { "" };
            *joined = cut(format!("{joined}{separator}{value}").as_bytes(), TEXT_BYTES_KEPT);
        }
        Self { status: response.status.as_u16(), headers, body: body(&response.body) }
    }
}

fn shown_url(url: &Url) -> String {
    cut(masked_url(url.clone()).as_bytes(), TEXT_BYTES_KEPT)
}

fn body(bytes: &Bytes) -> String {
    cut(bytes, BODY_BYTES_KEPT)
}

/// The text of the bytes, with an ellipsis where it was cut.
fn cut(bytes: &[u8], bytes_max: usize) -> String {
    if bytes.len() <= bytes_max {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let text = String::from_utf8_lossy(&bytes[..bytes_max]);
    format!("{}…", text.trim_end_matches(char::REPLACEMENT_CHARACTER))
}

fn as_text<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(time)
}

/// What waits for a destination that is switched on, and how fast it is sent to.
#[derive(Clone, Debug, PartialEq)]
pub struct QueueState {
    /// Events that were read and have not ended, those that are tried just now included.
    pub waiting: u64,
    /// Of these, those that were tried in vain and are tried again.
    pub retries: u64,
    /// Requests.
    pub under_way: u64,
    /// When the oldest of those that wait was received, or, if it was tried, when that was first. To a second.
    pub oldest_at: Option<Timestamp>,
    /// Events delivered in the last full second.
    pub rate_per_second: f64,
    /// Events a second that it is sent at most at present; none: as many as it takes.
    pub limit_per_second: Option<f64>,
    /// Requests that may be under way at present.
    pub concurrency: u64,
    pub circuit: CircuitState,
    /// Until when nothing is sent.
    pub circuit_until: Option<Timestamp>,
    /// What holds it up, as a person reads it.
    pub reason: Option<String>,
}

/// Whether a destination is sent to. In the order of their gravity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CircuitState {
    Closed,
    /// Back after an outage, with a rate that grows.
    Ramping,
    /// Single requests find out whether it is back.
    Probing,
    /// It asked for a pause.
    Paused,
    /// Too much failed: nothing is sent for a while.
    Open,
}

/// The last attempts of one destination: as many as fit, the oldest going first.
#[derive(Debug)]
pub struct RecentAttempts {
    attempts: VecDeque<Attempt>,
    count_max: usize,
}

impl RecentAttempts {
    pub fn new(count_max: usize) -> Self {
        Self { attempts: VecDeque::new(), count_max }
    }

    pub fn push(&mut self, attempt: Attempt) {
        while self.attempts.len() >= self.count_max.max(1) {
            self.attempts.pop_front();
        }
        self.attempts.push_back(attempt);
    }

    /// Newest first.
    pub fn newest_first(&self) -> impl Iterator<Item = &Attempt> {
        self.attempts.iter().rev()
    }
}

#[cfg(test)]
pub(crate) fn sample_attempt(offset: u64, outcome: AttemptOutcome) -> Attempt {
    Attempt {
        at: Timestamp::from_millis(0),
        offset,
        event_message_id: "m".into(),
        event_type: "track".into(),
        event_name: "Signup".into(),
        outcome,
        status: Some(200),
        latency_ms: 1,
        attempt: 1,
        code: "200".into(),
        reason: "The receiver took the event (200 OK).".into(),
        request: None,
        response: None,
    }
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

    use super::*;
    use crate::request::MASK;

    #[test]
    fn only_the_newest_attempts_are_kept() {
        let mut recent = RecentAttempts::new(3);
        (0..10).for_each(|offset| recent.push(sample_attempt(offset, AttemptOutcome::Delivered)));
        assert_eq!(recent.newest_first().map(|attempt| attempt.offset).collect::<Vec<_>>(), [9, 8, 7]);
    }

    #[test]
    fn the_headers_of_an_answer_are_kept_within_bounds_and_without_secrets() {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("text/plain"));
        headers.insert("set-cookie", HeaderValue::from_static("session=hunter2"));
        for value in ["a", "b"] {
            headers.append("via", HeaderValue::from_static(value));
        }
        headers.insert("x-long", HeaderValue::from_str(&"x".repeat(2 * TEXT_BYTES_KEPT)).unwrap());
        let answer = |headers| Response { status: StatusCode::OK, headers, body: Bytes::new() };
        let shown = ResponseReport::from(&answer(headers.clone())).headers;
        assert_eq!((shown["content-type"].as_str(), shown["via"].as_str()), ("text/plain", "a, b"));
        assert_eq!(shown["set-cookie"], MASK);
        assert!(shown["x-long"].len() <= TEXT_BYTES_KEPT + "…".len());
        for number in 0..100 {
            headers.insert(HeaderName::try_from(format!("x-{number}")).unwrap(), HeaderValue::from_static("x"));
        }
        assert_eq!(ResponseReport::from(&answer(headers)).headers.len(), HEADERS_KEPT);
    }

    #[test]
    fn a_long_body_is_cut_at_a_character_and_says_so() {
        let long = "ü".repeat(BODY_BYTES_KEPT);
        let shown = cut(format!("x{long}").as_bytes(), BODY_BYTES_KEPT);
        assert!(shown.len() <= BODY_BYTES_KEPT + "…".len() && shown.ends_with("ü…"));
        assert_eq!(cut(b"short", BODY_BYTES_KEPT), "short");
    }

    #[test]
    fn an_attempt_reads_as_the_public_api_says() {
        let json = serde_json::to_value(sample_attempt(1, AttemptOutcome::Delivered)).unwrap();
        assert_eq!(json["at"], "1970-01-01T00:00:00.000Z");
        assert_eq!((&json["outcome"], &json["eventMessageId"]), (&"delivered".into(), &"m".into()));
        assert!(json.get("request").is_none());
    }
}
