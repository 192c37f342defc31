//! Whatever a far side does, the exchange ends with a name for it.

use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use prime_destination::NoReply;
use prime_outbound::{Client, Resolver};
use std::sync::Arc;
use tokio::net::TcpListener;

use crate::house::{Names, Server, client, failure, options, private, send};

#[tokio::test]
async fn names_that_lead_nowhere_are_told_from_names_that_cannot_be_asked_for() {
    for (answer, expected) in [
        (Ok(Vec::new()), NoReply::NameNotFound),
        (Err(io::ErrorKind::NotFound.into()), NoReply::NameNotFound),
        (Err(io::ErrorKind::Other.into()), NoReply::NamesUnavailable),
    ] {
        let client = Client::with_resolver(options(private()), Names::new([answer])).unwrap();
        assert_eq!(failure(send(&client, "http://somewhere.test/").await), expected);
    }
}

#[tokio::test]
async fn a_lookup_that_never_ends_is_given_up() {
    struct Silence;
    impl Resolver for Silence {
        fn lookup(&self, _name: &str) -> prime_outbound::Lookup {
            Box::pin(std::future::pending())
        }
    }
    let client = Client::with_resolver(options(private()), Arc::new(Silence)).unwrap();
    assert_eq!(failure(send(&client, "http://somewhere.test/").await), NoReply::NamesUnavailable);
}

#[tokio::test]
async fn a_port_where_nobody_listens_refuses() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    assert_eq!(failure(send(&client(), &format!("http://{address}/")).await), NoReply::ConnectionRefused);
}

#[tokio::test]
async fn a_connection_that_ends_before_the_answer_was_reset() {
    for cut in ["", "HTTP/1.1 20", "HTTP/1.1 200 OK\r\nContent-Le"] {
        let server = Server::answering(cut).await;
        assert_eq!(failure(send(&client(), &server.url()).await), NoReply::ConnectionReset, "{cut:?}");
    }
}

#[tokio::test]
async fn an_answer_that_is_not_http_has_failed() {
    let server = Server::answering("220 mail.test ESMTP\r\n\r\n").await;
    assert_eq!(failure(send(&client(), &server.url()).await), NoReply::Failed);
}

#[tokio::test]
async fn tls_that_is_cut_or_answered_with_something_else_has_no_answer() {
    let cut = Server::answering("").await;
    let url = cut.url().replace("http://", "https://");
    assert_eq!(failure(send(&client(), &url).await), NoReply::ConnectionReset);
    let plain = Server::answering("HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let url = plain.url().replace("http://", "https://");
    assert_eq!(failure(send(&client(), &url).await), NoReply::TlsFailed);
}

#[tokio::test]
async fn silence_ends_with_the_time_allowed() {
    let server = Server::start(Ipv4Addr::LOCALHOST, vec![(Duration::from_secs(60), Vec::new())], false).await;
    let started = std::time::Instant::now();
    assert_eq!(failure(send(&client(), &server.url()).await), NoReply::TimedOut);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn no_failure_tells_the_url() {
    let names = Names::new([Ok(vec![IpAddr::from(Ipv4Addr::new(10, 0, 0, 1))])]);
    let client = Client::with_resolver(options(prime_outbound::Networks::public()), names).unwrap();
    let failure = failure(send(&client, "http://user:hunter2@inside.test/?token=hunter2").await);
    assert_eq!(failure, NoReply::AddressNotAllowed);
    assert!(failure.sentence().contains("deliver.allow_private_networks") && !failure.sentence().contains("hunter2"));
}
