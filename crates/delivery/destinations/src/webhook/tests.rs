use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use prime_destination::{
    BuildError, Connection, Destination, Event, Idempotency, IdempotencyKey, Item, MappingVersion, Next,
    OutboundRequest, Outcome, Reply, RequestDestination, Response, Settings,
};
use prime_event::{DestinationId, SourceId, Timestamp};
use serde_json::{Value, json};

use super::Webhook;

/// The request for one event.
fn request(connection: &dyn Connection, payload: &'static str) -> OutboundRequest {
    connection.request(&[connection.prepare(&event(payload)).unwrap()])
}

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
        idempotency_key: IdempotencyKey::new("m", &DestinationId::new("d"), MappingVersion::FIRST),
        payload: Bytes::from_static(payload.as_bytes()),
    }
}

#[test]
fn the_body_is_the_whole_event_byte_for_byte() {
    let payload = r#"{"type":"track","event":"Naïve","properties":{"n":12345678901234567890.5}}"#;
    let request = request(&*connect(json!({"url": "https://example.com/in?a=1"})), payload);
    assert_eq!(request.body, payload);
    assert_eq!((request.method.as_str(), request.url.as_str()), ("POST", "https://example.com/in?a=1"));
    assert_eq!(request.headers["content-type"], "application/json");
    assert!(request.headers["user-agent"].to_str().unwrap().starts_with("PrimeData/"));
    assert!(!request.headers.contains_key("x-signature"));
}

#[test]
fn the_method_and_headers_of_the_settings_are_used() {
    let headers = json!({"Authorization": "Bearer abc", "X-Team": " growth ", "User-Agent": "us/2"});
    let connection = connect(json!({"url": "http://localhost:1", "method": "PUT", "headers": headers}));
    let request = request(&*connection, "{}");
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
        assert_eq!(request(&*connection, body).headers["x-signature"], signature);
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
        (json!({"url": "https://a.io", "data": {}}), "data", "must be a text"),
        (json!({"url": "https://a.io", "data": "$..a"}), "data", "$.properties"),
        (json!({"url": "https://a.io", "batchSize": 0}), "batchSize", "from 1 to 1000"),
        (json!({"url": "https://a.io", "batchSize": "1001"}), "batchSize", "from 1 to 1000"),
        (json!({"url": "https://a.io", "moreUrls": "b.io"}), "moreUrls", "https://example.com/path"),
        (json!({"url": "https://a.io", "moreUrls": "http://b.io ".repeat(5)}), "moreUrls", "At most 4"),
        (json!({"url": "https://a.io", "colour": "red"}), "colour", "no such setting"),
    ] {
        let found = problems(settings.clone());
        assert_eq!(found.len(), 1, "{settings}: {found:?}");
        assert!(found[0].0 == field && found[0].1.contains(part), "{settings}: {found:?}");
    }
}

#[test]
fn every_request_names_its_event_by_the_idempotency_key() {
    let connection = connect(json!({"url": "https://a.io"}));
    let sent = request(&*connection, "{}");
    assert_eq!(sent.headers["idempotency-key"], event("{}").idempotency_key.to_string());
    assert!(sent.masked_headers().any(|(name, value)| name == "idempotency-key" && value != "********"));
    assert_eq!(connection.terms().idempotency, Idempotency::Header("idempotency-key".parse().unwrap()));
    let own = connect(json!({"url": "https://a.io", "headers": {"Idempotency-Key": "mine"}}));
    assert_eq!(request(&*own, "{}").headers["idempotency-key"], "mine");
}

#[test]
fn a_deletion_is_sent_like_any_event() {
    let payload = r#"{"type":"delete","userId":"user-1","messageId":"m-1"}"#;
    assert_eq!(request(&*connect(json!({"url": "https://a.io"})), payload).body, payload);
}

#[test]
fn the_same_request_goes_to_every_url() {
    let connection = connect(json!({"url": "https://a.io/1", "moreUrls": " https://b.io/2  https://a.io/3\n"}));
    let sent = request(&*connection, "{}");
    assert_eq!(sent.also.iter().map(|url| url.as_str()).collect::<Vec<_>>(), ["https://b.io/2", "https://a.io/3"]);
    assert_eq!(connection.terms().origins, ["https://a.io", "https://b.io"]);
}

#[test]
fn only_the_part_that_the_settings_name_is_sent_and_signed() {
    let connection = connect(json!({"url": "https://a.io", "data": "$.properties", "sharedSecret": "key"}));
    let sent = request(&*connection, r#"{"type":"track","properties":{"total": 99.50}}"#);
    assert_eq!(sent.body, r#"{"total": 99.50}"#);
    let same = request(&*connect(json!({"url": "https://a.io", "sharedSecret": "key"})), r#"{"total": 99.50}"#);
    assert_eq!(sent.headers["x-signature"], same.headers["x-signature"]);
    let nothing = connection.prepare(&event(r#"{"type":"identify","traits":{}}"#));
    assert!(matches!(nothing, Err(BuildError::Payload { .. })));
}

#[test]
fn a_batch_is_an_array_in_order_signed_over_its_first_element() {
    let connection = connect(json!({"url": "https://a.io", "batchSize": 3, "sharedSecret": "key"}));
    let items: Vec<_> = ["{\"a\":1}", "{\"b\":2}"].map(|payload| connection.prepare(&event(payload)).unwrap()).into();
    assert_eq!(connection.terms().batch.take(&items), 2);
    let sent = connection.request(&items);
    assert_eq!(sent.body, r#"[{"a":1},{"b":2}]"#);
    let alone = request(&*connect(json!({"url": "https://a.io", "sharedSecret": "key"})), "{\"a\":1}");
    assert_eq!(sent.headers["x-signature"], alone.headers["x-signature"]);
    assert_eq!(connection.request(&items[..1]).body, r#"[{"a":1}]"#);
    assert_ne!(sent.headers["idempotency-key"], alone.headers["idempotency-key"]);
}

#[test]
fn a_refused_batch_is_halved_and_a_refused_event_has_failed() {
    let connection = connect(json!({"url": "https://a.io", "batchSize": 3}));
    let items = vec![connection.prepare(&event("{}")).unwrap(); 3];
    let refused = Response { status: StatusCode::BAD_REQUEST, headers: HeaderMap::new(), body: Bytes::new() };
    let judge = |items: &[Item]| {
        let reply = Reply::Response(refused.clone());
        connection.judge(items, &reply, Timestamp::from_millis(0)).next(items.len())
    };
    assert!(matches!(judge(&items), Next::Halve(_)));
    let Next::Verdicts(verdicts) = judge(&items[..1]) else { panic!("one item cannot be halved") };
    assert_eq!(verdicts[0].outcome, Outcome::DataWrong);
}
