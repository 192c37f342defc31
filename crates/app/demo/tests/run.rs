//! The driver against servers that answer well, badly and not at all.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use prime_demo::{DemoError, DemoOptions, DemoProgress, Expected, run};
use prime_event::{Timestamp, WriteKey};
use tokio::net::TcpListener;

/// What a server does with the request of a given number, from 0.
type Behaviour = fn(usize) -> Response;

#[derive(Clone)]
struct Server {
    seen: Arc<Mutex<Vec<Seen>>>,
    behaviour: Behaviour,
}

struct Seen {
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Server {
    async fn start(behaviour: Behaviour) -> (Self, DemoOptions) {
        let server = Self { seen: Arc::default(), behaviour };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(answer).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (server, options(address))
    }
}

fn options(address: SocketAddr) -> DemoOptions {
    DemoOptions {
        rate: f64::INFINITY,
        start: Timestamp::parse("2026-03-01T08:00:00Z"),
        count: Some(300),
        ..DemoOptions::new(format!("http://{address}/"), WriteKey::new("driver-test-key"))
    }
}

async fn answer(State(server): State<Server>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let mut seen = server.seen.lock().unwrap();
    seen.push(Seen { path: uri.path().to_owned(), headers, body });
    (server.behaviour)(seen.len() - 1)
}

fn success() -> Response {
    (StatusCode::OK, "{\"success\":true}").into_response()
}

#[tokio::test]
async fn everything_that_is_answered_is_reported_with_its_exact_bytes() {
    let (server, options) = Server::start(|_| success()).await;
    let mut reported = Vec::new();
    let options = DemoOptions { malformed: 0.0, ..options };
    let summary = run(options, |progress| reported.extend(progress.acknowledged().to_vec())).await.unwrap();
    assert_eq!((summary.answered, summary.retries, summary.unexpected_requests), (300, 0, 0));
    assert_eq!(reported.len(), 300);
    let bodies: Vec<String> = server.seen.lock().unwrap().iter().map(Seen::text).collect();
    for message in &reported {
        assert_eq!(message.expected, Expected::Accepted);
        assert!(bodies.iter().any(|body| body.contains(&message.json)), "{} did not arrive", message.json);
    }
}

#[tokio::test]
async fn a_busy_or_broken_server_gets_the_same_bytes_again_and_nothing_is_lost() {
    let (server, options) = Server::start(|number| match number % 4 {
        0 => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "0")], "{}").into_response(),
        1 => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        _ => success(),
    })
    .await;
    let mut retries = 0;
    let options = DemoOptions { malformed: 0.0, duplicates: 0.0, count: Some(60), ..options };
    let summary = run(options, |progress| retries += u64::from(matches!(progress, DemoProgress::Retrying { .. })));
    let summary = summary.await.unwrap();
    assert_eq!(summary.answered, 60);
    assert!(summary.retries > 10 && summary.retries == retries, "{summary:?}");

    let seen = server.seen.lock().unwrap();
    let mut by_body: HashMap<Bytes, Vec<&Seen>> = HashMap::new();
    seen.iter().for_each(|one| by_body.entry(one.body.clone()).or_default().push(one));
    assert_eq!(by_body.len() as u64, summary.requests, "a retry changed its bytes");
    let counts: Vec<_> = by_body.values().filter(|tries| tries.len() > 1).collect();
    for tries in counts {
        assert_eq!(tries[0].headers.get("x-retry-count"), None);
        assert_eq!(tries[1].headers["x-retry-count"], "1");
    }
}

#[tokio::test]
async fn a_refusal_is_final_and_unexpected_ones_are_counted() {
    let (server, options) = Server::start(|number| match number {
        0 => StatusCode::BAD_REQUEST.into_response(),
        _ => success(),
    })
    .await;
    let options = DemoOptions { malformed: 0.0, duplicates: 0.0, batch: 1, count: Some(5), ..options };
    let mut refused = Vec::new();
    let summary = run(options, |progress| {
        if let DemoProgress::Refused { status, .. } = progress {
            refused.push(status);
        }
    });
    let summary = summary.await.unwrap();
    assert_eq!((summary.answered, summary.refused_requests, summary.unexpected_requests), (4, 1, 1));
    assert_eq!(refused, [400]);
    assert_eq!(server.seen.lock().unwrap().len(), 5);
}

