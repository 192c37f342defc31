//! What networks and far sides do to an exchange.

use bytes::Bytes;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderValue, StatusCode};
use prime_destination::{NoReply, Reply, Response};
use serde_json::{Value, json};

/// Replies that come in place of the recorded one, in turn; after them the far side answers as recorded.
pub(crate) struct Mutation {
    pub(crate) name: String,
    pub(crate) replies: Vec<Reply>,
}

/// Every status that servers and what stands before them are known to answer, and some that nobody should.
const STATUSES: [u16; 40] = [
    200, 201, 202, 204, 206, 207, 300, 301, 302, 304, 307, 308, 400, 401, 402, 403, 404, 405, 406, 408, 409, 410, 411,
    413, 414, 415, 418, 422, 423, 425, 428, 431, 451, 500, 501, 502, 504, 520, 599, 999,
];

const FAILURES: [NoReply; 9] = [
    NoReply::TimedOut,
    NoReply::NameNotFound,
    NoReply::NamesUnavailable,
    NoReply::ConnectionRefused,
    NoReply::ConnectionReset,
    NoReply::Unreachable,
    NoReply::TlsFailed,
    NoReply::AddressNotAllowed,
    NoReply::Failed,
];

const RETRY_AFTERS: [&str; 8] =
    ["0", "1", "3600", "99999999999999999999", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", "Sat, 32 Foo 2026"];

const BODIES: [&[u8]; 16] = [
    b"",
    b"null",
    b"0",
    b"1",
    b"-1",
    b"1e999",
    b"true",
    b"\"\"",
    b"[]",
    b"{}",
    b"{",
    b"\xff\xfe\x00",
    b"<html><body><h1>502 Bad Gateway</h1></body></html>",
    b"{\"a\":1}{\"a\":2}",
    b"\xef\xbb\xbf{}",
    b"{\"error\":{\"error\":{\"error\":[]}}}",
];

/// All mutations of a reply, the unchanged one first.
pub(crate) fn of(recorded: &Reply) -> Vec<Mutation> {
    let mut all = vec![once("as recorded", recorded.clone())];
    all.extend(FAILURES.map(|failure| once(format!("{failure:?}"), Reply::None(failure))));
    all.push(Mutation {
        name: "every failure of the network in turn".into(),
        replies: FAILURES.map(Reply::None).into(),
    });
    let Reply::Response(response) = recorded else { return all };
    all.extend(
        STATUSES.map(|status| once(format!("status {status}"), with(response, status, None, response.body.clone()))),
    );
    all.extend(RETRY_AFTERS.map(|pause| {
        let storm = vec![with(response, 429, Some(pause), Bytes::from_static(b"{\"error\":\"slow down\"}")); 5];
        Mutation { name: format!("a storm of 429 with Retry-After {pause:?}"), replies: storm }
    }));
    for status in [200, response.status.as_u16(), 400, 500] {
        all.extend(BODIES.iter().map(|body| {
            let name = format!("status {status} with the body {:?}", String::from_utf8_lossy(body));
            once(name, with(response, status, None, Bytes::from_static(body)))
        }));
    }
    all.push(once("a body of a thousand open brackets", same(response, vec![b'['; 1000].into())));
    let length = response.body.len();
    // Slow bytes and broken connections: the answer as far as it came.
    for cut in (0..16).map(|part| length * part / 16).chain([length.saturating_sub(1)]) {
        all.push(once(format!("the body cut after {cut} bytes"), same(response, response.body.slice(..cut))));
    }
    for place in (0..16).map(|part| length * part / 16).filter(|place| *place < length) {
        let mut broken = response.body.to_vec();
        broken[place] ^= 0x5a;
        all.push(once(format!("byte {place} of the body changed"), same(response, broken.into())));
    }
    if let Ok(value) = serde_json::from_slice::<Value>(&response.body) {
        for (name, changed) in changed_values(&value) {
            all.push(once(name, same(response, changed.to_string().into())));
        }
    }
    all
}

/// The value with each of its parts taken away, and replaced by values of other kinds.
fn changed_values(value: &Value) -> Vec<(String, Value)> {
    let mut paths = Vec::new();
    collect(value, String::new(), &mut paths);
    let others = [
        json!(null),
        json!(0),
        json!(-1),
        json!(u64::MAX),
        json!("x"),
        json!([]),
        json!({}),
        json!([[1]]),
        json!(true),
    ];
    let mut changed = Vec::new();
    for path in paths {
        for other in &others {
            let mut copy = value.clone();
            if let Some(part) = copy.pointer_mut(&path) {
                *part = other.clone();
            }
            changed.push((format!("{path} is {other}"), copy));
        }
        let mut copy = value.clone();
        if let Some((parent, name)) = path.rsplit_once('/')
            && let Some(Value::Object(members)) = copy.pointer_mut(parent)
        {
            members.remove(name);
            changed.push((format!("{path} is absent"), copy));
        }
    }
    changed
}

fn collect(value: &Value, path: String, paths: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, member)| collect(member, format!("{path}/{name}"), paths));
        }
        Value::Array(elements) => {
            elements.iter().enumerate().for_each(|(place, element)| collect(element, format!("{path}/{place}"), paths));
        }
        _ => {}
    }
    paths.push(path);
}

fn once(name: impl Into<String>, reply: Reply) -> Mutation {
    Mutation { name: name.into(), replies: vec![reply] }
}

fn same(response: &Response, body: Bytes) -> Reply {
    Reply::Response(Response { body, ..response.clone() })
}

fn with(response: &Response, status: u16, retry_after: Option<&'static str>, body: Bytes) -> Reply {
    let mut headers: HeaderMap = response.headers.clone();
    if let Some(text) = retry_after {
        headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
    }
    let status = StatusCode::from_u16(status).expect("these are HTTP statuses");
    Reply::Response(Response { status, headers, body })
}
