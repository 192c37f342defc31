//! A request body taken apart into messages, without touching their text.

use std::borrow::Cow;

use thiserror::Error;

use crate::code::DiscardCode;
use crate::json::{Flaw, Kind, Tape, Value};
use crate::message::{Rejection, limits};
use crate::request::Endpoint;
use crate::salvage;
use crate::timestamp::Timestamp;

/// The messages of one request, in order, with what their batch says for all of them.
#[derive(Debug)]
pub struct RequestBody<'a> {
    /// One text for a body that is JSON; one for each piece of a body that was salvaged.
    texts: Vec<(&'a str, Tape)>,
    /// What stands around the messages: one envelope, or several where a device sent several bodies in one.
    envelopes: Vec<EnvelopePlaces<'a>>,
    items: Vec<Item<'a>>,
}

/// One message of a request, before it is looked into.
#[derive(Debug)]
pub struct Message<'b, 'a> {
    pub envelope: Envelope<'b, 'a>,
    /// As it stands in the body.
    pub raw: &'a [u8],
    /// Its JSON, or why it has none.
    pub value: Result<Value<'b, 'a>, Rejection>,
}

/// What a batch says for all its messages. A single message has an empty one.
#[derive(Clone, Copy, Debug, Default)]
pub struct Envelope<'b, 'a> {
    pub(crate) context: Option<Value<'b, 'a>>,
    pub(crate) integrations: Option<Value<'b, 'a>>,
    pub(crate) sent_at: Option<Timestamp>,
}

/// A value of one of the texts.
#[derive(Clone, Copy, Debug)]
struct Place {
    text: usize,
    entry: u32,
}

#[derive(Debug, Default)]
struct EnvelopePlaces<'a> {
    context: Option<Place>,
    integrations: Option<Place>,
    sent_at: Option<Timestamp>,
    write_key: Option<Cow<'a, str>>,
}

