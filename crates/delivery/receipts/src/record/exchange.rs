use bytes::Bytes;
use prime_event::Timestamp;

use super::{Reason, SENTENCE_BYTES_MAX, TEXT_BYTES_MAX};
use crate::codec::{cut, cut_bytes};

/// The most that is kept of one body: the events of people are mostly smaller.
const BODY_BYTES_MAX: usize = 4 * 1_024;
const HEADERS_MAX: usize = 32;

/// One try to carry an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// 1 for the first one of the delivery.
    pub number: u32,
    /// The status of the reply, where there was one.
    pub status: Option<u16>,
    pub latency_ms: u64,
    pub reason: Reason,
    /// None where nothing was sent.
    pub request: Option<SentRequest>,
    /// None where nothing came back.
    pub response: Option<TakenResponse>,
}

/// A request as it went out. Whoever writes it has masked what is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SentRequest {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What came back. Whoever writes it has masked what is secret.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TakenResponse {
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

impl Attempt {
    /// Within the bounds: at most 4 KiB of each body, 32 headers of at most 512 bytes, and sentences and URLs of 1 KiB.
    pub(crate) fn bounded(&self) -> Self {
        Self {
            at: self.at,
            number: self.number,
            status: self.status,
            latency_ms: self.latency_ms,
            reason: self.reason.bounded(),
            request: self.request.as_ref().map(SentRequest::bounded),
            response: self.response.as_ref().map(TakenResponse::bounded),
        }
    }
}

impl SentRequest {
    fn bounded(&self) -> Self {
        Self {
            method: cut(&self.method, TEXT_BYTES_MAX).to_owned(),
            url: cut(&self.url, SENTENCE_BYTES_MAX).to_owned(),
            headers: bounded(&self.headers),
            body: cut_bytes(&self.body, BODY_BYTES_MAX),
        }
    }
}

impl TakenResponse {
    fn bounded(&self) -> Self {
        Self { headers: bounded(&self.headers), body: cut_bytes(&self.body, BODY_BYTES_MAX) }
    }
}

impl Reason {
    pub(crate) fn bounded(&self) -> Self {
        Self {
            code: cut(&self.code, TEXT_BYTES_MAX).to_owned(),
            sentence: cut(&self.sentence, SENTENCE_BYTES_MAX).to_owned(),
        }
    }
}

fn bounded(headers: &[(String, String)]) -> Vec<(String, String)> {
    let cut = |text: &str| cut(text, TEXT_BYTES_MAX).to_owned();
    headers.iter().take(HEADERS_MAX).map(|(name, value)| (cut(name), cut(value))).collect()
}
