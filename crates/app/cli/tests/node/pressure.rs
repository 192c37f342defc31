//! Senders that misbehave cost bounded memory and hold up nobody else.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use prime_testkit::{Server, ServerOptions};

const RSS_MIB_MAX: u64 = 250;

fn rss_mib(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).expect("the server runs");
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("Linux tells the highest resident size");
    line.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024
}

fn connect(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.url().trim_start_matches("http://")).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(30))).expect("a timeout can be set");
    stream
}

fn head(length: usize) -> String {
    format!("POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n")
}

fn answer(mut stream: TcpStream) -> String {
    let mut text = vec![0; 4096];
    let length = stream.read(&mut text).unwrap_or(0);
    String::from_utf8_lossy(&text[..length]).into_owned()
}

async fn sends_promptly(server: &Server) {
    let begun = Instant::now();
    let event = format!(r#"{{"writeKey":"{}","userId":"u","event":"e"}}"#, server.write_key());
    assert_eq!(server.post("/v1/track", event).await, (200, r#"{"success":true}"#.to_owned()));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_thousand_senders_that_stall_hold_up_nobody_and_are_given_up() {
    let options = ServerOptions::new(env!("CARGO_BIN_EXE_primedata"));
    let server = options
        .set("PRIMEDATA_HTTP__BODY_TIMEOUT_MS", 4_000)
        .set("PRIMEDATA_HTTP__HEADER_TIMEOUT_MS", 2_000)
        .start()
        .await;
    let mut in_body = Vec::new();
    let mut in_head = Vec::new();
    for number in 0..1_000 {
        let mut stream = connect(&server);
        if number % 2 == 0 {
            stream.write_all(format!("{}{{\"batch\":[", head(500_000)).as_bytes()).unwrap();
            in_body.push(stream);
        } else {
            stream.write_all(b"POST /v1/batch HTTP/1.1\r\nHost: lo").unwrap();
            in_head.push(stream);
        }
    }
    for _ in 0..5 {
        sends_promptly(&server).await;
    }
    let given_up = in_body.pop().unwrap();
    assert!(answer(given_up).starts_with("HTTP/1.1 408"), "a stalled body is answered 408");
    let mut closed = [0];
    assert_eq!(in_head.pop().unwrap().read(&mut closed).unwrap_or(0), 0, "a stalled head is closed");
    assert!(rss_mib(&server) < RSS_MIB_MAX, "{} MiB", rss_mib(&server));
}

#[tokio::test(flavor = "multi_thread")]
async fn bombs_and_floods_are_refused_within_bounded_memory() {
    let server = ServerOptions::new(env!("CARGO_BIN_EXE_primedata")).start().await;
    let bomb = gzip(&vec![b' '; 200 << 20]);
    std::thread::scope(|scope| {
        for _ in 0..64 {
            scope.spawn(|| {
                let mut stream = connect(&server);
                stream.write_all(head(bomb.len()).as_bytes()).unwrap();
                stream.write_all(&bomb).unwrap();
                let answer = answer(stream);
                assert!(answer.starts_with("HTTP/1.1 400") || answer.starts_with("HTTP/1.1 429"), "{answer}");
            });
        }
        scope.spawn(|| {
            let mut stream = connect(&server);
            // The server may close in the middle of the flood; only what it holds of it matters.
            let _ = stream.write_all(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\n");
            for number in 0..200_000 {
                if stream.write_all(format!("x-{number}: {}\r\n", "y".repeat(100)).as_bytes()).is_err() {
                    break;
                }
            }
        });
    });
    sends_promptly(&server).await;
    assert!(rss_mib(&server) < RSS_MIB_MAX, "{} MiB", rss_mib(&server));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut compressor = libdeflater::Compressor::new(libdeflater::CompressionLvl::best());
    let mut out = vec![0; compressor.gzip_compress_bound(text.len())];
    let length = compressor.gzip_compress(text, &mut out).expect("the bound is enough");
    out.truncate(length);
    out
}
