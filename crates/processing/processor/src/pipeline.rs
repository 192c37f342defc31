//! What becomes of a request: pure, in order, without a clock.

use bytes::Bytes;
use prime_event::{
    Arrival, BodyEncoding, CollectedRecord, DiscardCode, EventRecord, InflateError, Message, MessageType, Origin,
    RejectedRecord, Rejection, RequestBody, RequestRecord, inflate, limits, normalize,
};

/// How much of a rejected message or request is kept for people to look at.
const ORIGINAL_BYTES_MAX: usize = 32 * 1024;
/// No body in the journal can be larger: the door measured it.
const BODY_BYTES_MAX: usize = 256 << 20;

/// An event on its way through the stages.
#[derive(Debug)]
pub struct Candidate {
    pub kind: MessageType,
    pub message_id: String,
    pub event: EventRecord,
}

/// One decision about each event, in the order of the stream.
///
/// A stage is told every event that earlier stages let through, exactly once and in order, and may change it. What it
/// rejects goes to `rejected` with the stage's code and to no later stage. Stages read no clock and do no I/O: after a
/// crash the same requests run through them again.
pub trait Stage: Send {
    fn judge(&mut self, candidate: &mut Candidate) -> Result<(), Rejection>;
}

/// Turns requests into events and rejected messages.
#[derive(Default)]
pub(crate) struct Pipeline {
    stages: Vec<Box<dyn Stage>>,
}

/// What one or more requests became, in order.
#[derive(Default)]
pub(crate) struct Outputs {
    pub(crate) events: Vec<EventRecord>,
    pub(crate) rejected: Vec<Rejected>,
    /// Sum of what will be written.
    pub(crate) bytes: usize,
}

pub(crate) struct Rejected {
    pub(crate) record: RejectedRecord,
    pub(crate) code: DiscardCode,
    /// False for a request that was refused at the door: it was never acknowledged.
    pub(crate) was_accepted: bool,
}

impl Pipeline {
    pub(crate) fn new(stages: Vec<Box<dyn Stage>>) -> Self {
        Self { stages }
    }

    /// Adds what the request at `offset` of the journal becomes.
    pub(crate) fn run(&mut self, offset: u64, request: &RequestRecord, outputs: &mut Outputs) {
        self.run_indexed(offset, request, None, outputs);
    }

    /// Adds what the record at `offset` of `collected` becomes: the same as the request would have, message by message.
    pub(crate) fn run_collected(&mut self, offset: u64, collected: &CollectedRecord, outputs: &mut Outputs) {
        match collected {
            CollectedRecord::Whole(request) => self.run_indexed(offset, request, None, outputs),
            CollectedRecord::Share { request, indexes } => self.run_indexed(offset, request, Some(indexes), outputs),
        }
    }

    /// `indexes` tells the place of each message in the request as it came, where that is not its place in this one.
    fn run_indexed(&mut self, offset: u64, request: &RequestRecord, indexes: Option<&[u32]>, outputs: &mut Outputs) {
        if let Some(refusal) = &request.refusal {
            let rejection = Rejection::new(refusal.code, refusal.detail.as_str());
            return outputs.reject(offset, 0, request, rejection, &request.body);
        }
        let text = match inflate(&request.body, request.encoding, BODY_BYTES_MAX) {
            Ok(text) => text,
            Err(error) => {
                return outputs.reject(offset, 0, request, unreadable(error, request.encoding), &request.body);
            }
        };
        let body = match RequestBody::parse(&text, request.endpoint) {
            Ok(body) => body,
            Err(malformed) => {
                let rejection = Rejection::new(DiscardCode::BadRequest, malformed.to_string());
                return outputs.reject(offset, 0, request, rejection, &text);
            }
        };
        if body.is_empty() {
            return outputs.reject(offset, 0, request, DiscardCode::EmptyBatch.into(), &text);
        }
        for (place, mut message) in (0u32..).zip(body.messages()) {
            let index = indexes.map_or(Some(place), |indexes| indexes.get(place as usize).copied());
            let index = index.unwrap_or(u32::MAX);
            if index as usize >= limits::BATCH_MESSAGES_MAX {
                message.value = Err(DiscardCode::TooManyMessages.into());
            }
            let raw = message.raw;
            match self.judge(Origin { offset, index }, request, message) {
                Ok(event) => outputs.keep(event),
                Err(rejection) => outputs.reject(offset, index, request, rejection, raw),
            }
        }
    }

