//! Believable requests, made once and sent over and over.

use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use libdeflater::{CompressionLvl, Compressor};
use prime_demo::{DemoMessage, DemoRequest, Shop, ShopOptions};
use prime_event::{Timestamp, WriteKey};

use crate::bar::MeasureError;

/// 2023-11-14T22:13:20Z, an arbitrary moment.
const START_MS: i64 = 1_700_000_000_000;
/// What server libraries compress with by default.
const GZIP_LEVEL: i32 = 6;

/// How events are packed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One event a request.
    Single,
    Batch {
        events: usize,
        gzip: bool,
    },
}

/// Whole HTTP requests, all different.
pub(crate) struct Requests {
    pub(crate) bytes: Vec<Box<[u8]>>,
    pub(crate) events_per_request: usize,
    /// Mean bytes of an event's JSON.
    pub(crate) event_bytes: f64,
    /// Mean bytes of body on the wire per event, compressed where it is.
    pub(crate) body_bytes_per_event: f64,
}

impl Requests {
    /// What a shop's people do, from `seed` on.
    pub(crate) fn make(shape: Shape, count: usize, write_key: &str, seed: u64) -> Result<Self, MeasureError> {
        let mut making = Making::default();
        let basic = basic(write_key);
        match shape {
            Shape::Single => {
                for (request, message) in events(shop(write_key, 1, seed)?).take(count) {
                    let head = head(request.path, request.basic.then_some(&basic), None);
                    making.put(&head, request.body.as_bytes(), &[message]);
                }
                Ok(making.finish(1))
            }
            Shape::Batch { events: size, gzip: packed } => {
                let head = head("/v1/batch", Some(&basic), packed.then_some("gzip"));
                // Those whose library sends them in batches carry no write key of their own.
                let batched = |(request, _): &(Arc<DemoRequest>, _)| request.path == "/v1/b";
                let mut messages = events(shop(write_key, size, seed)?).filter(batched).map(|(_, message)| message);
                for _ in 0..count {
                    let batch: Vec<_> = messages.by_ref().take(size).collect();
                    let items: Vec<_> = batch.iter().map(|message| message.json.as_str()).collect();
                    let body = format!(r#"{{"batch":[{}],"sentAt":"2023-11-14T22:14:00.000Z"}}"#, items.join(","));
                    let body = if packed { gzip(body.as_bytes())? } else { body.into_bytes() };
                    making.put(&head, &body, &batch);
                }
                Ok(making.finish(size))
            }
        }
    }
}

impl Requests {
    /// What is sent without its head.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.iter().map(|request| body(request))
    }
}

fn body(request: &[u8]) -> &[u8] {
    let end_of_head = request.windows(4).position(|four| four == b"\r\n\r\n");
    end_of_head.map_or(&[], |place| &request[place + 4..])
}

fn shop(write_key: &str, batch: usize, seed: u64) -> Result<Shop, MeasureError> {
    let options = ShopOptions {
        seed,
        start: Timestamp::from_millis(START_MS),
        write_key: WriteKey::new(write_key),
        rate: 2_000.0,
        duplicates: 0.0,
        malformed: 0.0,
        batch,
        count: None,
    };
    Shop::new(options).map_err(|error| MeasureError::Wrong(error.to_string()))
}

/// Every event here is about 1 KB, as the bars say; a shop's shortest are left out.
const EVENT_BYTES_MIN: usize = 900;

/// The events of a shop that are large enough, with the requests they came in.
fn events(shop: Shop) -> impl Iterator<Item = (Arc<DemoRequest>, DemoMessage)> {
    let events = shop.map(Arc::new).flat_map(|request| {
        (0..request.messages.len()).map(move |place| (Arc::clone(&request), request.messages[place].clone()))
    });
    events.filter(|(_, message)| message.json.len() >= EVENT_BYTES_MIN)
}

#[derive(Default)]
struct Making {
    bytes: Vec<Box<[u8]>>,
    events: usize,
    event_bytes: usize,
    body_bytes: usize,
}

impl Making {
    fn put(&mut self, head: &str, body: &[u8], messages: &[DemoMessage]) {
        let head = format!("{head}Content-Length: {}\r\n\r\n", body.len());
        self.bytes.push([head.as_bytes(), body].concat().into());
        self.events += messages.len();
        self.event_bytes += messages.iter().map(|message| message.json.len()).sum::<usize>();
        self.body_bytes += body.len();
    }

    fn finish(self, events_per_request: usize) -> Requests {
        let events = self.events as f64;
        Requests {
            bytes: self.bytes,
            events_per_request,
            event_bytes: self.event_bytes as f64 / events,
            body_bytes_per_event: self.body_bytes as f64 / events,
        }
    }
}

fn head(path: &str, authorization: Option<&str>, content_encoding: Option<&str>) -> String {
    let mut head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nUser-Agent: prime-bench\r\nAccept: */*\r\nContent-Type: application/json\r\n"
    );
    for (name, value) in [("Authorization", authorization), ("Content-Encoding", content_encoding)] {
        if let Some(value) = value {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head
}

/// A write key as SDKs send it in a header.
fn basic(write_key: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{write_key}:")))
}

fn gzip(text: &[u8]) -> Result<Vec<u8>, MeasureError> {
    let wrong =
        |error: &dyn std::fmt::Display| MeasureError::Wrong(format!("a batch could not be compressed: {error}"));
    let level = CompressionLvl::new(GZIP_LEVEL).map_err(|error| wrong(&format!("{error:?}")))?;
    let mut compressor = Compressor::new(level);
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut out).map_err(|error| wrong(&error))?;
    out.truncate(length);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1k1";

    #[test]
    fn batches_hold_as_many_events_of_a_kilobyte_as_asked() {
        let requests = Requests::make(Shape::Batch { events: 100, gzip: false }, 3, KEY, 1).unwrap();
        assert_eq!(requests.bytes.len(), 3);
        for request in &requests.bytes {
            let value: serde_json::Value = serde_json::from_slice(body(request)).unwrap();
            assert_eq!(value["batch"].as_array().unwrap().len(), 100);
        }
        assert!((950.0..1_100.0).contains(&requests.event_bytes), "{}", requests.event_bytes);
        assert_ne!(requests.bytes[0], requests.bytes[1]);
    }

    #[test]
    fn compressed_batches_hold_the_same() {
        let shape = |gzip| Shape::Batch { events: 100, gzip };
        let plain = Requests::make(shape(false), 1, KEY, 1).unwrap();
        let packed = Requests::make(shape(true), 1, KEY, 1).unwrap();
        let mut out = vec![0; 1 << 20];
        let length = libdeflater::Decompressor::new().gzip_decompress(body(&packed.bytes[0]), &mut out).unwrap();
        assert_eq!(&out[..length], body(&plain.bytes[0]));
        let ratio = plain.body_bytes_per_event / packed.body_bytes_per_event;
        assert!((5.0..15.0).contains(&ratio), "events as alike as real ones are: {ratio}");
    }

    #[test]
    fn single_events_carry_their_key() {
        let requests = Requests::make(Shape::Single, 50, KEY, 1).unwrap();
        for request in &requests.bytes {
            let text = std::str::from_utf8(request).unwrap();
            assert!(text.contains(KEY) || text.contains(&basic(KEY)), "{text}");
        }
    }
}
