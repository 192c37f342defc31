//! A request with several addresses goes to all, and the best answer counts.

use std::net::Ipv4Addr;
use std::time::Duration;

use crate::house::{Server, client, request};
use prime_destination::{NoReply, Reply};

async fn best_of(statuses: &[u16]) -> (Reply, Vec<Server>) {
    let mut servers = Vec::new();
    for status in statuses {
        servers.push(Server::answering(&format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\n\r\n")).await);
    }
    let mut request = request(&servers[0].url());
    request.also = servers[1..].iter().map(|server| server.url().parse().unwrap()).collect();
    (client().send(request).await.reply, servers)
}

#[tokio::test]
async fn one_success_is_a_success_and_every_address_got_the_request() {
    let (reply, servers) = best_of(&[500, 404, 204]).await;
    assert!(matches!(reply, Reply::Response(response) if response.status == 204));
    for server in servers {
        for _ in 0..1_000 {
            if server.requests() == 1 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(server.requests(), 1);
    }
}

#[tokio::test]
async fn nobody_waits_for_an_address_that_hangs_once_another_has_taken_it() {
    let taken = b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n".to_vec();
    let late = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::from_secs(3), taken.clone())], false).await;
    let prompt = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::from_millis(100), taken)], false).await;
    let mut request = request(&late.url());
    request.timeout = Some(Duration::from_secs(30));
    request.also = vec![prompt.url().parse().unwrap()];
    let exchange = client().send(request).await;
    assert!(matches!(exchange.reply, Reply::Response(response) if response.status == 200));
    assert_eq!(exchange.from.map(|url| url.to_string()), Some(prompt.url()), "it is told who has taken it");
    assert!(exchange.latency < Duration::from_secs(2), "{:?}", exchange.latency);
    assert_eq!(late.requests(), 1, "it was sent to both");
}

#[tokio::test]
async fn without_a_success_a_failure_that_may_pass_counts_before_one_that_will_not() {
    let (reply, _servers) = best_of(&[404, 503, 400]).await;
    assert!(matches!(reply, Reply::Response(response) if response.status == 503));
    let (reply, _servers) = best_of(&[404, 400]).await;
    assert!(matches!(reply, Reply::Response(response) if response.status == 404));
}

#[tokio::test]
async fn addresses_that_may_not_be_reached_do_not_spoil_the_others() {
    let server = Server::answering("HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n").await;
    let mut request = request("http://169.254.169.254/");
    request.also = vec![server.url().parse().unwrap()];
    assert!(matches!(client().send(request.clone()).await.reply, Reply::Response(_)));
    request.also.clear();
    assert!(matches!(client().send(request).await.reply, Reply::None(NoReply::AddressNotAllowed)));
}
