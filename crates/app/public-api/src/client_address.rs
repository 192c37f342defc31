//! Who is on the other side of the connection, as far as proxies can be trusted.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use http::request::Parts;
use prime_runtime::HttpConfig;

/// The address that the request came from: of the connection, or what a trusted proxy says in `X-Forwarded-For`.
pub(crate) fn client_address(parts: &Parts, http: &HttpConfig) -> Option<IpAddr> {
    let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>()?.0.ip();
    if !http.is_trusted_proxy(peer) {
        return Some(peer);
    }
    let forwarded = parts.headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<IpAddr> =
        forwarded.flat_map(|list| list.split(',')).filter_map(|hop| hop.trim().parse().ok()).collect();
    // From the nearest hop outwards; the first that we do not trust is the one whose word counts no further.
    let outermost = hops.iter().rev().copied().find(|hop| !http.is_trusted_proxy(*hop));
    Some(outermost.or_else(|| hops.first().copied()).unwrap_or(peer))
}

/// Whether the person's connection is encrypted: by the public address, or by what a trusted proxy says.
pub(crate) fn is_encrypted(parts: &Parts, http: &HttpConfig, public_url: &str) -> bool {
    let by_proxy = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .filter(|peer| http.is_trusted_proxy(peer.0.ip()))
        .and_then(|_| parts.headers.get("x-forwarded-proto")?.to_str().ok());
    match by_proxy {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => public_url.starts_with("https://"),
    }
}

#[cfg(test)]
mod tests {
    use prime_runtime::Config;

    use super::*;

    fn seen(peer: &str, forwarded: &str) -> String {
        let mut http = Config::defaults().http;
        http.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        let request = http::Request::builder().header("x-forwarded-for", forwarded);
        let (mut parts, ()) = request.body(()).unwrap().into_parts();
        parts.extensions.insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        client_address(&parts, &http).unwrap().to_string()
    }

    #[test]
    fn only_trusted_proxies_may_say_who_is_behind_them() {
        assert_eq!(seen("203.0.113.9", "198.51.100.1"), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "198.51.100.1"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "1.2.3.4, 198.51.100.1, 10.0.0.2"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", "nonsense"), "10.0.0.1");
    }
}
