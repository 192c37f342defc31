//! Requests on their way from collectors to processors: the values of the `collected` topic.
//!
//! A topic that machines share is cut into partitions, and everything about one person has to pass through one of them,
//! in order. A request may hold messages about many people, so a collector shares it out: one record for each partition
//! that any of its messages belongs to. A request that belongs to one partition goes there as it came, still compressed.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::num::NonZeroU32;

use bytes::{BufMut, Bytes, BytesMut};

use crate::body::{Envelope, Message, RequestBody};
use crate::gzip::{BodyEncoding, inflate};
use crate::id::WorkspaceId;
use crate::json::Value;
use crate::record::{Reader, RecordError};
use crate::request::RequestRecord;

const VERSION: u8 = 1;
/// No body in a journal can be larger: the door measured it.
const BODY_BYTES_MAX: usize = 256 << 20;

/// What one partition receives of one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CollectedRecord {
    /// All of it, as it came. Requests that cannot be taken apart go whole too, to be rejected with their reason.
    Whole(RequestRecord),
    /// Some of its messages.
    Share {
        /// The request, its body cut down to these messages and to what stands around them.
        request: RequestRecord,
        /// The place of each message in the request as it came: ids that senders left out are made from it.
        indexes: Vec<u32>,
    },
}

impl CollectedRecord {
    pub fn encode(&self) -> Bytes {
        let (request, indexes) = match self {
            Self::Whole(request) => (request, None),
            Self::Share { request, indexes } => (request, Some(indexes)),
        };
        let request = request.encode();
        let mut out = BytesMut::with_capacity(6 + indexes.map_or(0, |indexes| 4 * indexes.len()) + request.len());
        out.put_u8(VERSION);
        match indexes {
            None => out.put_u8(0),
            Some(indexes) => {
                out.put_u8(1);
                out.put_u32_le(indexes.len() as u32);
                indexes.iter().for_each(|&index| out.put_u32_le(index));
            }
        }
        out.put_slice(&request);
        out.freeze()
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(RecordError::Version(other)),
        }
        match reader.u8()? {
            0 => Ok(Self::Whole(RequestRecord::decode(reader.rest())?)),
            1 => {
                let count = reader.u32()? as usize;
                let bytes = reader.take(count.checked_mul(4).ok_or(RecordError::Short)?)?;
                let indexes = bytes.chunks_exact(4).map(|index| u32::from_le_bytes(index.try_into().expect("four")));
                Ok(Self::Share { indexes: indexes.collect(), request: RequestRecord::decode(reader.rest())? })
            }
            tag => Err(RecordError::Tag(tag)),
        }
    }
}

/// Shares a request out over the partitions, in order of partition. Every message is in exactly one record, and
/// messages about one person are always in the same partition. Equal input gives equal output.
pub fn share_out(request: RequestRecord, partitions: NonZeroU32) -> Vec<(u32, CollectedRecord)> {
    match shares(&request, partitions) {
        Some(Shares::One(partition)) => vec![(partition, CollectedRecord::Whole(request))],
        Some(Shares::Several(records)) => records,
        None => {
            vec![(partition(&request.workspace, request.source.as_str(), partitions), CollectedRecord::Whole(request))]
        }
    }
}

/// The partition of everything about one subject of a workspace. Never changes for a number of partitions.
pub fn partition(workspace: &WorkspaceId, subject: &str, partitions: NonZeroU32) -> u32 {
    let bytes = workspace.as_str().bytes().chain([0xFF]).chain(subject.bytes());
    let fnv =
        bytes.fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3));
    // FNV alone spreads short texts poorly over its upper bits.
    let mixed = (fnv ^ (fnv >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
    ((mixed ^ (mixed >> 33)) % u64::from(partitions.get())) as u32
}

enum Shares {
    One(u32),
    Several(Vec<(u32, CollectedRecord)>),
}

/// None for a request without messages that could be told apart.
fn shares(request: &RequestRecord, partitions: NonZeroU32) -> Option<Shares> {
    if request.refusal.is_some() {
        return None;
    }
    let text = inflate(&request.body, request.encoding, BODY_BYTES_MAX).ok()?;
    let body = RequestBody::parse(&text, request.endpoint).ok()?;
    let mut by_partition: BTreeMap<u32, Vec<(u32, Message<'_, '_>)>> = BTreeMap::new();
    for (index, message) in (0u32..).zip(body.messages()) {
        let subject = message.value.as_ref().ok().and_then(|&value| subject(value));
        let subject = subject.unwrap_or_else(|| request.id.to_string().into());
        by_partition.entry(partition(&request.workspace, &subject, partitions)).or_default().push((index, message));
    }
    if by_partition.len() < 2 {
        return by_partition.into_keys().next().map(Shares::One);
    }
    let share = |(partition, messages): (u32, Vec<(u32, Message<'_, '_>)>)| {
        let indexes = messages.iter().map(|(index, _)| *index).collect();
        let body = Bytes::from(write_batches(&messages));
        let request = RequestRecord { encoding: BodyEncoding::Plain, body, ..request.clone() };
        (partition, CollectedRecord::Share { request, indexes })
    };
    Some(Shares::Several(by_partition.into_iter().map(share).collect()))
}

/// Whom a message is about: the userId, else the anonymousId, else the messageId.
fn subject<'a>(message: Value<'_, 'a>) -> Option<Cow<'a, str>> {
    let text = |name| message.get(name).and_then(Value::string).filter(|text| !text.is_empty());
    text("userId").or_else(|| text("anonymousId")).or_else(|| text("messageId"))
}

/// The messages in batches, one behind the other where several envelopes stood around them.
fn write_batches(messages: &[(u32, Message<'_, '_>)]) -> Vec<u8> {
    let mut out = Vec::new();
    for batch in messages.chunk_by(|(_, one), (_, other)| is_same(&one.envelope, &other.envelope)) {
        write_envelope(&mut out, &batch[0].1.envelope);
        for (at, (_, message)) in batch.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            out.extend_from_slice(message.raw);
        }
        out.extend_from_slice(b"]}");
    }
    out
}

