//! A request body taken apart into messages, without touching their text.

use std::borrow::Cow;

use thiserror::Error;

use crate::code::DiscardCode;
use crate::json::{self, Kind};
use crate::message::{Rejection, limits};
use crate::request::Endpoint;
use crate::salvage;
use crate::timestamp::Timestamp;

/// The messages of one request, in order, with what their batch says for all of them.
#[derive(Debug)]
pub struct RequestBody<'a> {
    /// What stands around the messages: one envelope, or several where a device sent several bodies in one.
    pub envelopes: Vec<Envelope<'a>>,
    items: Vec<(usize, &'a [u8], Result<&'a str, Rejection>)>,
}

/// One message of a request, before it is looked into.
#[derive(Debug)]
pub struct Message<'b, 'a> {
    pub envelope: &'b Envelope<'a>,
    /// As it stands in the body.
    pub raw: &'a [u8],
    /// Its JSON text, or why it has none.
    pub text: Result<&'a str, Rejection>,
}

/// What a batch says for all its messages. A single message has an empty one.
#[derive(Clone, Debug, Default)]
pub struct Envelope<'a> {
    pub(crate) context: Vec<(Cow<'a, str>, &'a str)>,
    pub(crate) integrations: Vec<(Cow<'a, str>, &'a str)>,
    pub(crate) sent_at: Option<Timestamp>,
    write_key: Option<Cow<'a, str>>,
}

/// The body is no message and no batch, and holds nothing that could be salvaged.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct MalformedBody(pub &'static str);

const NOT_JSON: MalformedBody = MalformedBody("the body is not valid JSON in UTF-8; send one JSON object");
const NOT_OBJECT: MalformedBody = MalformedBody("the body is not a JSON object");
const NO_BATCH: MalformedBody = MalformedBody("the body has no `batch` array; send {\"batch\": [...]}");
const TOO_DEEP: MalformedBody = MalformedBody("objects and lists are nested more than 64 levels deep");

/// Envelope and batch stand around a message.
const ENVELOPE_LEVELS: usize = 2;

impl<'a> RequestBody<'a> {
    /// Takes a decompressed body apart.
    ///
    /// A batch that is not strictly JSON is taken apart by its braces instead (devices really send such): messages that
    /// are valid by themselves go on, the others are rejected one by one. What cannot be taken apart at all is malformed.
    pub fn parse(body: &'a [u8], endpoint: Endpoint) -> Result<Self, MalformedBody> {
        match strict_text(body, endpoint) {
            Ok(text) => Self::parse_strict(text, endpoint),
            Err(malformed) => match endpoint {
                Endpoint::Single { .. } => Err(malformed),
                Endpoint::Batch { .. } => Self::parse_salvaged(body).ok_or(malformed),
            },
        }
    }

    fn parse_strict(text: &'a str, endpoint: Endpoint) -> Result<Self, MalformedBody> {
        let text = text.trim();
        let members = json::members(text).ok_or(NOT_OBJECT)?;
        match endpoint {
            Endpoint::Single { .. } => {
                let write_key = find(&members, "writeKey").and_then(json::string);
                let envelope = Envelope { write_key, ..Envelope::default() };
                Ok(Self { envelopes: vec![envelope], items: vec![(0, text.as_bytes(), Ok(text))] })
            }
            Endpoint::Batch { .. } => {
                let items = find(&members, "batch").and_then(json::items).ok_or(NO_BATCH)?;
                let items = items.into_iter().map(|item| (0, item.as_bytes(), Ok(item))).collect();
                Ok(Self { envelopes: vec![Envelope::read(&members)], items })
            }
        }
    }

    fn parse_salvaged(body: &'a [u8]) -> Option<Self> {
        let mut parsed = Self { envelopes: Vec::new(), items: Vec::new() };
        for salvaged in salvage::envelopes(body)? {
            let members: Vec<_> = salvaged
                .members
                .iter()
                .filter_map(|(name, value)| Some((json::string(std::str::from_utf8(name).ok()?)?, valid(value).ok()?)))
                .collect();
            let at = parsed.envelopes.len();
            parsed.envelopes.push(Envelope::read(&members));
            parsed.items.extend(salvaged.items.into_iter().map(|item| (at, item, valid(item))));
        }
        Some(parsed)
    }

