//! What a request holds: pure, in order, without a clock.

use std::ops::Range;

use bytes::Bytes;
use prime_event::{
    Arrival, BodyEncoding, CollectedRecord, DiscardCode, EventRecord, InflateError, Inflater, Message, MessageFacts,
    Origin, Rejection, RequestBody, RequestRecord, SourceId, Timestamp, WorkspaceId, limits, normalize_into,
};

/// No body in the journal can be larger: the door measured it.
const BODY_BYTES_MAX: usize = 256 << 20;

/// The messages of a stretch of the input, in order, each checked and in its final form.
#[derive(Default)]
pub(crate) struct Decoded {
    pub(crate) requests: Vec<RequestFacts>,
    pub(crate) messages: Vec<DecodedMessage>,
    /// What the bodies held once they were decompressed.
    pub(crate) bytes: usize,
}

/// What is true of all messages of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestFacts {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: SourceId,
    pub(crate) received_at: Timestamp,
    /// False for a request that was refused at the door: nothing was promised.
    pub(crate) was_accepted: bool,
}

#[derive(Debug)]
pub(crate) struct DecodedMessage {
    /// Its place in [`Decoded::requests`].
    pub(crate) request: usize,
    pub(crate) origin: Origin,
    /// As it arrived, decompressed. Shares memory with the other messages of its request.
    pub(crate) original: Bytes,
    pub(crate) outcome: Result<FinalForm, Rejection>,
}

/// A message that keeps to the contract.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct FinalForm {
    pub(crate) facts: MessageFacts,
    /// Its `EventRecord` as it is written where no stage changes it. Shares memory with the others of its request.
    pub(crate) record: Bytes,
    /// Where in the record the payload begins.
    pub(crate) payload_at: usize,
}

/// Takes requests apart, one after the other.
#[derive(Default)]
pub(crate) struct Decoder {
    inflater: Inflater,
}

impl Decoder {
    /// Adds the messages of the request at `offset` of the journal.
    pub(crate) fn request(&mut self, offset: u64, request: &RequestRecord, decoded: &mut Decoded) {
        self.indexed(offset, request, None, decoded);
    }

    /// Adds what the record at `offset` of `collected` holds: the same as the request would have, message by message.
    pub(crate) fn collected(&mut self, offset: u64, collected: &CollectedRecord, decoded: &mut Decoded) {
        match collected {
            CollectedRecord::Whole(request) => self.indexed(offset, request, None, decoded),
            CollectedRecord::Share { request, indexes } => self.indexed(offset, request, Some(indexes), decoded),
        }
    }

    /// `indexes` tells the place of each message in the request as it came, where that is not its place in this one.
    fn indexed(&mut self, offset: u64, request: &RequestRecord, indexes: Option<&[u32]>, decoded: &mut Decoded) {
        let mut open = OpenRequest::begin(offset, request, decoded);
        if let Some(refusal) = &request.refusal {
            return open.reject_whole(Rejection::new(refusal.code, refusal.detail.as_str()), request.body.clone());
        }
        let text = match self.text_of(request) {
            Ok(text) => text,
            Err(error) => return open.reject_whole(unreadable(error, request.encoding), request.body.clone()),
        };
        open.decoded.bytes += text.len();
        let body = match RequestBody::parse(&text, request.endpoint) {
            Ok(body) => body,
            Err(malformed) => {
                let rejection = Rejection::new(DiscardCode::BadRequest, malformed.to_string());
                return open.reject_whole(rejection, text.clone());
            }
        };
        if body.is_empty() {
            return open.reject_whole(DiscardCode::EmptyBatch.into(), text.clone());
        }
        // Some hundred bytes are added to each; most messages have several hundred of their own.
        open.records.reserve(text.len() + text.len() / 2);
        for (place, mut message) in (0u32..).zip(body.messages()) {
            let index = indexes.map_or(Some(place), |indexes| indexes.get(place as usize).copied());
            let index = index.unwrap_or(u32::MAX);
            if index as usize >= limits::BATCH_MESSAGES_MAX {
                message.value = Err(DiscardCode::TooManyMessages.into());
            }
            open.message(index, text.slice_ref(message.raw), message);
        }
        open.finish();
    }

    fn text_of(&mut self, request: &RequestRecord) -> Result<Bytes, InflateError> {
        if request.encoding == BodyEncoding::Plain {
            return Ok(request.body.clone());
        }
        self.inflater.inflate(&request.body, request.encoding, BODY_BYTES_MAX).map(Bytes::copy_from_slice)
    }
}

impl Decoded {
    /// Adds what comes after this.
    pub(crate) fn append(&mut self, mut later: Self) {
        let before = self.requests.len();
        self.requests.append(&mut later.requests);
        self.messages.extend(later.messages.into_iter().map(|mut message| {
            message.request += before;
            message
        }));
        self.bytes += later.bytes;
    }
}

/// A request whose messages are being added.
struct OpenRequest<'a> {
    decoded: &'a mut Decoded,
    record: &'a RequestRecord,
    request: usize,
    offset: u64,
    /// The records of its messages, one behind the other.
    records: Vec<u8>,
    /// The places of messages in `Decoded::messages`, and where in `records` theirs is.
    ends: Vec<(usize, Range<usize>)>,
}

impl<'a> OpenRequest<'a> {
    fn begin(offset: u64, record: &'a RequestRecord, decoded: &'a mut Decoded) -> Self {
        let request = decoded.requests.len();
        decoded.requests.push(RequestFacts {
            workspace: record.workspace.clone(),
            source: record.source.clone(),
            received_at: record.received_at,
            was_accepted: record.refusal.is_none(),
        });
        Self { decoded, record, request, offset, records: Vec::new(), ends: Vec::new() }
    }

