//! Takes one request: reads it, finds its owner, writes it to the journal, and only then says yes.

use std::net::IpAddr;

use axum::body::Body;
use bytes::Bytes;
use http::HeaderMap;
use http::request::Parts;
use prime_control::{Definitions, KeyOwner};
use prime_event::{
    Arrival, BodyEncoding, DiscardCode, Endpoint, Message, Refusal, RequestBody, RequestId, RequestRecord, SourceId,
    Timestamp, WorkspaceId, WriteKey, limits, normalize, write_key_hint,
};

use crate::Inner;
use crate::answer::{Accepted, MessageVerdict, Refused, Verdicts};
use crate::body::Received;
use crate::credentials::Credentials;
use crate::network::Peer;

/// Asks for a verdict per message when it holds `per-message`.
const VERDICTS_HEADER: &str = "primedata-verdicts";
/// How much of a refused body is kept for its owner to look at.
const REFUSED_BYTES_MAX: usize = 32 * 1024;

/// A request with everything known of it before its owner is.
pub(crate) struct Request {
    pub(crate) endpoint: Endpoint,
    pub(crate) received_at: Timestamp,
    pub(crate) client: Option<IpAddr>,
    pub(crate) credentials: Credentials,
    pub(crate) wants_verdicts: bool,
}

/// Whose request it is, cut loose from the definitions it was looked up in.
struct Owner {
    workspace: WorkspaceId,
    source: SourceId,
}

impl Request {
    pub(crate) fn new(inner: &Inner, endpoint: Endpoint, parts: &Parts) -> Self {
        let peer = parts.extensions.get::<Peer>().copied();
        Self {
            endpoint,
            received_at: Timestamp::now(),
            client: inner.options.client(peer, &parts.headers),
            credentials: Credentials::read(&parts.headers),
            wants_verdicts: asks_for_verdicts(&parts.headers),
        }
    }
}

fn asks_for_verdicts(headers: &HeaderMap) -> bool {
    headers.get(VERDICTS_HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"per-message"))
}

impl Inner {
    /// Answers a request with messages. On success everything in it is durable.
    pub(crate) async fn take(&self, endpoint: Endpoint, parts: &Parts, body: Body) -> Result<Accepted, Refused> {
        let request = Request::new(self, endpoint, parts);
        let mut received = match self.receive(&parts.headers, body).await {
            Ok(received) => received,
            Err(refused) => {
                self.keep_refused(&request, &refused, Bytes::new());
                return Err(refused);
            }
        };
        let (encoding, text) = match self.text(&mut received) {
            Ok(read) => read,
            Err(refused) => {
                self.keep_refused(&request, &refused, received.bytes.clone());
                return Err(refused);
            }
        };
        let outcome = self.take_text(&request, &received, encoding, &text).await;
        if let Err(refused) = &outcome {
            self.keep_refused(&request, refused, text);
        }
        outcome
    }

