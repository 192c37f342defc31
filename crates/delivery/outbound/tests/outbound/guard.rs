//! What must not be reached is not connected to.

use std::net::{IpAddr, Ipv4Addr};

use prime_destination::NoReply;
use prime_outbound::{Client, Networks};
use tokio::net::TcpListener;

use crate::house::{Names, Server, client, failure, options, response, send};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
/// Stands for the public internet: the one address that these tests allow by name.
const OUTSIDE: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn outside_only() -> Networks {
    Networks { allow_private: false, allowed: vec!["127.0.0.2/32".parse().unwrap()] }
}

#[tokio::test]
async fn an_address_of_this_machine_is_refused_in_every_disguise_and_never_connected_to() {
    let server = Server::answering(OK).await;
    let guarded = Client::new(options(Networks::public())).unwrap();
    let port = server.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "localhost",
        "LOCALHOST",
    ] {
        let reply = send(&guarded, &format!("http://{host}:{port}/")).await;
        assert_eq!(failure(reply), NoReply::AddressNotAllowed, "{host}");
    }
    // Whether this spelling has an address is up to the machine; there is no answer either way.
    failure(send(&guarded, &format!("http://localhost.:{port}/")).await);
    assert_eq!(server.connections(), 0);
    assert_eq!(response(send(&client(), &server.url()).await).status, 200);
}

#[tokio::test]
async fn a_name_that_turns_inward_after_it_was_judged_leads_nowhere() {
    let outside = Server::answering_on(OUTSIDE, OK).await;
    let inside = TcpListener::bind((Ipv4Addr::LOCALHOST, outside.address.port())).await.unwrap();
    let inside = Server::on(inside, vec![(std::time::Duration::ZERO, OK.into())], false);
    let names = Names::new([Ok(vec![IpAddr::from(OUTSIDE)]), Ok(vec![IpAddr::from(Ipv4Addr::LOCALHOST)])]);
    let client = Client::with_resolver(options(outside_only()), names).unwrap();
    let url = format!("http://rebinding.test:{}/", outside.address.port());
    assert_eq!(response(send(&client, &url).await).status, 200);
    for _ in 0..3 {
        assert_eq!(failure(send(&client, &url).await), NoReply::AddressNotAllowed);
    }
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn of_a_names_addresses_only_those_that_may_be_reached_are_tried() {
    let outside = Server::answering_on(OUTSIDE, OK).await;
    let inside = TcpListener::bind((Ipv4Addr::LOCALHOST, outside.address.port())).await.unwrap();
    let inside = Server::on(inside, vec![(std::time::Duration::ZERO, OK.into())], false);
    let names = Names::new([Ok(vec![IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(OUTSIDE)])]);
    let client = Client::with_resolver(options(outside_only()), names).unwrap();
    let url = format!("http://both.test:{}/", outside.address.port());
    assert_eq!(response(send(&client, &url).await).status, 200);
    assert_eq!((outside.connections(), inside.connections()), (1, 0));
}

#[tokio::test]
async fn a_redirect_inward_is_an_answer_and_not_followed() {
    let inside = Server::answering(OK).await;
    let location =
        format!("HTTP/1.1 307 Temporary Redirect\r\nLocation: {}\r\nContent-Length: 0\r\n\r\n", inside.url());
    let outside = Server::answering_on(OUTSIDE, &location).await;
    let client = Client::new(options(outside_only())).unwrap();
    assert_eq!(response(send(&client, &outside.url()).await).status, 307);
    assert_eq!(inside.connections(), 0);
}

#[tokio::test]
async fn metadata_services_stay_out_of_reach_where_private_networks_are_allowed() {
    for host in ["169.254.169.254", "100.100.100.200", "[fd00:ec2::254]", "[::ffff:169.254.169.254]"] {
        assert_eq!(failure(send(&client(), &format!("http://{host}/latest")).await), NoReply::AddressNotAllowed);
    }
}