#[tokio::test]
async fn a_server_that_starts_late_still_gets_everything() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let running = tokio::spawn(run(DemoOptions { count: Some(50), ..options(address) }, |_| {}));
    tokio::time::sleep(Duration::from_millis(400)).await;
    let listener = TcpListener::bind(address).await.unwrap();
    let router = Router::new().fallback(async || success());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let summary = running.await.unwrap().unwrap();
    assert!(summary.retries > 0 && summary.unanswered_requests == 0, "{summary:?}");
}

#[tokio::test]
async fn a_run_without_any_server_ends_with_a_sentence() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = run(options(address), |_| {}).await.unwrap_err().to_string();
    assert!(error.contains("no server answers at http://127.0.0.1") && error.contains("primedata serve"), "{error}");
}

#[tokio::test]
async fn requests_look_like_those_of_the_libraries_they_stand_for() {
    let (server, options) = Server::start(|_| success()).await;
    run(options, |_| {}).await.unwrap();
    let seen = server.seen.lock().unwrap();
    let paths: std::collections::BTreeSet<_> = seen.iter().map(|one| one.path.as_str()).collect();
    assert!(paths.contains("/v1/t") && paths.contains("/v1/p") && paths.contains("/v1/b"), "{paths:?}");
    assert!(seen.iter().any(Seen::is_gzip));
    for one in seen.iter() {
        let basic = one.headers.get("authorization").map(|value| value.to_str().unwrap());
        assert!(basic.is_none_or(|value| value == "Basic ZHJpdmVyLXRlc3Qta2V5Og=="), "{basic:?}");
        assert!(basic.is_some() || one.text().contains("driver-test-key") || one.text().is_empty());
    }
}

#[tokio::test]
async fn the_rate_is_kept() {
    let (_server, options) = Server::start(|_| success()).await;
    let summary = run(DemoOptions { rate: 200.0, count: Some(100), batch: 1, ..options }, |_| {}).await.unwrap();
    let seconds = summary.elapsed.as_secs_f64();
    assert!((0.4..10.0).contains(&seconds), "100 messages at 200 a second took {seconds} s");
}

#[tokio::test]
async fn a_run_ends_when_its_duration_is_over() {
    let (_server, options) = Server::start(|_| success()).await;
    let duration = Some(Duration::from_millis(300));
    let summary = run(DemoOptions { rate: 100.0, count: None, duration, ..options }, |_| {}).await.unwrap();
    assert!(summary.elapsed < Duration::from_secs(3) && summary.answered < 60, "{summary:?}");
}

#[tokio::test]
async fn senseless_options_are_refused_before_anything_is_sent() {
    let (server, options) = Server::start(|_| success()).await;
    let bad_rate = run(DemoOptions { rate: -1.0, ..options.clone() }, |_| {}).await;
    assert!(matches!(bad_rate, Err(DemoError::Options(_))), "{bad_rate:?}");
    for url in ["localhost:8080", "shop", "ftp://127.0.0.1/"] {
        let bad_url = run(DemoOptions { url: url.to_owned(), ..options.clone() }, |_| {}).await;
        assert!(matches!(bad_url, Err(DemoError::Url { .. })), "{url}: {bad_url:?}");
    }
    assert!(server.seen.lock().unwrap().is_empty());
}

impl Seen {
    fn is_gzip(&self) -> bool {
        self.headers.get("content-encoding").is_some_and(|value| value == "gzip")
    }

    fn text(&self) -> String {
        if !self.is_gzip() {
            return String::from_utf8(self.body.to_vec()).unwrap();
        }
        // The last four bytes of a gzip file are the size of what it holds.
        let size = u32::from_le_bytes(*self.body.last_chunk().unwrap()) as usize;
        let mut out = vec![0; size];
        libdeflater::Decompressor::new().gzip_decompress(&self.body, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }
}