/// Whether two envelopes are one, by where their parts stand in the body.
fn is_same(one: &Envelope<'_, '_>, other: &Envelope<'_, '_>) -> bool {
    let place = |value: Option<Value<'_, '_>>| value.map(|value| value.raw().as_ptr());
    place(one.context) == place(other.context)
        && place(one.integrations) == place(other.integrations)
        && one.sent_at == other.sent_at
}

/// What a batch says for all its messages, up to where they begin. Values keep their text.
fn write_envelope(out: &mut Vec<u8>, envelope: &Envelope<'_, '_>) {
    out.push(b'{');
    for (name, value) in [("context", envelope.context), ("integrations", envelope.integrations)] {
        if let Some(value) = value {
            out.extend_from_slice(format!("\"{name}\":{},", value.raw()).as_bytes());
        }
    }
    if let Some(sent_at) = envelope.sent_at {
        out.extend_from_slice(format!("\"sentAt\":\"{sent_at}\",").as_bytes());
    }
    out.extend_from_slice(b"\"batch\":[");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Arrival, DiscardCode, Endpoint, Refusal, RequestId, SourceId, Timestamp, normalize};

    fn request(body: impl Into<Bytes>) -> RequestRecord {
        RequestRecord {
            id: RequestId([7; 16]),
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            endpoint: Endpoint::Batch { client_side: true },
            client: Some("203.0.113.9".parse().unwrap()),
            refusal: None,
            encoding: BodyEncoding::Plain,
            body: body.into(),
        }
    }

    fn many() -> NonZeroU32 {
        NonZeroU32::new(16).unwrap()
    }

    /// Place, event or rejection, and original.
    type Outcome = (u32, Result<String, (DiscardCode, String)>, Vec<u8>);

    /// What becomes of each message, by its place in the request as it came.
    fn outcomes(record: &CollectedRecord) -> Vec<Outcome> {
        let (request, indexes) = match record {
            CollectedRecord::Whole(request) => (request, None),
            CollectedRecord::Share { request, indexes } => (request, Some(indexes)),
        };
        let body = RequestBody::parse(&request.body, request.endpoint).unwrap();
        assert!(indexes.is_none_or(|indexes| indexes.len() == body.len()));
        let judged = body.messages().enumerate().map(|(at, message)| {
            let index = indexes.map_or(at as u32, |indexes| indexes[at]);
            let arrival = Arrival {
                request: request.id,
                index,
                received_at: request.received_at,
                endpoint: request.endpoint,
                client: request.client,
                source: &request.source,
            };
            let raw = message.raw.to_vec();
            let outcome = message.value.and_then(|value| normalize(value, &message.envelope, &arrival));
            let outcome = outcome.map(|event| String::from_utf8(event.payload).unwrap());
            (index, outcome.map_err(|rejection| (rejection.code, rejection.detail)), raw)
        });
        judged.collect()
    }

    fn outcomes_shared(request: &RequestRecord) -> Vec<Outcome> {
        let records = share_out(request.clone(), many());
        let mut all: Vec<_> = records
            .iter()
            .flat_map(|(_, record)| outcomes(&CollectedRecord::decode(record.encode()).unwrap()))
            .collect();
        all.sort_by_key(|(index, ..)| *index);
        all
    }

    #[test]
    fn shares_give_the_same_events_and_rejections_as_the_request_did() {
        let people: Vec<String> = (0..40)
            .map(|n| match n % 5 {
                0 => format!(r#"{{"type":"track","event":"e","userId":"u{n}","n":1.0e400,"s":"\u00e9\/"}}"#),
                1 => format!(r#"{{"type":"page","anonymousId":"a{n}","context":{{"own":{n}}}}}"#),
                2 => format!(r#"{{"type":"page", "messageId":"m{n}"}}"#),
                3 => "17".to_owned(),
                _ => format!(r#"{{"type":"identify","userId":"u{n}","sentAt":"2020-01-01T00:00:00Z"}}"#),
            })
            .collect();
        let context = r#""context":{"library":{"name":"x","n":12345678901234567890},"a\"b":[]},"sentAt":"2023-11-14T22:13:19.5Z""#;
        let strict = format!(r#"{{{context},"integrations":{{"All":false}},"batch":[{}]}}"#, people.join(" , "));
        let salvaged = format!(
            r#"{{{context},"batch":[{},,{{"type":}},{{"a":{}1{}}}]}}{{"batch":[{{"type":"page","userId":"z"}}]}}"#,
            people.join("\0"),
            "[".repeat(80),
            "]".repeat(80),
        );
        for body in [strict, salvaged] {
            let request = request(body);
            let whole = outcomes(&CollectedRecord::Whole(request.clone()));
            assert!(share_out(request.clone(), many()).len() > 4);
            assert_eq!(outcomes_shared(&request), whole);
        }
    }

    #[test]
    fn messages_beyond_the_limit_of_a_batch_stay_beyond_it_by_their_place() {
        let body: Vec<String> = (0..2_510).map(|n| format!(r#"{{"userId":"u{}"}}"#, n % 99)).collect();
        let records = share_out(request(format!(r#"{{"batch":[{}]}}"#, body.join(","))), many());
        let beyond = |(_, record): &(u32, CollectedRecord)| match record {
            CollectedRecord::Share { indexes, .. } => indexes.iter().filter(|&&index| index >= 2_500).count(),
            CollectedRecord::Whole(_) => 0,
        };
        assert_eq!(records.iter().map(beyond).sum::<usize>(), 10);
    }

    #[test]
    fn one_person_has_one_partition_whatever_the_request() {
        let find = |body: &str| -> Vec<u32> {
            share_out(request(body.to_owned()), many()).into_iter().map(|(partition, _)| partition).collect()
        };
        let alone = find(r#"{"batch":[{"userId":"ada","anonymousId":"1"}]}"#);
        assert_eq!(alone, find(r#"{"batch":[{"anonymousId":"2","userId":"ada"},{"userId":"\u0061da"}]}"#));
        assert_eq!(
            find(r#"{"batch":[{"anonymousId":"2"}]}"#),
            find(r#"{"batch":[{"userId":null,"anonymousId":"2"}]}"#)
        );
        // Stored partitions rest on this: it may never change.
        let spread: Vec<u32> = (0..8).map(|n| partition(&WorkspaceId::new("w"), &format!("u{n}"), many())).collect();
        assert_eq!(spread, [11, 15, 2, 9, 13, 0, 12, 8]);
    }

    #[test]
    fn subjects_spread_evenly() {
        let mut counts = [0u32; 16];
        for n in 0..16_000 {
            counts[partition(&WorkspaceId::new("w"), &format!("user-{n}"), many()) as usize] += 1;
        }
        assert!(counts.iter().all(|&count| (850..1_150).contains(&count)), "{counts:?}");
    }

    #[test]
    fn what_cannot_be_taken_apart_goes_whole_to_the_partition_of_its_source() {
        let refused = RequestRecord {
            refusal: Some(Refusal { code: DiscardCode::BadRequest, detail: "no".into() }),
            ..request(r#"{"batch":[{"userId":"a"},{"userId":"b"}]}"#)
        };
        for whole in [refused, request("nonsense"), request(r#"{"batch":[]}"#)] {
            let expected = (partition(&whole.workspace, "s", many()), CollectedRecord::Whole(whole.clone()));
            assert_eq!(share_out(whole, many()), [expected]);
        }
    }

    #[test]
    fn a_record_reads_back_and_a_cut_one_is_an_error() {
        let record = CollectedRecord::Share { request: request("{}"), indexes: vec![3, 9] };
        let bytes = record.encode();
        assert_eq!(CollectedRecord::decode(bytes.clone()), Ok(record));
        for length in 0..bytes.len() - 2 {
            assert!(CollectedRecord::decode(bytes.slice(..length)).is_err(), "{length}");
        }
        assert_eq!(CollectedRecord::decode(Bytes::from_static(&[9])), Err(RecordError::Version(9)));
    }
}
