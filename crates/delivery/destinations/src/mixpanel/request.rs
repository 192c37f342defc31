//! From events to requests.

use std::time::Duration;

use bytes::{BufMut, BytesMut};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method};
use prime_destination::{
    BatchLimits, BuildError, Connection, Event, Group, Idempotency, Item, Judgement, OutboundRequest, Pace, Reply,
    Terms,
};
use prime_event::Timestamp;
use serde_json::{Map, Value};

use super::settings::MixpanelSettings;
use super::{answer, event, profile};

/// The most events of one request, and the smaller of the two bounds on its bytes that Mixpanel publishes.
const BATCH: BatchLimits = BatchLimits { items_max: 2_000, bytes_max: 2_000_000 };
/// A request of two thousand events takes seconds on a bad day.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Nobody looks at an analysis within the second, and Mixpanel asks for large batches.
const LINGER_MAX: Duration = Duration::from_secs(1);
/// Mixpanel recommends ten to twenty concurrent clients.
const CONCURRENCY_MAX: usize = 10;

/// Which of Mixpanel's endpoints an item goes to. Its name is the group of the item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Endpoint {
    Import,
    Engage,
    Groups,
}

impl Endpoint {
    fn group(self) -> Group {
        Group::new(match self {
            Self::Import => "import",
            Self::Engage => "engage",
            Self::Groups => "groups",
        })
    }

    fn of(items: &[Item]) -> Self {
        match items.first().map(|item| item.group.as_str()) {
            Some("engage") => Self::Engage,
            Some("groups") => Self::Groups,
            _ => Self::Import,
        }
    }
}

impl Connection for MixpanelSettings {
    fn terms(&self) -> Terms {
        Terms {
            batch: BATCH,
            linger_max: LINGER_MAX,
            pace: Pace { requests_per_second_max: None, concurrency_max: Some(CONCURRENCY_MAX) },
            idempotency: Idempotency::Field("properties.$insert_id"),
            ..Terms::single([&self.import])
        }
    }

    fn prepare(&self, event: &Event) -> Result<Item, BuildError> {
        let Ok(message) = serde_json::from_slice::<Map<String, Value>>(&event.payload) else {
            return Err(BuildError::Payload { sentence: "The event is not a JSON object.".to_owned() });
        };
        let (endpoint, body) = match message.get("type").and_then(Value::as_str) {
            Some("track") => (Endpoint::Import, event::track(self, &message, event)?),
            Some("page") => (Endpoint::Import, event::view(self, &message, event, "Page")),
            Some("screen") => (Endpoint::Import, event::view(self, &message, event, "Screen")),
            Some("alias") => (Endpoint::Import, event::alias(self, &message, event)?),
            Some("identify") => (Endpoint::Engage, profile::person(self, &message)?),
            Some("group") => (Endpoint::Groups, profile::group(self, &message)?),
            Some("delete") => return Err(BuildError::UnsupportedEventType { kind: "delete".to_owned() }),
            _ => return Err(BuildError::UnsupportedEventType { kind: "unknown".to_owned() }),
        };
        let body = Value::Object(body).to_string().into();
        Ok(Item { group: endpoint.group(), idempotency_key: event.idempotency_key, body })
    }

    fn request(&self, items: &[Item]) -> OutboundRequest {
        let mut headers = HeaderMap::new();
        headers.insert(USER_AGENT, HeaderValue::from_static("PrimeData/1.0"));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        let url = match Endpoint::of(items) {
            Endpoint::Import => {
                headers.insert(AUTHORIZATION, self.authorization.clone());
                &self.import
            }
            Endpoint::Engage => &self.engage,
            Endpoint::Groups => &self.groups,
        };
        let mut body = BytesMut::new();
        for (place, item) in items.iter().enumerate() {
            body.put_u8(if place == 0 { b'[' } else { b',' });
            body.put_slice(&item.body);
        }
        body.put_u8(b']');
        let mut request = OutboundRequest::new(Method::POST, url.clone(), headers, body.freeze());
        request.timeout = Some(TIMEOUT);
        request
    }

    fn judge(&self, items: &[Item], reply: &Reply, now: Timestamp) -> Judgement {
        match Endpoint::of(items) {
            Endpoint::Import => answer::of_import(items, reply, now),
            Endpoint::Engage | Endpoint::Groups => answer::of_profiles(reply, now),
        }
    }
}
