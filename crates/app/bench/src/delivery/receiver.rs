//! A receiver of webhooks that costs little beside what sends to it: it answers before it has understood anything but the length
//! of a request.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Mutex;

/// Longer than any head of ours.
const ROOM: usize = 16 * 1024;
const TAKEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n";
const FAILED: &[u8] = b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
/// `"messageId":"<microseconds since the bench began>-...` is what an event's age is told by.
const STAMP: &[u8] = br#""messageId":""#;

/// What the requests to one path meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    Taken,
    Failed,
    /// Held for this long before it is taken.
    Held(Duration),
}

#[derive(Clone)]
pub(super) struct Receiver(Arc<Inner>);

struct Inner {
    began: Instant,
    port: u16,
    taken: AtomicU64,
    /// How the requests to a path are met; all others are taken.
    manners: std::sync::Mutex<HashMap<String, Manner>>,
    /// Of the events that were taken at once, in microseconds.
    ages: std::sync::Mutex<Histogram<u64>>,
    /// Requests that were taken, by path, where it is counted.
    by_path: Option<Mutex<HashMap<String, u64>>>,
}

impl Receiver {
    /// `counts_paths`: whether requests are told apart by path, which costs a little.
    pub(super) async fn open(began: Instant, counts_paths: bool) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let inner = Inner {
            began,
            port: listener.local_addr()?.port(),
            taken: AtomicU64::new(0),
            manners: std::sync::Mutex::default(),
            ages: std::sync::Mutex::new(new_ages()),
            by_path: counts_paths.then(Mutex::default),
        };
        let receiver = Self(Arc::new(inner));
        let serving = receiver.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serving.clone().serve(stream));
            }
        });
        Ok(receiver)
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}/{path}", self.0.port)
    }

    pub(super) fn taken(&self) -> u64 {
        self.0.taken.load(Relaxed)
    }

    pub(super) async fn paths(&self) -> usize {
        match &self.0.by_path {
            Some(by_path) => by_path.lock().await.len(),
            None => 0,
        }
    }

    pub(super) fn meet(&self, path: &str, manner: Manner) {
        self.0.manners.lock().expect("nobody panics with it").insert(format!("/{path}"), manner);
    }

    /// The ages of events that were taken since the last call.
    pub(super) fn take_ages(&self) -> Histogram<u64> {
        std::mem::replace(&mut *self.0.ages.lock().expect("nobody panics with it"), new_ages())
    }

    async fn serve(self, mut stream: TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut buffer = Vec::with_capacity(ROOM);
        loop {
            let (head, length) = loop {
                if let Some(found) = head_of(&buffer) {
                    break found;
                }
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            };
            while buffer.len() < head + length {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
            let path = path_of(&buffer);
            let manner = {
                let manners = self.0.manners.lock().expect("nobody panics with it");
                if manners.is_empty() { Manner::Taken } else { manners.get(path).copied().unwrap_or(Manner::Taken) }
            };
            if manner == Manner::Taken {
                if let Some(by_path) = &self.0.by_path {
                    *by_path.lock().await.entry(path.to_owned()).or_default() += 1;
                }
                self.note(&buffer[head..head + length]);
            }
            buffer.drain(..head + length);
            if let Manner::Held(pause) = manner {
                tokio::time::sleep(pause).await;
            }
            stream.write_all(if manner == Manner::Failed { FAILED } else { TAKEN }).await?;
        }
    }

    fn note(&self, body: &[u8]) {
        self.0.taken.fetch_add(1, Relaxed);
        let Some(at) = body.windows(STAMP.len()).position(|window| window == STAMP) else { return };
        let digits = body[at + STAMP.len()..].iter().take_while(|byte| byte.is_ascii_digit());
        let sent = digits.fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        let age = (self.0.began.elapsed().as_micros() as u64).saturating_sub(sent);
        self.0.ages.lock().expect("nobody panics with it").saturating_record(age);
    }
}

/// Where the body begins, and its length; none while the head is not there.
fn head_of(buffer: &[u8]) -> Option<(usize, usize)> {
    let end = buffer.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&buffer[..end]).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse().ok())?
    });
    Some((end, length.unwrap_or(0)))
}

fn path_of(buffer: &[u8]) -> &str {
    let line = buffer.split(|byte| *byte == b'\r').next().unwrap_or_default();
    std::str::from_utf8(line).ok().and_then(|line| line.split(' ').nth(1)).unwrap_or_default()
}

fn new_ages() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 600_000_000, 3).expect("the bounds are in order")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_is_cut_where_its_body_ends() {
        let request = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloPOST";
        assert_eq!(head_of(request), Some((request.len() - 9, 5)));
        assert_eq!(path_of(request), "/a");
        assert_eq!(head_of(b"POST /a HTTP/1.1\r\n"), None);
    }
}
