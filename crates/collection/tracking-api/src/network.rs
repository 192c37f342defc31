//! Where a request comes from and by which address it reached us, proxies considered.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, header};

use crate::TrackingApiOptions;

/// The other end of the connection.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub SocketAddr);

impl TrackingApiOptions {
    fn trusts(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address.to_canonical()))
    }

    /// The sender's address: the connection's, or where that is a trusted proxy, the last address in
    /// `X-Forwarded-For` that is none.
    pub(crate) fn client(&self, peer: Option<Peer>, headers: &HeaderMap) -> Option<IpAddr> {
        let peer = peer?.0.ip().to_canonical();
        if !self.trusts(peer) {
            return Some(peer);
        }
        let forwarded = headers.get_all("x-forwarded-for");
        let hops: Vec<&str> =
            forwarded.iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(',')).collect();
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            client = address.to_canonical();
            if !self.trusts(client) {
                break;
            }
        }
        Some(client)
    }

    /// The address by which the sender reaches this server, without a slash at the end, as in `https://data.example.com`.
    pub(crate) fn base_url(&self, peer: Option<Peer>, headers: &HeaderMap, authority: Option<&str>) -> String {
        if !self.public_url.is_empty() {
            return self.public_url.clone();
        }
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(first_of);
        let trusted = peer.is_some_and(|peer| self.trusts(peer.0.ip()));
        let forwarded = |name: &str| if trusted { text(name) } else { None };
        let scheme = forwarded("x-forwarded-proto").filter(|scheme| *scheme == "https").unwrap_or("http");
        let host = forwarded("x-forwarded-host").or_else(|| text(header::HOST.as_str())).or(authority);
        format!("{scheme}://{}", host.unwrap_or("localhost"))
    }
}

fn first_of(list: &str) -> &str {
    list.split(',').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn options(public_url: &str) -> TrackingApiOptions {
        TrackingApiOptions {
            request_bytes_max: 1,
            in_flight_bytes_max: 1,
            body_timeout: Duration::ZERO,
            rate_limit: crate::RateLimit { messages_per_second: 0, burst: Duration::ZERO },
            wait_target: Duration::ZERO,
            public_url: public_url.to_owned(),
            tells_position: false,
            trusted_proxies: vec!["10.0.0.0/8".parse().unwrap(), "127.0.0.0/8".parse().unwrap()],
        }
    }

    fn peer(address: &str) -> Option<Peer> {
        Some(Peer(SocketAddr::new(address.parse().unwrap(), 1)))
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_trusted_proxies_speak_for_others() {
        let forwarded = headers(&[("x-forwarded-for", "1.1.1.1, 203.0.113.9, 10.1.1.1")]);
        let client = |from: &str| options("").client(peer(from), &forwarded).map(|address| address.to_string());
        assert_eq!(client("10.2.3.4").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("::ffff:10.2.3.4").as_deref(), Some("203.0.113.9"));
        assert_eq!(client("198.51.100.7").as_deref(), Some("198.51.100.7"));
        assert_eq!(options("").client(None, &forwarded), None);
    }

    #[test]
    fn the_base_address_is_the_configured_one_or_the_one_asked_for() {
        let asked =
            headers(&[("host", "a.example:8080"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "b.example")]);
        assert_eq!(options("https://c.example").base_url(None, &asked, None), "https://c.example");
        assert_eq!(options("").base_url(peer("127.0.0.1"), &asked, None), "https://b.example");
        assert_eq!(options("").base_url(peer("198.51.100.7"), &asked, None), "http://a.example:8080");
        assert_eq!(options("").base_url(None, &HeaderMap::new(), Some("d.example")), "http://d.example");
    }
}
