//! A request with several addresses goes to all, and the best answer counts.

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
    assert!(servers.iter().all(|server| server.requests() == 1));
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
