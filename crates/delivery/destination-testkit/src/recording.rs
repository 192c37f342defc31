use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use prime_destination::{Reply, Response};

/// One exchange: the events that were sent and what the far side answered. Without secrets, as it stands in the tree.
#[derive(Clone, Copy, Debug)]
pub struct Recording {
    pub name: &'static str,
    /// The payloads, each a JSON object.
    pub events: &'static [&'static str],
    pub status: u16,
    pub headers: &'static [(&'static str, &'static str)],
    /// `{key:0}` stands for the idempotency key of the first event, and so on.
    pub body: &'static str,
}

impl Recording {
    /// The answer, with the keys of the events put in.
    pub(crate) fn reply(&self, keys: &[String]) -> Reply {
        let mut body = self.body.to_owned();
        for (place, key) in keys.iter().enumerate() {
            body = body.replace(&format!("{{key:{place}}}"), key);
        }
        let headers =
            self.headers.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        Reply::Response(Response {
            status: StatusCode::from_u16(self.status).expect("a recording has an HTTP status"),
            headers: HeaderMap::from_iter(headers),
            body: Bytes::from(body),
        })
    }
}
