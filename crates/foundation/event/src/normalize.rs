//! From a message as it was sent to an event as everyone downstream reads it.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::body::Envelope;
use crate::code::DiscardCode;
use crate::context::{Context, over_inherited, write_members};
use crate::id::SourceId;
use crate::json::{self, Kind, Members, Value};
use crate::message::{MessageType, Rejection, limits};
use crate::request::{Endpoint, RequestId};
use crate::timestamp::Timestamp;

/// What the server knows of a message: everything it needs beside the text.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    pub request: RequestId,
    /// Place of the message in its request.
    pub index: u32,
    pub received_at: Timestamp,
    pub endpoint: Endpoint,
    pub client: Option<IpAddr>,
    pub source: &'a SourceId,
}

/// A message in its final form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Normalized {
    pub facts: MessageFacts,
    /// One JSON object on one line. Every value the sender wrote keeps its text: digits of numbers, escapes, order.
    pub payload: Vec<u8>,
}

/// What the stages after this one ask of a message first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageFacts {
    pub kind: MessageType,
    pub message_id: String,
    /// When it happened by the sender's own clock, where the sender said so. A message sent again says the same.
    pub original_timestamp: Option<Timestamp>,
}

/// Checks a message by the tracking contract and puts it into its final form. Equal input gives equal output.
///
/// - `type` is the path's, where the path names one;
/// - `null` ids, names and ids of messages count as absent, PHP's `[]` as an empty object;
/// - the batch's context and integrations fill in what the message's own leave open;
/// - `messageId` is made from the request where absent;
/// - `timestamp` becomes `receivedAt - (sentAt - timestamp)`, the sender's own stays in `originalTimestamp`;
/// - `writeKey` is taken out, `receivedAt` and `projectId` are put in;
/// - escaped surrogates without a partner become U+FFFD.
pub fn normalize<'b, 'a>(
    message: Value<'b, 'a>,
    envelope: &Envelope<'b, 'a>,
    arrival: &Arrival<'_>,
) -> Result<Normalized, Rejection> {
    let mut payload = Vec::with_capacity(message.raw().len() + 256);
    let facts = normalize_into(message, envelope, arrival, &mut payload)?;
    Ok(Normalized { facts, payload })
}

/// As [`normalize`], with the payload put behind what `out` holds. A rejected message leaves nothing there.
pub fn normalize_into<'b, 'a>(
    message: Value<'b, 'a>,
    envelope: &Envelope<'b, 'a>,
    arrival: &Arrival<'_>,
    out: &mut Vec<u8>,
) -> Result<MessageFacts, Rejection> {
    let bytes = message.raw().len();
    if bytes > limits::MESSAGE_BYTES_MAX {
        let detail = format!("{bytes} bytes");
        return Err(Rejection::new(DiscardCode::MessageTooLarge, detail));
    }
    let fields = Fields::read(message)?;
    let kind = fields.kind(arrival.endpoint)?;
    fields.check_ids(kind)?;
    fields.check_type_rules(kind)?;
    let message_id = fields.message_id(arrival)?;
    let mut context = Context::merge(fields.context, envelope)?;
    context.check()?;
    context.fill_ip(arrival);
    let integrations = fields.integrations(envelope)?;

    let mut out = Writer::behind(out);
    out.text("type", kind.as_str());
    out.text("messageId", &message_id);
    for (name, raw) in fields.kept() {
        out.raw(name, raw);
    }
    match fields.channel {
        Some(channel) => out.raw("channel", channel.raw()),
        None => context.channel(arrival).into_iter().for_each(|channel| out.text("channel", channel)),
    }
    out.name("context");
    context.write(out.bytes);
    out.name("integrations");
    write_members(out.bytes, &integrations);
    let original_timestamp = fields.write_times(&mut out, envelope, arrival.received_at);
    out.text("projectId", arrival.source.as_str());
    if out.written() > limits::EVENT_BYTES_MAX {
        out.take_back();
        return Err(Rejection::new(DiscardCode::MessageTooLarge, "with what its batch says for all messages"));
    }
    out.finish();
    Ok(MessageFacts { kind, message_id, original_timestamp })
}

