//! Crowds of senders that are slow, idle, rude or restless: the others do not notice, and memory stays bounded.

use std::time::{Duration, Instant};

use prime_testkit::{Server, ServerOptions};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::senders::{Bystander, Connection, address, allow_open_files, event, long_or, rss_max_mib, stop_and_count};

/// Generous, as tests share their machine with others: an answer takes a few milliseconds here, and who is held up by those
/// who stall waits for half a minute.
const BYSTANDER_P99_MAX: Duration = Duration::from_secs(5);
const RSS_MIB_MAX: u64 = 300;
/// What a test or a server has open beside its crowd.
const SPARE_FILES: usize = 500;

fn options() -> ServerOptions {
    ServerOptions::new(env!("CARGO_BIN_EXE_primedata"))
}

/// What has to hold whatever the crowd did.
async fn assert_unharmed(mut server: Server, bystander: Bystander, others: usize) {
    let waits = bystander.finish().await;
    let rss = rss_max_mib(&server);
    println!("{} answers to a bystander, p99 {:?}, {rss} MiB at most", waits.count(), waits.quantile(0.99));
    assert!(waits.quantile(0.99) < BYSTANDER_P99_MAX, "{:?}", waits.quantile(0.99));
    assert!(rss < RSS_MIB_MAX, "{rss} MiB");
    stop_and_count(&mut server, waits.count() + others).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn senders_of_a_byte_a_second_hold_up_nobody() {
    let (senders, seconds) = long_or((5_000, 30), (300, 4));
    let senders = senders.min(allow_open_files(senders + SPARE_FILES) - SPARE_FILES);
    println!("{senders} senders");
    let server = options().start().await;
    let mut crowd = JoinSet::new();
    for number in 0..senders {
        let address = address(&server);
        crowd.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("the server listens");
            let head = "POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nContent-Length: 400000\r\n\r\n";
            // One half are slow from the first byte of their head, the other from the first of their body.
            let begun = if number % 2 == 0 { 1 } else { head.len() };
            let (at_once, slowly) = head.split_at(begun);
            stream.write_all(at_once.as_bytes()).await.expect("the server takes connections");
            for byte in slowly.bytes().chain(std::iter::repeat(b' ')).take(seconds) {
                tokio::time::sleep(Duration::from_secs(1)).await;
                if stream.write_all(&[byte]).await.is_err() {
                    break;
                }
            }
        });
    }
    let bystander = Bystander::start(&server).await;
    while let Some(ended) = crowd.join_next().await {
        ended.expect("a slow sender fails at nothing");
    }
    assert_unharmed(server, bystander, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_connections_cost_little_and_can_still_be_used() {
    let count = long_or(20_000, 2_000);
    let count = count.min(allow_open_files(count + SPARE_FILES) - SPARE_FILES);
    println!("{count} idle connections");
    let server = options()
        .set("PRIMEDATA_HTTP__CONNECTIONS_MAX", count + 1_000)
        .set("PRIMEDATA_HTTP__HEADER_TIMEOUT_MS", 300_000)
        .start()
        .await;
    let mut idle = Vec::with_capacity(count);
    for _ in 0..count {
        idle.push(Connection::open(&server).await.expect("there is room for another connection"));
    }
    let bystander = Bystander::start(&server).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let used = 50;
    for (number, connection) in idle.iter_mut().step_by(count / used).take(used).enumerate() {
        let event = event(server.write_key(), &format!("idle-{number}"), 0);
        assert!(connection.post("/v1/track", &event).await.expect("it is still open").is_success());
    }
    assert_unharmed(server, bystander, used).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn floods_of_headers_end_by_themselves() {
    let senders = long_or(500, 40);
    let server = options().start().await;
    let bystander = Bystander::start(&server).await;
    let mut crowd = JoinSet::new();
    for number in 0..senders {
        let address = address(&server);
        crowd.spawn(async move {
            let mut stream = TcpStream::connect(address).await.expect("the server listens");
            // One half send header after header, the other one header without an end.
            let part = if number % 2 == 0 { format!("x-flood: {}\r\n", "y".repeat(100)) } else { "y".repeat(100) };
            let _ = stream.write_all(b"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nx-first: ").await;
            for _ in 0..1_000_000 {
                if stream.write_all(part.as_bytes()).await.is_err() {
                    return;
                }
            }
            panic!("a hundred megabytes of headers were taken");
        });
    }
    let ended = tokio::time::timeout(Duration::from_secs(30), async {
        while let Some(ended) = crowd.join_next().await {
            ended.expect("the server closes what floods it");
        }
    });
    ended.await.expect("floods are cut off");
    assert_unharmed(server, bystander, 0).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_come_and_go_hold_up_nobody() {
    let seconds = long_or(30, 3);
    let server = options().start().await;
    let bystander = Bystander::start(&server).await;
    let until = Instant::now() + Duration::from_secs(seconds);
    let mut crowd = JoinSet::new();
    for number in 0..16 {
        let (address, write_key) = (address(&server), server.write_key().to_owned());
        crowd.spawn(async move {
            let (mut sent, mut broken) = (0, 0);
            while Instant::now() < until {
                let mut connection = Connection::open_at(&address).await.expect("the server takes connections");
                // Some send their event and go, some go in the middle of a request, some without one.
                match (sent + broken) % 3 {
                    0 => broken += 1,
                    1 => {
                        let _ =
                            tokio::time::timeout(Duration::from_micros(50), connection.post("/v1/track", "{")).await;
                        broken += 1;
                    }
                    _ => {
                        let event = event(&write_key, &format!("restless-{number}-{sent}"), 0);
                        let answer = connection.post("/v1/track", &event).await.expect("a new sender is answered");
                        assert!(answer.is_success(), "{answer:?}");
                        sent += 1;
                    }
                }
                connection.reset();
            }
            (sent, broken)
        });
    }
    let outcomes = crowd.join_all().await;
    let (sent, broken) = outcomes.iter().fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1));
    println!("{} connections, {broken} of them broken off", sent + broken);
    assert!(sent > 100, "the crowd was too small to prove anything");
    assert_unharmed(server, bystander, sent).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sender_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let mut server = options().start().await;
    for cut in [1, 20, 90] {
        let mut stream = TcpStream::connect(address(&server)).await.unwrap();
        let body = event(server.write_key(), "cut", 0);
        let request =
            format!("POST /v1/track HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(&request.as_bytes()[..request.len() * cut / 100]).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    }
    let kept = stop_and_count(&mut server, 0).await;
    assert_eq!((kept.events.len(), kept.rejected.len()), (0, 0));
}