    async fn take_text(
        &self,
        request: &Request,
        received: &Received,
        encoding: BodyEncoding,
        text: &Bytes,
    ) -> Result<Accepted, Refused> {
        if matches!(request.endpoint, Endpoint::Single { .. }) && text.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Refused::bad_request("The message is larger than 32 KiB."));
        }
        let parsed = RequestBody::parse(text, request.endpoint)
            .map_err(|malformed| Refused::bad_request(format!("The request cannot be read: {malformed}.")))?;
        let definitions = self.control.definitions();
        let Some(owner) = self.owner(&definitions, request, parsed.write_key())? else {
            return Ok(Accepted::Plain);
        };
        let id = RequestId::random();
        let answer = match request.wants_verdicts {
            true => Accepted::WithVerdicts(verdicts(&parsed, request, id, &owner.source)),
            false => Accepted::Plain,
        };
        let record = RequestRecord {
            id,
            received_at: request.received_at,
            workspace: owner.workspace,
            source: owner.source,
            endpoint: request.endpoint,
            client: request.client,
            refusal: None,
            encoding,
            body: received.bytes.clone(),
        };
        let counters = self.counters.source(&record.source);
        // An empty batch is one thing that was taken and will be one thing that is rejected.
        let messages = parsed.len().max(1) as u64;
        self.journal.append(vec![record.encode()]).await?;
        counters.add_accepted(messages, request.received_at);
        Ok(answer)
    }

    /// Whose request it is. `None` for an unknown write key and for a source that is switched off: both are answered
    /// with success, as Segment's edge does, and counted.
    fn owner(
        &self,
        definitions: &Definitions,
        request: &Request,
        in_body: Option<&str>,
    ) -> Result<Option<Owner>, Refused> {
        let write_key = request.credentials.write_key.as_deref().or(in_body);
        let write_key = write_key.filter(|key| WriteKey::is_well_formed(key)).ok_or_else(Refused::no_write_key)?;
        let Some(owner) = definitions.write_key(write_key) else {
            self.counters.unknown_source();
            return Ok(None);
        };
        if !owner.enabled {
            let counters = self.counters.source(&owner.source.id);
            counters.add_refused(DiscardCode::SourceDisabled);
            return Ok(None);
        }
        if owner.source.oauth_required && !self.is_authorized(definitions, request, &owner) {
            return Err(Refused::unauthorized());
        }
        Ok(Some(Owner { workspace: owner.workspace.clone(), source: owner.source.id.clone() }))
    }

    fn is_authorized(&self, definitions: &Definitions, request: &Request, owner: &KeyOwner<'_>) -> bool {
        let bearer = request.credentials.bearer.as_deref();
        bearer
            .and_then(|token| definitions.access_token(token, request.received_at))
            .is_some_and(|grant| grant.workspace == *owner.workspace)
    }

    /// Writes a refused request down for its owner to look at, where the owner is known and there is room. Waits for
    /// nothing: nothing was promised.
    fn keep_refused(&self, request: &Request, refused: &Refused, body: Bytes) {
        // Refusals for want of room say nothing about the request, and there is no room to keep them.
        let Some(code) = code_kept(refused) else { return };
        let definitions = self.control.definitions();
        let write_key = request.credentials.write_key.as_deref().or_else(|| write_key_hint(&body));
        let Some(owner) = write_key.and_then(|key| definitions.write_key(key)) else { return };
        self.counters.source(&owner.source.id).add_refused(code);
        let Some(place) = self.admission.refusal() else { return };
        let record = RequestRecord {
            id: RequestId::random(),
            received_at: request.received_at,
            workspace: owner.workspace.clone(),
            source: owner.source.id.clone(),
            endpoint: request.endpoint,
            client: request.client,
            refusal: Some(Refusal { code, detail: refused.message.clone() }),
            encoding: BodyEncoding::Plain,
            body: body.slice(..body.len().min(REFUSED_BYTES_MAX)),
        };
        let journal = self.journal.clone();
        tokio::spawn(async move {
            if let Err(error) = journal.append(vec![record.encode()]).await {
                tracing::debug!(%error, "a refused request was not kept");
            }
            drop(place);
        });
    }

    /// Takes a message that did not come as a body, such as a pixel's.
    pub(crate) async fn take_message(&self, request: &Request, message: Bytes) -> Result<Accepted, Refused> {
        let received = Received::of(message.clone());
        let outcome = self.take_text(request, &received, BodyEncoding::Plain, &message).await;
        if let Err(refused) = &outcome {
            self.keep_refused(request, refused, message);
        }
        outcome
    }
}

fn code_kept(refused: &Refused) -> Option<DiscardCode> {
    match refused.status.as_u16() {
        400 => Some(DiscardCode::BadRequest),
        401 => Some(DiscardCode::InvalidSettings),
        _ => None,
    }
}

/// What the processor will decide about each message: the same function on the same input.
fn verdicts(parsed: &RequestBody<'_>, request: &Request, id: RequestId, source: &SourceId) -> Verdicts {
    let judge = |(index, message): (usize, Message<'_, '_>)| {
        let arrival = Arrival {
            request: id,
            index: u32::try_from(index).unwrap_or(u32::MAX),
            received_at: request.received_at,
            endpoint: request.endpoint,
            client: request.client,
            source,
        };
        match message.value.and_then(|value| normalize(value, &message.envelope, &arrival)) {
            Ok(normalized) => MessageVerdict {
                index,
                status: "accepted",
                message_id: Some(normalized.message_id),
                code: None,
                message: None,
            },
            Err(rejection) => MessageVerdict {
                index,
                status: "rejected",
                message_id: None,
                code: Some(rejection.code.as_str()),
                message: Some(format!("{} {}", rejection.code.sentence(), rejection.code.remedy())),
            },
        }
    };
    let verdicts: Vec<_> = parsed.messages().enumerate().map(judge).collect();
    let rejected = verdicts.iter().filter(|verdict| verdict.code.is_some()).count();
    let code = match rejected {
        _ if verdicts.is_empty() => Some(DiscardCode::EmptyBatch),
        0 => None,
        all if all == verdicts.len() => Some(DiscardCode::EmptyBatchResult),
        _ => Some(DiscardCode::MultiUserError),
    };
    Verdicts { success: true, code: code.map(DiscardCode::as_str), verdicts }
}