/// The members of a message that the rules speak of; absent where null.
#[derive(Debug, Default)]
struct Fields<'b, 'a> {
    kind: Option<Value<'b, 'a>>,
    message_id: Option<Value<'b, 'a>>,
    user_id: Option<Value<'b, 'a>>,
    anonymous_id: Option<Value<'b, 'a>>,
    group_id: Option<Value<'b, 'a>>,
    previous_id: Option<Value<'b, 'a>>,
    event: Option<Value<'b, 'a>>,
    name: Option<Value<'b, 'a>>,
    category: Option<Value<'b, 'a>>,
    properties: Option<Value<'b, 'a>>,
    traits: Option<Value<'b, 'a>>,
    context: Option<Value<'b, 'a>>,
    integrations: Option<Value<'b, 'a>>,
    channel: Option<Value<'b, 'a>>,
    timestamp: Option<Value<'b, 'a>>,
    original_timestamp: Option<Value<'b, 'a>>,
    sent_at: Option<Value<'b, 'a>>,
    /// Members the rules do not speak of, null or not.
    others: Members<'b, 'a>,
}

impl<'b, 'a> Fields<'b, 'a> {
    fn read(message: Value<'b, 'a>) -> Result<Self, Rejection> {
        let members = message.members().ok_or(DiscardCode::MessageNotObject)?;
        let mut fields = Self::default();
        for (name, value) in members {
            let slot = match name.as_ref() {
                "type" => &mut fields.kind,
                "messageId" => &mut fields.message_id,
                "userId" => &mut fields.user_id,
                "anonymousId" => &mut fields.anonymous_id,
                "groupId" => &mut fields.group_id,
                "previousId" => &mut fields.previous_id,
                "event" => &mut fields.event,
                "name" => &mut fields.name,
                "category" => &mut fields.category,
                "properties" => &mut fields.properties,
                "traits" => &mut fields.traits,
                "context" => &mut fields.context,
                "integrations" => &mut fields.integrations,
                "channel" => &mut fields.channel,
                "timestamp" => &mut fields.timestamp,
                "originalTimestamp" => &mut fields.original_timestamp,
                "sentAt" => &mut fields.sent_at,
                "writeKey" | "receivedAt" | "projectId" => continue,
                _ => {
                    fields.others.push((name, value));
                    continue;
                }
            };
            *slot = Some(value).filter(|value| !value.is_null());
        }
        Ok(fields)
    }

    fn kind(&self, endpoint: Endpoint) -> Result<MessageType, Rejection> {
        if let Endpoint::Single { kind: Some(kind), .. } = endpoint {
            return Ok(kind);
        }
        let text = self.kind.and_then(Value::string).ok_or(DiscardCode::TypeUnknown)?;
        MessageType::parse(&text).ok_or_else(|| DiscardCode::TypeUnknown.into())
    }

    fn check_ids(&self, kind: MessageType) -> Result<(), Rejection> {
        let ids = [
            ("userId", self.user_id),
            ("anonymousId", self.anonymous_id),
            ("groupId", self.group_id),
            ("previousId", self.previous_id),
        ];
        for (name, value) in ids {
            if value.is_some_and(|value| !value.is_text()) {
                return Err(Rejection::new(DiscardCode::IdNotString, format!("`{name}`")));
            }
        }
        if self.user_id.is_none() && self.anonymous_id.is_none() {
            return Err(DiscardCode::NoUserAnonId.into());
        }
        let missing = match kind {
            MessageType::Group if self.group_id.is_none() => "`groupId`",
            MessageType::Alias if self.previous_id.is_none() => "`previousId`",
            MessageType::Alias if self.user_id.is_none() => "`userId`",
            _ => return Ok(()),
        };
        Err(Rejection::new(DiscardCode::IdRequired, missing))
    }