    fn reject_whole(&mut self, rejection: Rejection, original: Bytes) {
        self.add(0, original, Err(rejection));
    }

    fn message(&mut self, index: u32, original: Bytes, message: Message<'_, '_>) {
        let arrival = Arrival {
            request: self.record.id,
            index,
            received_at: self.record.received_at,
            endpoint: self.record.endpoint,
            client: self.record.client,
            source: &self.record.source,
        };
        let origin = Origin { offset: self.offset, index };
        let at = self.records.len();
        let outcome = message.value.and_then(|value| {
            let RequestRecord { received_at, workspace, source, .. } = self.record;
            EventRecord::encode_head(&mut self.records, origin, *received_at, workspace, source);
            let payload_at = self.records.len() - at;
            let facts = normalize_into(value, &message.envelope, &arrival, &mut self.records)?;
            Ok(FinalForm { facts, record: Bytes::new(), payload_at })
        });
        match outcome {
            Ok(_) => self.ends.push((self.decoded.messages.len(), at..self.records.len())),
            Err(_) => self.records.truncate(at),
        }
        self.decoded.messages.push(DecodedMessage { request: self.request, origin, original, outcome });
    }

    /// Gives each message its record: they could not be shared while more were being written.
    fn finish(self) {
        let records = Bytes::from(self.records);
        for (place, range) in self.ends {
            if let Ok(form) = &mut self.decoded.messages[place].outcome {
                form.record = records.slice(range);
            }
        }
    }

    fn add(&mut self, index: u32, original: Bytes, outcome: Result<FinalForm, Rejection>) {
        let origin = Origin { offset: self.offset, index };
        self.decoded.messages.push(DecodedMessage { request: self.request, origin, original, outcome });
    }
}

fn unreadable(error: InflateError, encoding: BodyEncoding) -> Rejection {
    Rejection::new(DiscardCode::BadRequest, format!("{encoding:?} body: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prime_event::{Endpoint, RequestId};

    fn request(body: &str) -> RequestRecord {
        RequestRecord {
            id: RequestId([3; 16]),
            received_at: Timestamp::from_millis(1_700_000_000_000),
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            endpoint: Endpoint::Batch { client_side: false },
            client: None,
            refusal: None,
            encoding: BodyEncoding::Plain,
            body: Bytes::copy_from_slice(body.as_bytes()),
        }
    }

    fn outcomes(body: &str) -> Vec<(u32, Result<MessageKind, &'static str>)> {
        let mut decoded = Decoded::default();
        Decoder::default().request(9, &request(body), &mut decoded);
        let outcome = |outcome: &Result<FinalForm, Rejection>| match outcome {
            Ok(form) => Ok(form.facts.kind.as_str()),
            Err(rejection) => Err(rejection.code.as_str()),
        };
        decoded.messages.iter().map(|message| (message.origin.index, outcome(&message.outcome))).collect()
    }

    type MessageKind = &'static str;

    #[test]
    fn good_messages_are_normalised_and_bad_ones_have_their_reason() {
        let body =
            r#"{"batch":[{"type":"page","userId":"u"},{"type":"page"},{"type":"track","userId":"u","event":"e"}]}"#;
        assert_eq!(outcomes(body), [(0, Ok("page")), (1, Err("no_user_anon_id")), (2, Ok("track"))]);
        assert_eq!(outcomes(r#"{"batch":[]}"#), [(0, Err("empty_batch"))]);
        assert_eq!(outcomes("nonsense"), [(0, Err("bad_request"))]);
    }

    #[test]
    fn a_message_keeps_the_bytes_that_it_arrived_as() {
        let mut decoded = Decoded::default();
        let body = r#"{"batch":[ {"type" : "page","userId":"u"} ,17]}"#;
        Decoder::default().request(9, &request(body), &mut decoded);
        let originals: Vec<&[u8]> = decoded.messages.iter().map(|message| message.original.as_ref()).collect();
        assert_eq!(originals, [&br#"{"type" : "page","userId":"u"}"#[..], b"17"]);
    }

    #[test]
    fn a_request_that_was_shared_out_becomes_what_it_would_have_become_whole() {
        let messages: Vec<String> = (0..2_600)
            .map(|n| match n % 3 {
                0 => format!(r#"{{"type":"page","userId":"u{}"}}"#, n % 50),
                1 => format!(r#"{{"type":"track","anonymousId":"a{n}"}}"#),
                _ => "17".to_owned(),
            })
            .collect();
        let request = request(&format!(r#"{{"context":{{"c":1}},"batch":[{}]}}"#, messages.join(",")));
        let (mut whole, mut shared) = (Decoded::default(), Decoded::default());
        Decoder::default().request(4, &request, &mut whole);
        let shares = prime_event::share_out(request, std::num::NonZeroU32::new(7).unwrap());
        assert_eq!(shares.len(), 7);
        for (_, share) in shares {
            let mut one = Decoded::default();
            Decoder::default().collected(4, &share, &mut one);
            shared.append(one);
        }
        shared.messages.sort_by_key(|message| message.origin);
        assert!(shared.messages.iter().any(|message| message.request > 0));
        for message in &whole.messages {
            if let Ok(form) = &message.outcome {
                let event = EventRecord::decode(form.record.clone()).unwrap();
                assert_eq!((event.origin, event.payload), (message.origin, form.record.slice(form.payload_at..)));
            }
        }
        let messages = |decoded: Decoded| -> Vec<_> {
            decoded.messages.into_iter().map(|it| (it.origin, it.original, it.outcome)).collect()
        };
        assert_eq!(messages(shared), messages(whole));
    }
}
