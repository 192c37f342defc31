//! One event, one request.

use hmac::{Hmac, KeyInit, Mac};
use http::HeaderValue;
use prime_destination::{BuildError, Connection, Event, OutboundRequest};
use sha1::Sha1;

use super::settings::WebhookSettings;

impl Connection for WebhookSettings {
    fn request(&self, event: &Event) -> Result<OutboundRequest, BuildError> {
        let mut headers = self.headers.clone();
        if let Some(secret) = &self.shared_secret {
            headers.insert("x-signature", signature(secret, &event.payload));
        }
        Ok(OutboundRequest { method: self.method.clone(), url: self.url.clone(), headers, body: event.payload.clone() })
    }
}

/// Lowercase hexadecimal HMAC-SHA1 of the body, as receivers written for Segment's webhooks verify it.
fn signature(secret: &str, body: &[u8]) -> HeaderValue {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    HeaderValue::from_str(&hex::encode(mac.finalize().into_bytes())).expect("hexadecimal digits make a header value")
}
