//! Senders that count, for tests in which somebody else misbehaves.

use std::io;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prime_event::{EventRecord, RejectedRecord};
use prime_testkit::{Server, read_events, read_rejected};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

/// Asks for the sizes and times that the promises name, which a usual run has no time for.
const LONG_VARIABLE: &str = "PRIMEDATA_TEST_LONG";

/// What the long form uses, or what is enough to notice a broken promise.
pub(crate) fn long_or<T>(long: T, short: T) -> T {
    if std::env::var(LONG_VARIABLE).is_ok_and(|value| value == "1") { long } else { short }
}

/// Lets this process and the servers it starts have so many files open if the system allows it. How many it does allow.
pub(crate) fn allow_open_files(wanted: usize) -> usize {
    let allowed = open_files_max();
    if allowed >= wanted {
        return allowed;
    }
    let (process, limit) = (std::process::id().to_string(), format!("--nofile={wanted}:{wanted}"));
    // Refused to all but the administrator; the limit that is read afterwards is what counts.
    let _ = Command::new("prlimit").args(["--pid", &process, &limit]).output();
    open_files_max()
}

fn open_files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

pub(crate) fn rss_max_mib(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the highest resident size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

/// One answer of the tracking API.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<u64>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn is_success(&self) -> bool {
        self.status == 200 && self.body == r#"{"success":true}"#
    }
}

/// A connection that is kept and carries one request at a time.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(server: &Server) -> io::Result<Self> {
        Self::open_at(&address(server)).await
    }

    pub(crate) async fn open_at(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    pub(crate) async fn post(&mut self, path: &str, body: &str) -> io::Result<Answer> {
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n", body.len());
        self.stream.write_all([head.as_bytes(), body.as_bytes()].concat().as_slice()).await?;
        self.received.clear();
        loop {
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if let Some(answer) = parse(&String::from_utf8_lossy(&self.received)) {
                return Ok(answer);
            }
        }
    }

    /// Ends it as a sender does that is switched off: without a word.
    pub(crate) fn reset(self) {
        let _ = self.stream.set_zero_linger();
    }
}

pub(crate) fn address(server: &Server) -> String {
    server.url().trim_start_matches("http://").to_owned()
}

fn parse(text: &str) -> Option<Answer> {
    let (head, body) = text.split_once("\r\n\r\n")?;
    let field = |wanted: &str| {
        let fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.filter(|(name, _)| name.eq_ignore_ascii_case(wanted)).find_map(|(_, value)| value.parse::<u64>().ok())
    };
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let whole = body.len() as u64 >= field("content-length")?;
    whole.then(|| Answer { status, retry_after: field("retry-after"), body: body.to_owned() })
}

/// An event of `bytes` or a little more, which no compression makes much smaller.
pub(crate) fn event(write_key: &str, message_id: &str, bytes: usize) -> String {
    let filling = noise(message_id, bytes.saturating_sub(150));
    format!(
        r#"{{"writeKey":"{write_key}","userId":"u-1","event":"Counted","messageId":"{message_id}","properties":{{"filling":"{filling}"}}}}"#
    )
}

fn noise(seed: &str, length: usize) -> String {
    let mut state = seed.bytes().fold(0x5EED_u64, |state, byte| step(state ^ u64::from(byte)));
    let letters = (0..length).map(|_| {
        state = step(state);
        char::from(b'0' + ((state >> 33) % 64) as u8)
    });
    // A backslash would have to be escaped.
    letters.map(|letter| if letter == '\\' { '~' } else { letter }).collect()
}

fn step(state: u64) -> u64 {
    state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407)
}

/// Somebody who sends an event every ten milliseconds, is always answered with success, and notes how long it took.
pub(crate) struct Bystander {
    stop: Arc<AtomicBool>,
    task: JoinHandle<Vec<Duration>>,
}

impl Bystander {
    pub(crate) async fn start(server: &Server) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = Connection::open(server).await.expect("the server listens");
        let (stopped, write_key) = (Arc::clone(&stop), server.write_key().to_owned());
        let task = tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut due = tokio::time::interval(Duration::from_millis(10));
            while !stopped.load(Ordering::Relaxed) {
                let at = due.tick().await;
                let event = event(&write_key, &format!("bystander-{}", waits.len()), 0);
                let answer = connection.post("/v1/track", &event).await.expect("a bystander is answered");
                assert!(answer.is_success(), "a bystander was answered {answer:?}");
                waits.push(at.elapsed());
            }
            waits
        });
        Self { stop, task }
    }

    pub(crate) async fn finish(self) -> Waits {
        self.stop.store(true, Ordering::Relaxed);
        Waits::new(self.task.await.expect("a bystander is always answered with success"))
    }
}

/// How long answers took.
pub(crate) struct Waits(Vec<Duration>);

impl Waits {
    pub(crate) fn new(mut waits: Vec<Duration>) -> Self {
        waits.sort_unstable();
        Self(waits)
    }

    pub(crate) fn count(&self) -> usize {
        self.0.len()
    }

    /// The wait that this share of all do not exceed.
    pub(crate) fn quantile(&self, share: f64) -> Duration {
        let place = (self.0.len() as f64 * share) as usize;
        self.0.get(place).or(self.0.last()).copied().unwrap_or(Duration::MAX)
    }
}

/// What a server has kept.
pub(crate) struct Kept {
    pub(crate) events: Vec<EventRecord>,
    pub(crate) rejected: Vec<RejectedRecord>,
}

impl Kept {
    pub(crate) fn message_ids(&self) -> std::collections::HashSet<String> {
        let ids = self.events.iter().map(|event| {
            let payload: serde_json::Value = serde_json::from_slice(&event.payload).expect("an event is JSON");
            payload["messageId"].as_str().expect("an event has an id").to_owned()
        });
        ids.collect()
    }
}

/// Waits until everything accepted is processed, stops the server, and checks that its counters and its streams say the
/// same: accepted = processed + rejected. For servers that ran since their first start and refused no request whose
/// source was known.
pub(crate) async fn stop_and_count(server: &mut Server, acknowledged: usize) -> Kept {
    let deadline = Instant::now() + Duration::from_secs(60);
    let totals = loop {
        let overview = server.api("/overview").await;
        let totals = &overview["totals"];
        let count = |name: &str| totals[name].as_u64().expect("a count") as usize;
        let (accepted, processed, rejected) = (count("accepted"), count("processed"), count("rejected"));
        if overview["journal"]["behind"] == 0 && accepted == processed + rejected {
            break (accepted, processed, rejected);
        }
        assert!(Instant::now() < deadline, "accepted is not processed + rejected: {totals}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert!(server.stop().await.success());
    let kept = Kept { events: read_events(server.data_dir()).await, rejected: read_rejected(server.data_dir()).await };
    let (accepted, processed, rejected) = totals;
    assert_eq!((kept.events.len(), kept.rejected.len()), (processed, rejected), "the streams hold what was counted");
    assert!(accepted >= acknowledged, "{acknowledged} were acknowledged and {accepted} counted");
    kept
}