    fn check_type_rules(&self, kind: MessageType) -> Result<(), Rejection> {
        match kind {
            MessageType::Track => match self.event {
                Some(event) if event.kind() != Kind::String => return Err(DiscardCode::EventNotString.into()),
                Some(event) if event.is_text() => {}
                _ => return Err(DiscardCode::EventNotDefined.into()),
            },
            MessageType::Page | MessageType::Screen => {
                if self.name.is_some_and(|name| !name.is_text()) {
                    return Err(DiscardCode::NameNotString.into());
                }
                if self.category.is_some_and(|category| !category.is_text()) {
                    return Err(DiscardCode::CategoryNotString.into());
                }
            }
            MessageType::Identify | MessageType::Group | MessageType::Alias => {}
        }
        if self.properties.is_some_and(|value| !is_object(value)) {
            return Err(DiscardCode::PropertiesNotObject.into());
        }
        if self.traits.is_some_and(|value| !is_object(value)) {
            return Err(DiscardCode::TraitsNotObject.into());
        }
        Ok(())
    }

    fn message_id(&self, arrival: &Arrival<'_>) -> Result<String, Rejection> {
        let made = || arrival.request.message_id(arrival.index);
        match self.message_id {
            None => Ok(made()),
            Some(id) if id.raw() == "\"\"" => Ok(made()),
            Some(id) => id
                .string()
                .filter(|text| text.chars().count() <= limits::MESSAGE_ID_CHARS_MAX)
                .map(Cow::into_owned)
                .ok_or_else(|| DiscardCode::MessageIdInvalid.into()),
        }
    }

    fn integrations(&self, envelope: &Envelope<'b, 'a>) -> Result<Members<'b, 'a>, Rejection> {
        let own = self.integrations.map_or(Some(Vec::new()), Value::members_or_empty);
        Ok(over_inherited(own.ok_or(DiscardCode::IntegrationsNotObject)?, envelope.integrations))
    }

    /// What goes on as it was written.
    fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        let known = [
            ("userId", self.user_id),
            ("anonymousId", self.anonymous_id),
            ("groupId", self.group_id),
            ("previousId", self.previous_id),
            ("event", self.event),
            ("name", self.name),
            ("category", self.category),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name, value?.raw())));
        let objects = [("properties", self.properties), ("traits", self.traits)];
        let objects = objects.into_iter().filter_map(|(name, value)| Some((name, object_text(value?))));
        known.chain(objects).chain(self.others.iter().map(|(name, value)| (name.as_ref(), value.raw())))
    }

    /// Gives the sender's own time.
    fn write_times(&self, out: &mut Writer, envelope: &Envelope<'_, '_>, received_at: Timestamp) -> Option<Timestamp> {
        let read =
            |value: Option<Value<'_, '_>>| value.and_then(Value::string).and_then(|text| Timestamp::parse(&text));
        let original = read(self.timestamp).or_else(|| read(self.original_timestamp));
        let sent_at = read(self.sent_at).or(envelope.sent_at);
        let timestamp = corrected(original, sent_at, received_at);
        out.text("timestamp", &timestamp.to_string());
        original.into_iter().for_each(|time| out.text("originalTimestamp", &time.to_string()));
        sent_at.into_iter().for_each(|time| out.text("sentAt", &time.to_string()));
        out.text("receivedAt", &received_at.to_string());
        original
    }
}

/// When it happened, by our clock: the sender's clock is off by as much as its `sentAt` is from our `receivedAt`.
fn corrected(original: Option<Timestamp>, sent_at: Option<Timestamp>, received_at: Timestamp) -> Timestamp {
    match (original, sent_at) {
        (None, _) => received_at,
        (Some(original), None) => original,
        (Some(original), Some(sent_at)) => {
            let age = sent_at.as_millis().saturating_sub(original.as_millis());
            Timestamp::from_millis(received_at.as_millis().saturating_sub(age))
        }
    }
}

fn is_object(value: Value<'_, '_>) -> bool {
    value.kind() == Kind::Object || value.is_empty_array()
}

fn object_text<'a>(value: Value<'_, 'a>) -> &'a str {
    if value.is_empty_array() { "{}" } else { value.raw() }
}

