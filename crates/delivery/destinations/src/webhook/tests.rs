use bytes::Bytes;
use prime_destination::{Connection, Destination, Event, RequestDestination, Settings};
use prime_event::{SourceId, Timestamp};
use serde_json::{Value, json};

use super::Webhook;

fn connect(settings: Value) -> Box<dyn Connection> {
    let settings = settings.as_object().unwrap();
    Webhook.connect(Settings::new(Webhook.metadata(), settings)).unwrap_or_else(|problems| panic!("{problems:?}"))
}

fn problems(settings: Value) -> Vec<(String, String)> {
    let settings = settings.as_object().unwrap();
    let problems = Webhook.problems(Settings::new(Webhook.metadata(), settings));
    assert_eq!(Webhook.connect(Settings::new(Webhook.metadata(), settings)).err().unwrap_or_default(), problems);
    problems.into_iter().map(|problem| (problem.name, problem.sentence)).collect()
}

fn event(payload: &'static str) -> Event {
    Event {
        source: SourceId::new("source"),
        received_at: Timestamp::from_millis(0),
        payload: Bytes::from_static(payload.as_bytes()),
    }
}

#[test]
fn the_body_is_the_whole_event_byte_for_byte() {
    let payload = r#"{"type":"track","event":"Naïve","properties":{"n":12345678901234567890.5}}"#;
    let request = connect(json!({"url": "https://example.com/in?a=1"})).request(&event(payload)).unwrap();
    assert_eq!(request.body, payload);
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://example.com/in?a=1"));
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("PrimeData/"));
    assert!(!request.headers.contains_key("x-signature"));
}

#[test]
fn the_method_and_headers_of_the_settings_are_used() {
    let headers = json!({"Authorization": "Bearer abc", "X-Team": " growth ", "User-Agent": "us/2"});
    let request = connect(json!({"url": "http://localhost:1", "method": "PUT", "headers": headers}));
    let request = request.request(&event("{}")).unwrap();
    assert_eq!(request.method, "PUT");
    assert_eq!(request.headers["authorization"], "Bearer abc");
    assert_eq!(request.headers["x-team"], "growth");
    assert_eq!(request.headers["user-agent"], "us/2");
    assert!(request.masked_headers().all(|(name, value)| name != "authorization" || value == "********"));
}

/// Vectors computed with another implementation: `printf '%s' BODY | openssl dgst -sha1 -hmac SECRET`.
#[test]
fn the_signature_is_the_hmac_sha1_of_the_body_in_lowercase_hex() {
    for (secret, body, signature) in [
        ("key", "The quick brown fox jumps over the lazy dog", "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"),
        ("s3cret", r#"{"type":"track","event":"Signup"}"#, "5c74449e4311631628d94651fb0fab64f0a176ae"),
    ] {
        let connection = connect(json!({"url": "https://example.com", "sharedSecret": secret}));
        assert_eq!(connection.request(&event(body)).unwrap().headers["x-signature"], signature);
    }
}

#[test]
fn settings_that_cannot_work_are_refused_with_the_field_and_a_remedy() {
    for (settings, field, part) in [
        (json!({}), "url", "required"),
        (json!({"url": "example.com"}), "url", "https://example.com/path"),
        (json!({"url": "ftp://example.com"}), "url", "not ftp://"),
        (json!({"url": "https://"}), "url", "cannot be read"),
        (json!({"url": "https://a.io", "method": "GET"}), "method", "POST, PUT, PATCH"),
        (json!({"url": "https://a.io", "headers": {"a b": "c"}}), "headers", "not a header name"),
        (json!({"url": "https://a.io", "headers": {"a": "x\ny"}}), "headers", "cannot carry"),
        (json!({"url": "https://a.io", "headers": {"Content-Length": "1"}}), "headers", "itself"),
        (json!({"url": "https://a.io", "headers": {"X-Signature": "1"}}), "headers", "itself"),
        (json!({"url": "https://a.io", "headers": ["a"]}), "headers", "object"),
        (json!({"url": "https://a.io", "data": {}}), "data", "no such setting"),
    ] {
        let found = problems(settings.clone());
        assert_eq!(found.len(), 1, "{settings}: {found:?}");
        assert!(found[0].0 == field && found[0].1.contains(part), "{settings}: {found:?}");
    }
}
