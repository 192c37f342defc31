//! Messages that arrive as the address of an image, from mails and advertisements.

use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bytes::Bytes;
use http::header;
use http::request::Parts;
use prime_event::{Endpoint, MessageType};
use serde_json::{Map, Value};
use url::form_urlencoded;

use crate::Inner;
use crate::intake::Request;
use crate::network::Peer;

const URL_SAFE: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// One transparent pixel.
const GIF: &[u8] = &[
    0x47, 0x49, 0x46, 0x38, 0x39, 0x61, 0x01, 0x00, 0x01, 0x00, 0x80, 0x00, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff,
    0x21, 0xf9, 0x04, 0x01, 0x00, 0x00, 0x00, 0x00, 0x2c, 0x00, 0x00, 0x00, 0x00, 0x01, 0x00, 0x01, 0x00, 0x00, 0x02,
    0x01, 0x44, 0x00, 0x3b,
];

/// Nested objects that dotted names may build; deeper ones stay one name.
const LEVELS_MAX: usize = 16;

/// Takes the message, and shows the image whatever becomes of it: a broken image in a mail helps nobody.
pub(crate) async fn take(inner: &Inner, kind: MessageType, peer: Option<Peer>, parts: &Parts) -> Response {
    let query = parts.uri.query().unwrap_or_default();
    let endpoint = Endpoint::Single { kind: Some(kind), client_side: true };
    if let Err(refused) = inner.take_message(&Request::new(inner, endpoint, peer, &parts.headers), message(query)).await
    {
        tracing::debug!(status = refused.status.as_u16(), "a pixel's message was refused");
    }
    let headers =
        [(header::CONTENT_TYPE, "image/gif"), (header::CACHE_CONTROL, "no-store, no-cache, must-revalidate, private")];
    (headers, GIF).into_response()
}

/// The message that a query stands for: `data` in base64, or names and texts one by one.
fn message(query: &str) -> Bytes {
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    match pairs.iter().find(|(name, _)| name == "data") {
        Some((_, data)) => decoded(data, pairs.iter().find(|(name, _)| name == "writeKey").map(|(_, key)| key)),
        None => Bytes::from(Value::Object(nested(pairs)).to_string()),
    }
}

/// The text behind `data`; a write key beside it is added where the text has none.
fn decoded(data: &str, write_key: Option<&String>) -> Bytes {
    let data: String = data.chars().map(url_safe).collect();
    let text = URL_SAFE.decode(data).unwrap_or_default();
    let Some(write_key) = write_key else { return Bytes::from(text) };
    match serde_json::from_slice::<Map<String, Value>>(&text) {
        Ok(mut message) if !message.contains_key("writeKey") => {
            message.insert("writeKey".to_owned(), Value::String(write_key.clone()));
            Bytes::from(Value::Object(message).to_string())
        }
        _ => Bytes::from(text),
    }
}

/// The other alphabet's characters, and the blank that a plus becomes in a query.
fn url_safe(character: char) -> char {
    match character {
        '+' | ' ' => '-',
        '/' => '_',
        other => other,
    }
}

/// `properties.subject=x` as `{"properties":{"subject":"x"}}`.
fn nested(pairs: Vec<(String, String)>) -> Map<String, Value> {
    let mut root = Map::new();
    for (name, value) in pairs {
        let path: Vec<&str> = name.splitn(LEVELS_MAX, '.').collect();
        put(&mut root, &path, value);
    }
    root
}

fn put(object: &mut Map<String, Value>, path: &[&str], value: String) {
    match path {
        [] => {}
        [name] => {
            object.insert((*name).to_owned(), Value::String(value));
        }
        [name, rest @ ..] => {
            let slot = object.entry((*name).to_owned()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(inner) = slot {
                put(inner, rest, value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(query: &str) -> Value {
        serde_json::from_slice(&message(query)).unwrap_or(Value::Null)
    }

    #[test]
    fn data_is_read_in_either_alphabet_with_or_without_padding() {
        let expected = json!({"userId":"ü?>","event":"e"});
        for encoded in [
            "eyJ1c2VySWQiOiLDvD8-IiwiZXZlbnQiOiJlIn0",
            "eyJ1c2VySWQiOiLDvD8%2BIiwiZXZlbnQiOiJlIn0%3D",
            "eyJ1c2VySWQiOiLDvD8+IiwiZXZlbnQiOiJlIn0=",
        ] {
            assert_eq!(read(&format!("data={encoded}")), expected, "{encoded}");
        }
        assert_eq!(read("data=eyJhIjoxfQ&writeKey=k1234"), json!({"a":1,"writeKey":"k1234"}));
        assert_eq!(read("data=garbage"), Value::Null);
    }

    #[test]
    fn dotted_names_build_objects_of_texts() {
        assert_eq!(
            read("userId=u%201&event=Opened&properties.subject=Hi&properties.n=1&properties=x"),
            json!({"userId":"u 1","event":"Opened","properties":"x"})
        );
        assert_eq!(
            read("properties.a.b=1&properties.c=2&writeKey=k"),
            json!({"properties":{"a":{"b":"1"},"c":"2"},"writeKey":"k"})
        );
        let deep = format!("{}=1", ["a"; 500].join("."));
        assert!(read(&deep).is_object());
    }
}