/// Writes the members of one object behind what is there.
struct Writer<'o> {
    bytes: &'o mut Vec<u8>,
    start: usize,
}

impl<'o> Writer<'o> {
    fn behind(bytes: &'o mut Vec<u8>) -> Self {
        Self { start: bytes.len(), bytes }
    }

    fn written(&self) -> usize {
        self.bytes.len() - self.start
    }

    fn name(&mut self, name: &str) {
        self.bytes.push(if self.written() == 0 { b'{' } else { b',' });
        json::write_string(self.bytes, name);
        self.bytes.push(b':');
    }

    fn raw(&mut self, name: &str, raw: &str) {
        self.name(name);
        self.bytes.extend_from_slice(raw.as_bytes());
    }

    fn text(&mut self, name: &str, text: &str) {
        self.name(name);
        json::write_string(self.bytes, text);
    }

    fn take_back(self) {
        self.bytes.truncate(self.start);
    }

    fn finish(self) {
        self.bytes.push(b'}');
        let own = &self.bytes[self.start..];
        if !json::is_one_line(own) {
            let mut own = self.bytes.split_off(self.start);
            json::to_one_line(&mut own);
            self.bytes.append(&mut own);
        }
        let text = std::str::from_utf8(&self.bytes[self.start..]).expect("all parts are UTF-8");
        if let Cow::Owned(clean) = json::without_lone_surrogates(text) {
            self.bytes.truncate(self.start);
            self.bytes.extend_from_slice(clean.as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::RequestBody;
    use serde_json::{Value, json};

    const RECEIVED: &str = "2015-12-12T19:11:01.266Z";

    fn arrival(endpoint: Endpoint, source: &SourceId) -> Arrival<'_> {
        Arrival {
            request: RequestId([1; 16]),
            index: 0,
            received_at: Timestamp::parse(RECEIVED).unwrap(),
            endpoint,
            client: Some("203.0.113.9".parse().unwrap()),
            source,
        }
    }

    fn run(body: &str, endpoint: Endpoint) -> Result<Value, DiscardCode> {
        let source = SourceId::new("src");
        let parsed = RequestBody::parse(body.as_bytes(), endpoint).expect(body);
        let first = parsed.messages().next().expect(body);
        let (envelope, message) = (first.envelope, first.value.map_err(|rejection| rejection.code)?);
        let normalized =
            normalize(message, &envelope, &arrival(endpoint, &source)).map_err(|rejection| rejection.code)?;
        assert!(!normalized.payload.contains(&b'\n'));
        Ok(serde_json::from_slice(&normalized.payload).expect("a payload is JSON"))
    }

    const SERVER: Endpoint = Endpoint::Single { kind: None, client_side: false };
    const CLIENT: Endpoint = Endpoint::Single { kind: Some(MessageType::Track), client_side: true };
    const BATCH: Endpoint = Endpoint::Batch { client_side: false };

    #[test]
    fn clock_skew_is_corrected_as_in_the_documented_example() {
        let event = run(
            r#"{"type":"track","event":"e","userId":"u","timestamp":"2015-12-12T19:11:01.152Z","sentAt":"2015-12-12T19:11:01.169Z"}"#,
            SERVER,
        )
        .unwrap();
        assert_eq!(event["timestamp"], "2015-12-12T19:11:01.249Z");
        assert_eq!(event["originalTimestamp"], "2015-12-12T19:11:01.152Z");
        assert_eq!(event["sentAt"], "2015-12-12T19:11:01.169Z");
        assert_eq!(event["receivedAt"], RECEIVED);
    }

    #[test]
    fn without_sent_at_there_is_no_correction_and_without_a_time_arrival_counts() {
        let event = run(r#"{"type":"page","userId":"u","timestamp":"2011-01-01"}"#, SERVER).unwrap();
        assert_eq!(event["timestamp"], "2011-01-01T00:00:00.000Z");
        for body in [
            r#"{"type":"page","userId":"u","sentAt":"2030-01-01T00:00:00Z"}"#,
            r#"{"type":"page","userId":"u","timestamp":"0001-01-01T00:00:00Z"}"#,
            r#"{"type":"page","userId":"u","timestamp":12}"#,
        ] {
            assert_eq!(run(body, SERVER).unwrap()["timestamp"], RECEIVED, "{body}");
        }
    }

    #[test]
    fn batch_context_and_sent_at_fill_in_and_the_messages_own_wins() {
        let event = run(
            r#"{"context":{"library":{"name":"go"},"locale":"de"},"integrations":{"A":true,"B":true},"sentAt":"2015-12-12T19:11:01.169Z",
               "batch":[{"type":"track","event":"e","userId":"u","timestamp":"2015-12-12T19:11:01.152Z","context":{"locale":"fr"},"integrations":{"B":false}}]}"#,
            BATCH,
        )
        .unwrap();
        assert_eq!(event["context"], json!({"library":{"name":"go"},"locale":"fr"}));
        assert_eq!(event["integrations"], json!({"A":true,"B":false}));
        assert_eq!(event["timestamp"], "2015-12-12T19:11:01.249Z");
        assert_eq!(event["channel"], "server");
    }

    #[test]
    fn the_address_is_filled_in_for_clients_only_unless_asked_for() {
        let message = r#"{"type":"track","event":"e","userId":"u"}"#;
        assert_eq!(run(message, CLIENT).unwrap()["context"]["ip"], "203.0.113.9");
        assert_eq!(run(message, SERVER).unwrap()["context"].get("ip"), None);
        let direct = r#"{"type":"track","event":"e","userId":"u","context":{"direct":true,"ip":null}}"#;
        assert_eq!(run(direct, SERVER).unwrap()["context"]["ip"], "203.0.113.9");
        let own = r#"{"type":"track","event":"e","userId":"u","context":{"ip":"0.0.0.0"}}"#;
        assert_eq!(run(own, CLIENT).unwrap()["context"]["ip"], "0.0.0.0");
    }

    #[test]
    fn values_keep_their_text() {
        let source = SourceId::new("src");
        let message = r#"{"type":"track","event":"caf\u00e9","userId":"u","properties":{"big":12345678901234567890.10,"tiny":1E-400,"a":[[1],{}],"n":null,"e":"\u0000"}}"#;
        let parsed = RequestBody::parse(message.as_bytes(), SERVER).unwrap();
        let first = parsed.messages().next().unwrap();
        let normalized = normalize(first.value.unwrap(), &first.envelope, &arrival(SERVER, &source)).unwrap();
        let payload = String::from_utf8(normalized.payload).unwrap();
        assert!(
            payload.contains(
                r#""properties":{"big":12345678901234567890.10,"tiny":1E-400,"a":[[1],{}],"n":null,"e":"\u0000"}"#
            ),
            "{payload}"
        );
        assert!(payload.contains(r#""event":"caf\u00e9""#), "{payload}");
    }

    #[test]
    fn lone_surrogates_and_line_breaks_trouble_no_reader() {
        let event = run(
            "{\"type\":\"page\",\n\t\"userId\":\"u\",\r\n\"properties\":{\"x\":\"a\\ud800b\\ud83d\\ude00\"}}",
            SERVER,
        )
        .unwrap();
        assert_eq!(event["properties"]["x"], "a\u{fffd}b\u{1F600}");
    }

    #[test]
    fn ids_and_types_are_filled_in_where_senders_leave_them_out() {
        let event = run(r#"{"event":"e","userId":"u","writeKey":"secret","anonymousId":null}"#, CLIENT).unwrap();
        assert_eq!(event["type"], "track");
        assert_eq!(event["messageId"], RequestId([1; 16]).message_id(0));
        assert_eq!(event["projectId"], "src");
        assert_eq!(event.get("writeKey"), None);
        assert_eq!(event.get("anonymousId"), None);
        assert_eq!(event["integrations"], json!({}));
    }

    #[test]
    fn phps_empty_arrays_are_empty_objects() {
        let event = run(
            r#"{"type":"identify","userId":"u","traits":[],"context":{"library":[ ],"externalIds":[]},"integrations":[]}"#,
            SERVER,
        )
        .unwrap();
        assert_eq!(event["traits"], json!({}));
        assert_eq!(event["context"], json!({"library":{},"externalIds":[]}));
        assert_eq!(event["integrations"], json!({}));
    }

    #[test]
    fn every_broken_rule_has_its_code() {
        use DiscardCode::*;
        let long_id = format!(r#"{{"type":"page","userId":"u","messageId":"{}"}}"#, "é".repeat(101));
        let large = format!(r#"{{"type":"page","userId":"u","x":"{}"}}"#, "x".repeat(33_000));
        for (message, code) in [
            (r#"{"type":"track","event":"e"}"#, NoUserAnonId),
            (r#"{"type":"track","event":"e","userId":null,"anonymousId":null}"#, NoUserAnonId),
            (r#"{"type":"track","event":"e","userId":7}"#, IdNotString),
            (r#"{"type":"track","event":"e","userId":"","anonymousId":"a"}"#, IdNotString),
            (r#"{"type":"track","userId":"u"}"#, EventNotDefined),
            (r#"{"type":"track","userId":"u","event":""}"#, EventNotDefined),
            (r#"{"type":"track","userId":"u","event":3}"#, EventNotString),
            (r#"{"type":"track","userId":"u","event":"e","properties":[1]}"#, PropertiesNotObject),
            (r#"{"type":"track","userId":"u","event":"e","properties":"x"}"#, PropertiesNotObject),
            (r#"{"type":"identify","userId":"u","traits":3}"#, TraitsNotObject),
            (r#"{"type":"page","userId":"u","name":""}"#, NameNotString),
            (r#"{"type":"screen","userId":"u","name":true}"#, NameNotString),
            (r#"{"type":"page","userId":"u","category":{}}"#, CategoryNotString),
            (r#"{"type":"group","userId":"u"}"#, IdRequired),
            (r#"{"type":"group","userId":"u","groupId":5}"#, IdNotString),
            (r#"{"type":"alias","userId":"u"}"#, IdRequired),
            (r#"{"type":"alias","anonymousId":"a","previousId":"p"}"#, IdRequired),
            (r#"{"type":"page","userId":"u","context":{"consent":{}}}"#, ConsentPreferencesMissing),
            (
                r#"{"type":"page","userId":"u","context":{"consent":{"categoryPreferences":[1]}}}"#,
                ConsentPreferencesNotObject,
            ),
            (
                r#"{"type":"page","userId":"u","context":{"consent":{"categoryPreferences":{"ads":"yes"}}}}"#,
                ConsentPreferencesNotBool,
            ),
            (
                r#"{"type":"page","userId":"u","context":{"consent":{"categoryPreferences":{},"version":"1"}}}"#,
                ConsentVersionNotNumber,
            ),
            (r#"{"type":"page","userId":"u","context":{"device":{"advertisingId":1}}}"#, AdvertisingIdNotString),
            (r#"{"type":"page","userId":"u","context":"x"}"#, ContextNotObject),
            (r#"{"type":"page","userId":"u","integrations":[1]}"#, IntegrationsNotObject),
            (r#"{"type":"purchase","userId":"u"}"#, TypeUnknown),
            (r#"{"userId":"u"}"#, TypeUnknown),
            (r#"{"type":"page","userId":"u","messageId":5}"#, MessageIdInvalid),
            (&long_id, MessageIdInvalid),
            (&large, MessageTooLarge),
        ] {
            assert_eq!(run(message, SERVER), Err(code), "{message}");
        }
        assert_eq!(run(r#"{"batch":[3]}"#, BATCH), Err(MessageNotObject));
        let heavy =
            format!(r#"{{"context":{{"x":"{}"}},"batch":[{{"type":"page","userId":"u"}}]}}"#, "x".repeat(50_000));
        assert_eq!(run(&heavy, BATCH), Err(MessageTooLarge));
    }
}