#[derive(Debug)]
struct Item<'a> {
    envelope: usize,
    raw: &'a [u8],
    value: Result<Place, Rejection>,
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
        match strict(body, endpoint) {
            Ok((text, tape)) => Self::of_strict(text, tape, endpoint),
            Err(malformed) => match endpoint {
                Endpoint::Single { .. } => Err(malformed),
                Endpoint::Batch { .. } => Self::of_salvaged(body).ok_or(malformed),
            },
        }
    }

    fn of_strict(text: &'a str, tape: Tape, endpoint: Endpoint) -> Result<Self, MalformedBody> {
        let root = tape.value(text, 0);
        if root.kind() != Kind::Object {
            return Err(NOT_OBJECT);
        }
        let place = |value: Value<'_, '_>| Place { text: 0, entry: value.entry_number() };
        let item = |value: Value<'_, 'a>| Item { envelope: 0, raw: value.raw().as_bytes(), value: Ok(place(value)) };
        let (envelope, items) = match endpoint {
            Endpoint::Single { .. } => {
                let write_key = root.get("writeKey").and_then(Value::string);
                (EnvelopePlaces { write_key, ..EnvelopePlaces::default() }, vec![item(root)])
            }
            Endpoint::Batch { .. } => {
                let mut envelope = EnvelopePlaces::default();
                let mut batch = None;
                for (name, value) in root.each_member() {
                    match name.unescaped().as_ref() {
                        "batch" => batch = Some(value),
                        name => envelope.take(name, value, place(value)),
                    }
                }
                let items = batch.and_then(Value::items).ok_or(NO_BATCH)?;
                (envelope, items.map(item).collect())
            }
        };
        Ok(Self { envelopes: vec![envelope], items, texts: vec![(text, tape)] })
    }

    fn of_salvaged(body: &'a [u8]) -> Option<Self> {
        let mut parsed = Self { texts: Vec::new(), envelopes: Vec::new(), items: Vec::new() };
        for salvaged in salvage::envelopes(body)? {
            let mut envelope = EnvelopePlaces::default();
            for (name, value) in &salvaged.members {
                let (Ok((name, name_tape)), Ok(place)) = (valid(name), parsed.piece(value)) else { continue };
                let Some(name) = name_tape.value(name, 0).string() else { continue };
                envelope.take(&name, parsed.value(place), place);
            }
            let at = parsed.envelopes.len();
            parsed.envelopes.push(envelope);
            for raw in salvaged.items {
                let value = parsed.piece(raw);
                parsed.items.push(Item { envelope: at, raw, value });
            }
        }
        Some(parsed)
    }

    /// Keeps a piece of a salvaged body, where it is valid by itself.
    fn piece(&mut self, bytes: &'a [u8]) -> Result<Place, Rejection> {
        self.texts.push(valid(bytes)?);
        Ok(Place { text: self.texts.len() - 1, entry: 0 })
    }

    fn value(&self, place: Place) -> Value<'_, 'a> {
        let (text, tape) = &self.texts[place.text];
        tape.value(text, place.entry)
    }

    /// The messages in the order they were sent. Beyond the limit of a batch each is refused.
    pub fn messages(&self) -> impl ExactSizeIterator<Item = Message<'_, 'a>> {
        self.items.iter().enumerate().map(|(index, item)| Message {
            envelope: self.envelope(&self.envelopes[item.envelope]),
            raw: item.raw,
            value: match &item.value {
                _ if index >= limits::BATCH_MESSAGES_MAX => Err(DiscardCode::TooManyMessages.into()),
                Ok(place) => Ok(self.value(*place)),
                Err(rejection) => Err(rejection.clone()),
            },
        })
    }

    fn envelope(&self, places: &EnvelopePlaces<'a>) -> Envelope<'_, 'a> {
        Envelope {
            context: places.context.map(|place| self.value(place)),
            integrations: places.integrations.map(|place| self.value(place)),
            sent_at: places.sent_at,
        }
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

impl<'a> EnvelopePlaces<'a> {
    /// Takes over a member; a repeated one replaces the one before, and `null` counts as absent.
    fn take(&mut self, name: &str, value: Value<'_, 'a>, place: Place) {
        match name {
            "context" => self.context = Some(place).filter(|_| value.kind() == Kind::Object),
            "integrations" => self.integrations = Some(place).filter(|_| value.kind() == Kind::Object),
            "sentAt" => self.sent_at = value.string().and_then(|text| Timestamp::parse(&text)),
            "writeKey" => self.write_key = value.string(),
            _ => {}
        }
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

/// The body as JSON with its tape. Envelope and batch stand around the messages of a batch.
fn strict(body: &[u8], endpoint: Endpoint) -> Result<(&str, Tape), MalformedBody> {
    let levels_max = match endpoint {
        Endpoint::Single { .. } => limits::NESTING_MAX,
        Endpoint::Batch { .. } => limits::NESTING_MAX + ENVELOPE_LEVELS,
    };
    let text = std::str::from_utf8(body).map_err(|_| NOT_JSON)?;
    let tape = Tape::read(text, levels_max).map_err(|flaw| match flaw {
        Flaw::NotJson => NOT_JSON,
        Flaw::TooDeep => TOO_DEEP,
    })?;
    Ok((text, tape))
}

/// The bytes as the text of one JSON value, or why they are none.
fn valid(bytes: &[u8]) -> Result<(&str, Tape), Rejection> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Rejection::new(DiscardCode::BadRequest, format!("not UTF-8 at byte {}", error.valid_up_to()))
    })?;
    let tape = Tape::read(text, limits::NESTING_MAX).map_err(|flaw| match flaw {
        Flaw::NotJson => Rejection::new(DiscardCode::BadRequest, "not valid JSON"),
        Flaw::TooDeep => DiscardCode::NestedTooDeeply.into(),
    })?;
    Ok((text, tape))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BATCH: Endpoint = Endpoint::Batch { client_side: false };

    fn messages(body: &str) -> Vec<Result<String, DiscardCode>> {
        let parsed = RequestBody::parse(body.as_bytes(), BATCH).expect(body);
        parsed
            .messages()
            .map(|message| message.value.map(|value| value.raw().to_owned()).map_err(|rejection| rejection.code))
            .collect()
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
        let codes: Vec<_> = parsed
            .messages()
            .map(|message| message.value.map(Value::raw).map_err(|rejection| rejection.code))
            .collect();
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
