//! From events to requests.

use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderName, HeaderValue};
use prime_destination::{
    BatchLimits, BuildError, Connection, Event, Group, Idempotency, IdempotencyKey, Item, OutboundRequest, Terms,
};
use sha1::Sha1;

use super::settings::WebhookSettings;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// What nginx takes without being told otherwise.
const BATCH_BYTES_MAX: usize = 1_000_000;
/// Short enough for somebody who watches.
const LINGER_MAX: Duration = Duration::from_millis(500);

impl Connection for WebhookSettings {
    fn terms(&self) -> Terms {
        let terms = Terms {
            idempotency: Idempotency::Header(IDEMPOTENCY_KEY),
            ..Terms::single([&self.url].into_iter().chain(&self.more_urls))
        };
        if !self.is_batched() {
            return terms;
        }
        let batch = BatchLimits { items_max: self.batch_size, bytes_max: BATCH_BYTES_MAX };
        Terms { batch, linger_max: LINGER_MAX, ..terms }
    }

    fn prepare(&self, event: &Event) -> Result<Item, BuildError> {
        let Some(body) = self.data.find(&event.payload) else {
            let sentence = "The event holds nothing at the path that the setting Data names; change the path, or leave such events out.";
            return Err(BuildError::Payload { sentence: sentence.to_owned() });
        };
        Ok(Item { group: Group::ONE, idempotency_key: event.idempotency_key, body })
    }

    fn request(&self, items: &[Item]) -> OutboundRequest {
        let mut headers = self.headers.clone();
        if !headers.contains_key(IDEMPOTENCY_KEY) {
            let key = IdempotencyKey::of_batch(items.iter().map(|item| item.idempotency_key)).to_string();
            headers
                .insert(IDEMPOTENCY_KEY, HeaderValue::from_str(&key).expect("hexadecimal digits make a header value"));
        }
        if let Some(secret) = &self.shared_secret {
            headers.insert("x-signature", signature(secret, &items[0].body));
        }
        let body = if self.is_batched() { array(items) } else { items[0].body.clone() };
        let mut request = OutboundRequest::new(self.method.clone(), self.url.clone(), headers, body);
        request.also = self.more_urls.clone();
        request
    }
}

/// A JSON array of the items.
fn array(items: &[Item]) -> Bytes {
    let mut body = BytesMut::with_capacity(items.iter().map(|item| item.body.len() + 1).sum::<usize>() + 1);
    body.put_u8(b'[');
    for (place, item) in items.iter().enumerate() {
        if place > 0 {
            body.put_u8(b',');
        }
        body.put_slice(&item.body);
    }
    body.put_u8(b']');
    body.freeze()
}

/// Lowercase hexadecimal HMAC-SHA1 of the body, as receivers written for Segment's webhooks verify it. Of a batch it covers
/// the first element only, which is what they expect.
fn signature(secret: &str, body: &[u8]) -> HeaderValue {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    HeaderValue::from_str(&hex::encode(mac.finalize().into_bytes())).expect("hexadecimal digits make a header value")
}