    fn judge(
        &mut self,
        origin: Origin,
        request: &RequestRecord,
        message: Message<'_, '_>,
    ) -> Result<EventRecord, Rejection> {
        let arrival = Arrival {
            request: request.id,
            index: origin.index,
            received_at: request.received_at,
            endpoint: request.endpoint,
            client: request.client,
            source: &request.source,
        };
        let normalized = normalize(message.value?, &message.envelope, &arrival)?;
        let mut candidate = Candidate {
            kind: normalized.kind,
            message_id: normalized.message_id,
            event: EventRecord {
                origin,
                received_at: request.received_at,
                workspace: request.workspace.clone(),
                source: request.source.clone(),
                payload: Bytes::from(normalized.payload),
            },
        };
        for stage in &mut self.stages {
            stage.judge(&mut candidate)?;
        }
        Ok(candidate.event)
    }
}

impl Outputs {
    fn keep(&mut self, event: EventRecord) {
        self.bytes += event.payload.len();
        self.events.push(event);
    }

    fn reject(&mut self, offset: u64, index: u32, request: &RequestRecord, rejection: Rejection, original: &[u8]) {
        let original = &original[..original.len().min(ORIGINAL_BYTES_MAX)];
        self.bytes += original.len();
        self.rejected.push(Rejected {
            record: RejectedRecord {
                origin: Origin { offset, index },
                received_at: request.received_at,
                workspace: request.workspace.clone(),
                source: request.source.clone(),
                code: rejection.code.as_str().to_owned(),
                detail: rejection.detail,
                original: Bytes::copy_from_slice(original),
            },
            code: rejection.code,
            was_accepted: request.refusal.is_none(),
        });
    }
}

fn unreadable(error: InflateError, encoding: BodyEncoding) -> Rejection {
    Rejection::new(DiscardCode::BadRequest, format!("{encoding:?} body: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use prime_event::{Endpoint, RequestId, SourceId, Timestamp, WorkspaceId};

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

    fn run(pipeline: &mut Pipeline, body: &str) -> (Vec<u32>, Vec<(u32, &'static str)>) {
        let mut outputs = Outputs::default();
        pipeline.run(9, &request(body), &mut outputs);
        let events = outputs.events.iter().map(|event| event.origin.index).collect();
        (events, outputs.rejected.iter().map(|it| (it.record.origin.index, it.code.as_str())).collect())
    }

    #[test]
    fn good_messages_go_on_and_bad_ones_are_kept_with_their_reason() {
        let mut pipeline = Pipeline::default();
        let body =
            r#"{"batch":[{"type":"page","userId":"u"},{"type":"page"},{"type":"track","userId":"u","event":"e"}]}"#;
        assert_eq!(run(&mut pipeline, body), (vec![0, 2], vec![(1, "no_user_anon_id")]));
        assert_eq!(run(&mut pipeline, r#"{"batch":[]}"#), (vec![], vec![(0, "empty_batch")]));
        assert_eq!(run(&mut pipeline, "nonsense"), (vec![], vec![(0, "bad_request")]));
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
        let mut whole = Outputs::default();
        Pipeline::default().run(4, &request, &mut whole);
        let mut shared = Outputs::default();
        let shares = prime_event::share_out(request, std::num::NonZeroU32::new(7).unwrap());
        assert_eq!(shares.len(), 7);
        for (_, share) in shares {
            Pipeline::default().run_collected(4, &share, &mut shared);
        }
        shared.events.sort_by_key(|event| event.origin);
        shared.rejected.sort_by_key(|rejected| rejected.record.origin);
        assert_eq!(shared.events, whole.events);
        let records = |outputs: Outputs| outputs.rejected.into_iter().map(|it| it.record).collect::<Vec<_>>();
        assert_eq!(records(shared), records(whole));
    }

    #[test]
    fn a_stage_may_change_or_reject_and_later_stages_see_only_what_is_left() {
        struct RejectPages;
        impl Stage for RejectPages {
            fn judge(&mut self, candidate: &mut Candidate) -> Result<(), Rejection> {
                match candidate.kind {
                    MessageType::Page => Err(DiscardCode::BadRequest.into()),
                    _ => Ok(()),
                }
            }
        }
        struct SeeOnlyTracks;
        impl Stage for SeeOnlyTracks {
            fn judge(&mut self, candidate: &mut Candidate) -> Result<(), Rejection> {
                assert_eq!(candidate.kind, MessageType::Track);
                candidate.event.payload = Bytes::from_static(b"{}");
                Ok(())
            }
        }
        let mut pipeline = Pipeline::new(vec![Box::new(RejectPages), Box::new(SeeOnlyTracks)]);
        let mut outputs = Outputs::default();
        let body = r#"{"batch":[{"type":"page","userId":"u"},{"type":"track","userId":"u","event":"e"}]}"#;
        pipeline.run(0, &request(body), &mut outputs);
        assert_eq!(outputs.events.len(), 1);
        assert_eq!(outputs.events[0].payload.as_ref(), b"{}");
        assert_eq!(outputs.rejected.len(), 1);
    }
}
