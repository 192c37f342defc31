//! A new process takes over from the old one, and nobody who sends notices.

use std::collections::HashSet;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use prime_event::EventHead;
use prime_testkit::{Server, ServerOptions, read_events};

/// Half of the senders keep their connection; half make a new one for each request.
const SENDERS: usize = 16;
const HANDOVERS: usize = 3;

#[tokio::test(flavor = "multi_thread")]
async fn senders_do_not_notice_that_one_process_hands_over_to_the_next() {
    let binary = env!("CARGO_BIN_EXE_primedata");
    let mut server = ServerOptions::new(binary).start().await;
    let stop = Arc::new(AtomicBool::new(false));
    let senders: Vec<_> =
        (0..SENDERS).map(|number| tokio::spawn(send(address(&server), number, stop.clone()))).collect();
    let (pid, mut token) = (server.pid(), server.node.token.clone());
    for _ in 0..HANDOVERS {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let begun = Instant::now();
        let mut restart = Command::new(binary);
        restart.arg("restart").arg("--data-dir").arg(server.data_dir()).stdout(Stdio::null());
        let status = tokio::task::spawn_blocking(move || restart.status()).await;
        assert!(status.unwrap().unwrap().success());
        println!("handed over in {:?}", begun.elapsed());
        let announced = prime_node::Announcement::read(server.data_dir()).unwrap();
        assert_eq!(announced.pid, pid, "service managers watch the process by its id");
        assert_ne!(announced.token, token, "this is a new run");
        token = announced.token;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    stop.store(true, Ordering::Relaxed);
    let (mut acknowledged, mut slowest) = (Vec::new(), Duration::ZERO);
    for sender in senders {
        let (ids, wait) = sender.await.unwrap();
        acknowledged.extend(ids);
        slowest = slowest.max(wait);
    }
    assert!(server.stop().await.success());
    let events = read_events(server.data_dir()).await;
    let ids: HashSet<_> = events.iter().map(|event| message_id(&event.payload)).collect();
    println!("{} acknowledged, the slowest answer took {slowest:?}", acknowledged.len());
    assert!(acknowledged.len() > 500, "the load was too small to prove anything");
    assert_eq!(ids.len(), events.len(), "nothing stands there twice");
    assert!(acknowledged.iter().all(|id| ids.contains(id)), "what was acknowledged is there");
    assert_eq!(acknowledged.len(), events.len(), "and nothing else");
}

fn address(server: &Server) -> (String, String) {
    (format!("{}/v1/track", server.url()), server.write_key().to_owned())
}

/// Sends until told to stop, and takes nothing but success for an answer. The ids that were acknowledged, and the longest
/// wait for an answer.
async fn send((url, key): (String, String), sender: usize, stop: Arc<AtomicBool>) -> (Vec<String>, Duration) {
    let keeps_connection = sender.is_multiple_of(2);
    let per_host = if keeps_connection { 1 } else { 0 };
    let client = reqwest::Client::builder().pool_max_idle_per_host(per_host).build().unwrap();
    let (mut acknowledged, mut slowest) = (Vec::new(), Duration::ZERO);
    while !stop.load(Ordering::Relaxed) {
        let id = format!("message-{sender}-{}", acknowledged.len());
        let body = format!(r#"{{"messageId":"{id}","userId":"user-{sender}","event":"Sent"}}"#);
        let begun = Instant::now();
        let answer = client.post(&url).basic_auth(&key, Some("")).body(body).send().await;
        let answer = answer.unwrap_or_else(|error| panic!("{id}: {error:?}"));
        assert_eq!(answer.status(), 200, "{id}");
        slowest = slowest.max(begun.elapsed());
        acknowledged.push(id);
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    (acknowledged, slowest)
}

fn message_id(payload: &[u8]) -> String {
    EventHead::read(payload).expect("an event").message_id.expect("every event has an id")
}