    /// The messages in the order they were sent. Beyond the limit of a batch each is refused.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_, 'a>> {
        self.items.iter().enumerate().map(|(index, (envelope, raw, text))| Message {
            envelope: &self.envelopes[*envelope],
            raw,
            text: match text {
                _ if index >= limits::BATCH_MESSAGES_MAX => Err(DiscardCode::TooManyMessages.into()),
                Ok(text) => Ok(*text),
                Err(rejection) => Err(rejection.clone()),
            },
        })
    }

    /// How many messages the request holds, good and bad.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The write key that stands in the body, of the first envelope that has one.
    pub fn write_key(&self) -> Option<&str> {
        self.envelopes.iter().find_map(|envelope| envelope.write_key.as_deref())
    }
}

/// The write key in a body that cannot be taken apart, so that its owner can be told: the text after the first
/// `"writeKey":`. A hint only; it authenticates nothing.
pub fn write_key_hint(body: &[u8]) -> Option<&str> {
    const NAME: &[u8] = b"\"writeKey\"";
    let after = &body[memchr::memmem::find(body, NAME)? + NAME.len()..];
    let after = after.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start().strip_prefix(b"\"")?;
    std::str::from_utf8(&after[..memchr::memchr(b'"', after)?]).ok()
}

impl<'a> Envelope<'a> {
    fn read(members: &[(Cow<'a, str>, &'a str)]) -> Self {
        let object = |name: &str| find(members, name).and_then(json::members).unwrap_or_default();
        Self {
            context: object("context"),
            integrations: object("integrations"),
            sent_at: find(members, "sentAt").and_then(json::string).and_then(|text| Timestamp::parse(&text)),
            write_key: find(members, "writeKey").and_then(json::string),
        }
    }
}

fn find<'a>(members: &[(Cow<'a, str>, &'a str)], name: &str) -> Option<&'a str> {
    members
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| *value)
        .filter(|value| json::kind(value) != Kind::Null)
}

fn strict_text(body: &[u8], endpoint: Endpoint) -> Result<&str, MalformedBody> {
    let levels_max = match endpoint {
        Endpoint::Single { .. } => limits::NESTING_MAX,
        Endpoint::Batch { .. } => limits::NESTING_MAX + ENVELOPE_LEVELS,
    };
    let text = std::str::from_utf8(body).map_err(|_| NOT_JSON)?;
    if json::nests_deeper_than(body, levels_max) {
        return Err(TOO_DEEP);
    }
    if json::is_valid(text) { Ok(text) } else { Err(NOT_JSON) }
}

