//! The driver: sends what a shop says, when it says it, and keeps at it like an SDK.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use prime_event::{Timestamp, WriteKey};
use reqwest::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderName, RETRY_AFTER};
use reqwest::{Client, Url};
use thiserror::Error;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

use crate::message::{DemoMessage, Expected};
use crate::request::DemoRequest;
use crate::shop::{InvalidOptions, Shop, ShopOptions};

const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);
/// Waits between attempts: short at first, for a server that restarts, and never longer than a person would wait.
const BACKOFF_FIRST: Duration = Duration::from_millis(50);
const BACKOFF_MAX: Duration = Duration::from_secs(2);
/// SDKs honour `Retry-After` up to five minutes.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(300);
/// How long a run that is over keeps trying to hand in what it has under way.
const GRACE: Duration = Duration::from_secs(10);
/// A run to a server that never answered at all ends after this long.
const UNREACHABLE_AFTER: Duration = Duration::from_secs(5);
/// A driver that is further behind than this does not try to catch up: it goes on from now at the asked rate.
const LAG_MAX: Duration = Duration::from_secs(1);
const RETRY_COUNT: HeaderName = HeaderName::from_static("x-retry-count");

/// What to send, where and how fast.
#[derive(Clone, Debug)]
pub struct DemoOptions {
    /// The server's base, for example `http://127.0.0.1:8080`.
    pub url: String,
    pub write_key: WriteKey,
    /// Messages a second; infinite sends as fast as the server answers.
    pub rate: f64,
    pub seed: u64,
    /// The time of the first message. The clock of this machine when none; give one to make two runs equal.
    pub start: Option<Timestamp>,
    /// How long to send. Without a limit when none.
    pub duration: Option<Duration>,
    /// How many messages to send in all. Without a limit when none.
    pub count: Option<u64>,
    /// The share of requests that are sent twice, from 0 to 1.
    pub duplicates: f64,
    /// The share of messages that break the tracking contract, from 0 to 1.
    pub malformed: f64,
    /// Requests under way at a time.
    pub connections: usize,
    /// Messages in one batch at most; 1 sends every message by itself.
    pub batch: usize,
}

impl DemoOptions {
    /// A calm shop: twenty messages a second with a few duplicates and mistakes.
    pub fn new(url: impl Into<String>, write_key: WriteKey) -> Self {
        Self {
            url: url.into(),
            write_key,
            rate: 20.0,
            seed: 1,
            start: None,
            duration: None,
            count: None,
            duplicates: 0.02,
            malformed: 0.02,
            connections: 4,
            batch: 20,
        }
    }
}

/// Something that happened to one request.
#[derive(Clone, Copy, Debug)]
pub enum DemoProgress<'a> {
    /// The server answered 200. Each message of the request is acknowledged; one that breaks the contract is
    /// acknowledged as well, and [`DemoMessage::expected`] says what becomes of it.
    Answered { request: &'a DemoRequest, latency: Duration },
    /// The server refused the request for good.
    Refused { request: &'a DemoRequest, status: u16 },
    /// The server did not answer or asked to come again; the same bytes follow after the wait.
    Retrying { request: &'a DemoRequest, reason: &'a str, wait: Duration },
}

impl DemoProgress<'_> {
    /// The messages that are acknowledged with this report; empty for every report but an answer of 200.
    pub fn acknowledged(&self) -> &[DemoMessage] {
        match self {
            Self::Answered { request, .. } => &request.messages,
            Self::Refused { .. } | Self::Retrying { .. } => &[],
        }
    }
}

/// What a run came to. Counts messages where nothing else is said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DemoSummary {
    /// Requests that were answered with 200.
    pub requests: u64,
    /// Acknowledged messages, repetitions and malformed ones included.
    pub answered: u64,
    /// Of the answered, those that had been sent before.
    pub repeated: u64,
    /// Of the answered, those that break the contract.
    pub malformed: u64,
    /// Requests that were refused for good, most of them because their body is unreadable on purpose.
    pub refused_requests: u64,
    /// Requests that were refused though they are well formed, or answered though they are not.
    pub unexpected_requests: u64,
    /// Requests that had no answer when the run ended.
    pub unanswered_requests: u64,
    pub retries: u64,
    pub elapsed: Duration,
}

