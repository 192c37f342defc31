//! A request as it goes out, and how it may be shown.

use std::time::Duration;

use bytes::Bytes;
use http::header::LOCATION;
use http::{HeaderMap, Method};
use url::Url;

/// Stands wherever a secret was.
pub const MASK: &str = "********";

/// One request to a destination, complete but for what the connection itself adds (`Host`, `Content-Length`).
///
/// Header values that are credentials are marked sensitive.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    pub method: Method,
    pub url: Url,
    /// Further addresses that get the same request at the same time. One success among all is the reply that is judged;
    /// without one it is a failure that may pass, if there is any, and else the first address's.
    pub also: Vec<Url>,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// How long the far side may take, where that is not what the engine allows anyway.
    pub timeout: Option<Duration>,
}

impl OutboundRequest {
    /// A request to one address, within the engine's own time.
    pub fn new(method: Method, url: Url, headers: HeaderMap, body: Bytes) -> Self {
        Self { method, url, also: Vec::new(), headers, body, timeout: None }
    }

    /// The URL without what may be a credential: the password, a name without one, and query values under telling names.
    pub fn masked_url(&self) -> String {
        masked_url(self.url.clone())
    }

    /// Name and value of each header, the sensitive and telling ones masked.
    pub fn masked_headers(&self) -> impl Iterator<Item = (&str, String)> {
        self.headers.iter().map(|(name, value)| {
            let hidden = value.is_sensitive() || names_a_secret(name.as_str());
            let shown = if hidden { MASK.to_owned() } else { String::from_utf8_lossy(value.as_bytes()).into_owned() };
            (name.as_str(), shown)
        })
    }
}

/// Name and value of each header of an answer, the telling ones masked, and credentials in the address that it leads to, too.
pub(crate) fn masked_answer(headers: &HeaderMap) -> impl Iterator<Item = (&str, String)> {
    headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes());
        let shown = match name {
            _ if names_a_secret(name.as_str()) => MASK.to_owned(),
            name if *name != LOCATION => value.into_owned(),
            _ => match Url::parse(&value) {
                Ok(url) => masked_url(url),
                Err(_) => value.split(['?', '#']).next().unwrap_or_default().to_owned(),
            },
        };
        (name.as_str(), shown)
    })
}

pub(crate) fn masked_url(mut url: Url) -> String {
    if url.password().is_some() {
        let _ = url.set_password(Some(MASK));
    } else if !url.username().is_empty() {
        let _ = url.set_username(MASK);
    }
    if url.query_pairs().any(|(name, _)| names_a_secret(&name)) {
        let pairs: Vec<_> = url.query_pairs().into_owned().collect();
        let mut masked = url.query_pairs_mut();
        masked.clear();
        for (name, value) in &pairs {
            masked.append_pair(name, if names_a_secret(name) { MASK } else { value });
        }
    }
    url.into()
}

/// Whether a name says that its value is a credential. Errs towards hiding; an idempotency key opens nothing.
pub fn names_a_secret(name: &str) -> bool {
    const TELLING: [&str; 8] = ["auth", "cookie", "token", "secret", "password", "credential", "signature", "apikey"];
    let name = name.to_ascii_lowercase().replace('_', "-");
    if name == "idempotency-key" {
        return false;
    }
    name == "sig" || name.split('-').any(|word| word == "key") || TELLING.iter().any(|telling| name.contains(telling))
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    fn request(url: &str) -> OutboundRequest {
        OutboundRequest::new(Method::POST, url.parse().unwrap(), HeaderMap::new(), Bytes::new())
    }

    #[test]
    fn credentials_in_a_url_are_never_shown() {
        let shown = request("https://me:hunter2@example.com/in?api_key=hunter2&plan=pro&Token=hunter2").masked_url();
        assert_eq!(shown, "https://me:********@example.com/in?api_key=********&plan=pro&Token=********");
        assert_eq!(request("https://hunter2@example.com/in").masked_url(), "https://********@example.com/in");
        assert_eq!(request("https://example.com/in?a=%20b").masked_url(), "https://example.com/in?a=%20b");
    }

    #[test]
    fn credentials_in_an_answer_are_never_shown() {
        let shown = |name: &'static str, value: &'static str| {
            let headers = HeaderMap::from_iter([(HeaderName::from_static(name), HeaderValue::from_static(value))]);
            masked_answer(&headers).next().unwrap().1
        };
        assert_eq!(shown("set-cookie", "session=hunter2"), MASK);
        assert_eq!(shown("authorization", "Bearer hunter2"), MASK);
        assert_eq!(shown("retry-after", "30"), "30");
        assert_eq!(shown("location", "https://a.test/in?token=hunter2&a=1"), "https://a.test/in?token=********&a=1");
        assert_eq!(shown("location", "/in?token=hunter2"), "/in");
    }

    #[test]
    fn sensitive_headers_are_never_shown() {
        let mut request = request("https://example.com");
        request.headers.insert("content-type", HeaderValue::from_static("application/json"));
        request.headers.insert("x-api-key", HeaderValue::from_static("hunter2"));
        let mut marked = HeaderValue::from_static("hunter2");
        marked.set_sensitive(true);
        request.headers.insert("x-plain", marked);
        let shown: Vec<_> = request.masked_headers().collect();
        assert_eq!(shown[0], ("content-type", "application/json".to_owned()));
        assert!(shown[1..].iter().all(|(_, value)| value == MASK));
    }
}