/// The bytes as the text of one JSON value, or why they are none.
fn valid(bytes: &[u8]) -> Result<&str, Rejection> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Rejection::new(DiscardCode::BadRequest, format!("not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    if json::nests_deeper_than(bytes, limits::NESTING_MAX) {
        return Err(DiscardCode::NestedTooDeeply.into());
    }
    if !json::is_valid(text) {
        return Err(Rejection::new(DiscardCode::BadRequest, "not valid JSON"));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: Endpoint = Endpoint::Batch { client_side: false };

    fn messages(body: &str) -> Vec<Result<String, DiscardCode>> {
        let parsed = RequestBody::parse(body.as_bytes(), BATCH).expect(body);
        parsed.messages().map(|message| message.text.map(str::to_owned).map_err(|rejection| rejection.code)).collect()
    }

    #[test]
    fn a_batch_comes_apart_with_texts_untouched() {
        let body =
            r#" {"writeKey":"k1234","batch":[{"n":1.0e400} , {"s":"\u00e9]"}],"sentAt":"2020-01-01T00:00:00Z"} "#;
        let parsed = RequestBody::parse(body.as_bytes(), BATCH).unwrap();
        assert_eq!(parsed.write_key(), Some("k1234"));
        assert_eq!(messages(body), [Ok(r#"{"n":1.0e400}"#.into()), Ok(r#"{"s":"\u00e9]"}"#.into())]);
    }

    #[test]
    fn what_real_devices_send_is_salvaged() {
        let (one, two) = (r#"{"a":"},{\"]"}"#, r#"{"b":[1,{}]}"#);
        for body in [
            format!("{{\"batch\":[{one}\0,\0{two}],\"writeKey\":\"k1234\"}}"),
            format!("{{\"batch\":[,{one},{two}],\"writeKey\":\"k1234\"}}"),
            format!("{{\"batch\":[{one}{two}],\"writeKey\":\"k1234\"}}"),
            format!("{{\"batch\":[{one},,{two},],\"writeKey\":\"k1234\"}}"),
            format!("{{\"batch\":[{one}],\"writeKey\":\"k1234\"}}{{\"batch\":[{two}],\"writeKey\":\"k1234\"}}"),
            format!("{{\"batch\":[{one},{two}] \"writeKey\":\"k1234\"}}\0\0"),
        ] {
            assert_eq!(messages(&body), [Ok(one.to_owned()), Ok(two.to_owned())], "{body:?}");
            assert_eq!(RequestBody::parse(body.as_bytes(), BATCH).unwrap().write_key(), Some("k1234"), "{body:?}");
        }
        assert_eq!(messages(r#"{"batch":[,,]}"#), []);
    }

    #[test]
    fn one_bad_message_does_not_take_the_good_ones_with_it() {
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(70), "]".repeat(70));
        let body = format!("{{\"batch\":[{{\"a\":1}},{deep},{{\"a\" 1}},{{\"b\":2}}]}}");
        assert_eq!(
            messages(&body),
            [
                Ok(r#"{"a":1}"#.into()),
                Err(DiscardCode::NestedTooDeeply),
                Err(DiscardCode::BadRequest),
                Ok(r#"{"b":2}"#.into())
            ]
        );
        let mut bytes = br#"{"batch":[{"a":"?"},{"b":2}]}"#.to_vec();
        bytes[16] = 0xff;
        let parsed = RequestBody::parse(&bytes, BATCH).unwrap();
        let codes: Vec<_> = parsed.messages().map(|message| message.text.map_err(|rejection| rejection.code)).collect();
        assert_eq!(codes, [Err(DiscardCode::BadRequest), Ok(r#"{"b":2}"#)]);
    }

    #[test]
    fn what_is_no_batch_is_malformed() {
        for bad in [
            "",
            "x",
            "[]",
            "3",
            "null",
            "{",
            r#"{"batch":[{"a":1}"#,
            r#"{"batch":{}}"#,
            r#"{"a":1}"#,
            r#"{"batch":[{"a":1}]} trailing"#,
        ] {
            assert!(RequestBody::parse(bad.as_bytes(), BATCH).is_err(), "{bad:?}");
        }
        let abyss = "[".repeat(500_000);
        assert!(RequestBody::parse(abyss.as_bytes(), BATCH).is_err());
        assert!(RequestBody::parse(abyss.as_bytes(), Endpoint::Single { kind: None, client_side: true }).is_err());
    }

    #[test]
    fn the_write_key_of_a_broken_body_is_found_for_its_owner() {
        assert_eq!(write_key_hint(br#"{"writeKey" : "k1234","batch":[{"#), Some("k1234"));
        assert_eq!(write_key_hint(br#"{"batch":[{"#), None);
        assert_eq!(write_key_hint(br#"{"writeKey":"cut"#), None);
    }

    #[test]
    fn messages_beyond_the_limit_are_refused_each() {
        let body = format!("{{\"batch\":[{}{{}}]}}", "{},".repeat(2_501));
        let parsed = messages(&body);
        assert_eq!(parsed.len(), 2_502);
        assert!(parsed[2_499].is_ok());
        assert_eq!(parsed[2_500], Err(DiscardCode::TooManyMessages));
    }
}