/// Why a run could not take place.
#[derive(Debug, Error)]
pub enum DemoError {
    #[error(transparent)]
    Options(#[from] InvalidOptions),
    #[error("{url:?} is not the address of a server: {reason}")]
    Url { url: String, reason: String },
    #[error("no server answers at {url}: {reason}; start one with `primedata serve`")]
    Unreachable { url: String, reason: String },
    #[error("the HTTP client cannot start: {0}")]
    Client(#[source] reqwest::Error),
}

/// Sends a shop to a server until the duration or the count is reached, or for ever.
///
/// Requests go out at the shop's times over `connections` connections; when the server is slower than that, the shop
/// waits. A request without an answer, or answered 408, 429 or 5xx, is sent again with the same bytes until it has a
/// final answer; once the duration has passed, for ten more seconds at most. Dropping the future stops at once.
pub async fn run(options: DemoOptions, mut observer: impl FnMut(DemoProgress<'_>)) -> Result<DemoSummary, DemoError> {
    let started = Instant::now();
    let shop = options.shop()?;
    let sender = Arc::new(Sender::new(&options)?);
    let deadline = options.duration.map(|duration| started + duration);
    let connections = options.connections.max(1);
    // Twice the connections keeps each of them busy while the reports of the last answers are read.
    let (requests, queue) = mpsc::channel(connections * 2);
    let (reports, mut inbox) = mpsc::channel(connections * 2);
    let mut tasks = JoinSet::new();
    let queue = Arc::new(Mutex::new(queue));
    for _ in 0..connections {
        tasks.spawn(work(Arc::clone(&sender), Arc::clone(&queue), reports.clone(), deadline.map(|end| end + GRACE)));
    }
    drop(reports);
    tasks.spawn(feed(shop, requests, started, deadline));

    let mut summary = DemoSummary::default();
    let mut heard = false;
    while let Some(Report { request, outcome }) = inbox.recv().await {
        heard |= !matches!(outcome, Outcome::Silent { .. });
        if let Outcome::Silent { reason, .. } = &outcome
            && !heard
            && started.elapsed() > UNREACHABLE_AFTER
        {
            return Err(DemoError::Unreachable { url: options.url, reason: reason.clone() });
        }
        summary.add(&request, &outcome);
        if let Some(progress) = outcome.progress(&request) {
            observer(progress);
        }
    }
    summary.elapsed = started.elapsed();
    Ok(summary)
}

impl DemoOptions {
    fn shop(&self) -> Result<Shop, InvalidOptions> {
        Shop::new(ShopOptions {
            seed: self.seed,
            start: self.start.unwrap_or_else(Timestamp::now),
            write_key: self.write_key.clone(),
            rate: self.rate,
            duplicates: self.duplicates,
            malformed: self.malformed,
            batch: self.batch,
            count: self.count,
        })
    }
}

/// Hands out requests at their times.
async fn feed(shop: Shop, requests: mpsc::Sender<DemoRequest>, started: Instant, deadline: Option<Instant>) {
    let mut origin: Option<(Instant, Timestamp)> = None;
    for request in shop {
        let (base, first) = *origin.get_or_insert((started, request.at));
        let offset = Duration::from_millis((request.at.as_millis() - first.as_millis()).max(0).unsigned_abs());
        let due = base + offset;
        if deadline.is_some_and(|end| due.max(Instant::now()) >= end) {
            return;
        }
        sleep_until(due).await;
        let behind = Instant::now().saturating_duration_since(due);
        if behind > LAG_MAX {
            origin = Some((base + behind, first));
        }
        if requests.send(request).await.is_err() {
            return;
        }
    }
}

/// One connection: takes the next request, sends it until it has a final answer, reports.
async fn work(
    sender: Arc<Sender>,
    queue: Arc<Mutex<mpsc::Receiver<DemoRequest>>>,
    reports: mpsc::Sender<Report>,
    given_up_at: Option<Instant>,
) {
    loop {
        let next = queue.lock().await.recv().await;
        let Some(request) = next else { return };
        let request = Arc::new(request);
        let mut backoff = BACKOFF_FIRST;
        for attempt in 0.. {
            let outcome = sender.send(&request, attempt, backoff).await;
            let wait = outcome.wait();
            let late = wait.is_some_and(|wait| given_up_at.is_some_and(|end| Instant::now() + wait > end));
            let outcome = if late { Outcome::GivenUp } else { outcome };
            if reports.send(Report { request: Arc::clone(&request), outcome }).await.is_err() {
                return;
            }
            match wait.filter(|_| !late) {
                Some(wait) => sleep(wait).await,
                None => break,
            }
            backoff = (backoff * 2).min(BACKOFF_MAX);
        }
    }
}

struct Report {
    request: Arc<DemoRequest>,
    outcome: Outcome,
}

enum Outcome {
    Answered {
        latency: Duration,
    },
    Refused {
        status: u16,
    },
    /// An answer that asks to come again.
    Busy {
        reason: String,
        wait: Duration,
    },
    /// No answer at all.
    Silent {
        reason: String,
        wait: Duration,
    },
    GivenUp,
}

impl Outcome {
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Busy { wait, .. } | Self::Silent { wait, .. } => Some(*wait),
            Self::Answered { .. } | Self::Refused { .. } | Self::GivenUp => None,
        }
    }

    fn progress<'a>(&'a self, request: &'a DemoRequest) -> Option<DemoProgress<'a>> {
        match self {
            Self::Answered { latency } => Some(DemoProgress::Answered { request, latency: *latency }),
            Self::Refused { status } => Some(DemoProgress::Refused { request, status: *status }),
            Self::Busy { reason, wait } | Self::Silent { reason, wait } => {
                Some(DemoProgress::Retrying { request, reason, wait: *wait })
            }
            Self::GivenUp => None,
        }
    }
}

impl DemoSummary {
    fn add(&mut self, request: &DemoRequest, outcome: &Outcome) {
        let count = |messages: usize| messages as u64;
        match outcome {
            Outcome::Answered { .. } => {
                let spoiled = request.messages.iter().filter(|message| message.expected != Expected::Accepted);
                self.requests += 1;
                self.answered += count(request.messages.len());
                self.malformed += count(spoiled.count());
                self.repeated += if request.retries > 0 { count(request.messages.len()) } else { 0 };
                self.unexpected_requests += u64::from(request.status != 200);
            }
            Outcome::Refused { status } => {
                self.refused_requests += 1;
                self.unexpected_requests += u64::from(request.status != *status);
            }
            Outcome::Busy { .. } | Outcome::Silent { .. } => self.retries += 1,
            Outcome::GivenUp => self.unanswered_requests += 1,
        }
    }
}

/// Puts a request on the wire.
struct Sender {
    client: Client,
    base: String,
    basic: String,
}

impl Sender {
    fn new(options: &DemoOptions) -> Result<Self, DemoError> {
        let invalid = |reason: String| DemoError::Url { url: options.url.clone(), reason };
        let url = Url::parse(&options.url).map_err(|error| invalid(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(invalid("it begins with neither http:// nor https://".to_owned()));
        }
        // The process may have chosen its cryptography already; either choice serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .timeout(REQUEST_TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(DemoError::Client)?;
        Ok(Self {
            client,
            base: options.url.trim_end_matches('/').to_owned(),
            basic: format!("Basic {}", STANDARD.encode(format!("{}:", options.write_key.as_str()))),
        })
    }

    async fn send(&self, request: &DemoRequest, attempt: u32, backoff: Duration) -> Outcome {
        let begun = Instant::now();
        let sent = self.prepare(request, attempt).send().await;
        match sent {
            Err(error) => Outcome::Silent { reason: cause_of(&error), wait: backoff },
            Ok(response) => {
                let status = response.status().as_u16();
                let retry_after =
                    response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
                // The answer counts once it has been read to its end: a connection that breaks before says nothing.
                if let Err(error) = response.bytes().await {
                    return Outcome::Silent { reason: cause_of(&error), wait: backoff };
                }
                match status {
                    200 => Outcome::Answered { latency: begun.elapsed() },
                    408 | 429 | 500..=599 => {
                        let asked = retry_after.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
                        Outcome::Busy { reason: format!("answered {status}"), wait: asked.unwrap_or(backoff) }
                    }
                    status => Outcome::Refused { status },
                }
            }
        }
    }

    fn prepare(&self, request: &DemoRequest, attempt: u32) -> reqwest::RequestBuilder {
        let mut prepared = self.client.post(format!("{}{}", self.base, request.path));
        if let Some(content_type) = request.content_type {
            prepared = prepared.header(CONTENT_TYPE, content_type);
        }
        if request.basic {
            prepared = prepared.header(AUTHORIZATION, &self.basic);
        }
        let retries = request.retries + attempt;
        if retries > 0 {
            prepared = prepared.header(RETRY_COUNT, retries);
        }
        if request.gzip {
            return prepared.header(CONTENT_ENCODING, "gzip").body(gzip(request.body.as_bytes()));
        }
        prepared.body(request.body.clone())
    }
}

/// The innermost cause says what happened ("connection refused"); the outer ones repeat the address.
fn cause_of(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::fastest());
    let mut out = vec![0; compressor.gzip_compress_bound(body.len())];
    match compressor.gzip_compress(body, &mut out) {
        Ok(length) => out.truncate(length),
        Err(error) => unreachable!("the buffer has the compressor's own bound: {error}"),
    }
    out
}
