//! Connections are kept, answers are bounded.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::house::{Server, client, request, response, send};

fn answer(length: usize, body: &[u8]) -> Vec<u8> {
    let mut answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n").into_bytes();
    answer.extend_from_slice(body);
    answer
}

#[tokio::test]
async fn requests_to_one_host_share_a_connection() {
    let server = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::ZERO, answer(2, b"ok"))], true).await;
    let client = client();
    for _ in 0..20 {
        assert_eq!(response(send(&client, &server.url()).await).body, "ok");
    }
    assert_eq!((server.connections(), server.requests()), (1, 20));
}

#[tokio::test]
async fn no_more_of_an_answer_is_kept_than_was_agreed() {
    let body = vec![b'x'; 100_000];
    let server = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::ZERO, answer(body.len(), &body))], false).await;
    let response = response(send(&client(), &server.url()).await);
    assert_eq!((response.status.as_u16(), response.body.len()), (200, 1000));
}

#[tokio::test]
async fn an_answer_that_trickles_or_breaks_off_is_taken_as_far_as_it_came() {
    let mut slow = vec![(Duration::ZERO, answer(100, b""))];
    slow.extend((0..100).map(|_| (Duration::from_millis(100), b"x".to_vec())));
    let server = Server::start(Ipv4Addr::LOCALHOST, slow, false).await;
    let started = std::time::Instant::now();
    let trickled = response(send(&client(), &server.url()).await);
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(trickled.status == 200 && (1..100).contains(&trickled.body.len()), "{trickled:?}");

    let server = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::ZERO, answer(100, b"half"))], false).await;
    assert_eq!(response(send(&client(), &server.url()).await).body, "half");
}

#[tokio::test]
async fn a_request_may_have_a_time_of_its_own() {
    let script = vec![(Duration::from_millis(600), answer(0, b""))];
    let server = Server::start(Ipv4Addr::LOCALHOST, script, false).await;
    let mut patient = request(&server.url());
    patient.timeout = Some(Duration::from_secs(10));
    assert_eq!(response(client().send(patient).await.reply).status, 200);
}
