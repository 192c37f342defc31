//! Messages packed into requests, the way each library packs them.

use std::sync::Arc;

use prime_event::{MessageType, Timestamp, WriteKey};
use serde_json::{Map, Value, json};

use crate::message::{DemoMessage, server_context};
use crate::people::DeviceKind;

/// One HTTP request of the shop, always a POST.
#[derive(Clone, Debug)]
pub struct DemoRequest {
    /// When it is sent, on the shop's clock.
    pub at: Timestamp,
    pub path: &'static str,
    pub content_type: Option<&'static str>,
    /// Whether the write key goes in an `Authorization: Basic` header; it is in the body otherwise.
    pub basic: bool,
    /// Whether the body is compressed on its way.
    pub gzip: bool,
    /// The body before compression.
    pub body: String,
    pub messages: Arc<[DemoMessage]>,
    /// The status by the tracking contract: 200, or 400 for a body that is not JSON.
    pub status: u16,
    /// How often the same request was sent before, as though its answer had been lost.
    pub retries: u32,
}

/// Who sends, which decides path, headers and where the write key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sender {
    Device(DeviceKind),
    Server,
}

pub(crate) fn single(
    sender: Sender,
    kind: MessageType,
    body: String,
    message: DemoMessage,
    at: Timestamp,
) -> DemoRequest {
    let path = if sender == Sender::Server { long_path(kind) } else { short_path(kind) };
    DemoRequest { path, ..sender.envelope(body, vec![message], at) }
}

/// What a single message carries beside itself.
pub(crate) fn put_single_fields(message: &mut Map<String, Value>, sender: Sender, sent_at: Timestamp, key: &WriteKey) {
    if sender == Sender::Server {
        message.insert("context".into(), server_context());
    } else {
        message.insert("writeKey".into(), json!(key.as_str()));
    }
    message.insert("sentAt".into(), json!(sent_at.to_string()));
}

/// A batch; `joined` are its items with what stands between them.
pub(crate) fn batch(
    sender: Sender,
    path: &'static str,
    joined: &str,
    messages: Vec<DemoMessage>,
    key: &WriteKey,
    at: Timestamp,
    sent_at: Timestamp,
) -> DemoRequest {
    let sent_at = json!(sent_at.to_string());
    let body = match sender {
        Sender::Server => format!("{{\"batch\":[{joined}],\"context\":{},\"sentAt\":{sent_at}}}", server_context()),
        Sender::Device(_) => {
            format!("{{\"batch\":[{joined}],\"sentAt\":{sent_at},\"writeKey\":{}}}", json!(key.as_str()))
        }
    };
    DemoRequest { path, ..sender.envelope(body, messages, at) }
}

impl Sender {
    fn envelope(self, body: String, messages: Vec<DemoMessage>, at: Timestamp) -> DemoRequest {
        let (content_type, basic, gzip) = match self {
            Self::Device(DeviceKind::Browser | DeviceKind::BatchingBrowser) => (Some("text/plain"), true, false),
            Self::Device(DeviceKind::Android) => (Some("text/plain"), false, true),
            Self::Device(DeviceKind::Ios) => (Some("application/json; charset=utf-8"), false, false),
            Self::Server => (Some("application/json"), true, false),
        };
        let messages = messages.into();
        DemoRequest { at, path: "/v1/b", content_type, basic, gzip, body, messages, status: 200, retries: 0 }
    }
}

fn short_path(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Track => "/v1/t",
        MessageType::Identify => "/v1/i",
        MessageType::Page => "/v1/p",
        MessageType::Screen => "/v1/s",
        MessageType::Group => "/v1/g",
        MessageType::Alias => "/v1/a",
    }
}

fn long_path(kind: MessageType) -> &'static str {
    match kind {
        MessageType::Track => "/v1/track",
        MessageType::Identify => "/v1/identify",
        MessageType::Page => "/v1/page",
        MessageType::Screen => "/v1/screen",
        MessageType::Group => "/v1/group",
        MessageType::Alias => "/v1/alias",
    }
}
