//! Takes one request: reads it, finds its owner, writes it to the journal, and only then says yes.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::HeaderMap;
use prime_control::{Definitions, KeyOwner};
use prime_event::{
    Arrival, BodyEncoding, DiscardCode, Endpoint, Message, Refusal, RequestBody, RequestId, RequestRecord, SourceId,
    Timestamp, WorkspaceId, WriteKey, limits, normalize, write_key_hint,
};

use crate::Inner;
use crate::answer::{Accepted, MessageVerdict, Refused, Verdicts};
use crate::body::{Incoming, Received};
use crate::credentials::Credentials;
use crate::gate::Gate;
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
    gate: Arc<Gate>,
}

/// What is to be done with a request that was read.
enum Decision {
    /// Its write key is unknown or switched off: it is answered and dropped.
    Drop,
    Journal {
        record: Bytes,
        messages: u64,
        gate: Arc<Gate>,
        answer: Accepted,
    },
}

impl Request {
    pub(crate) fn new(inner: &Inner, endpoint: Endpoint, peer: Option<Peer>, headers: &HeaderMap) -> Self {
        Self {
            endpoint,
            received_at: Timestamp::now(),
            client: inner.options.client(peer, headers),
            credentials: Credentials::read(headers),
            wants_verdicts: asks_for_verdicts(headers),
        }
    }
}

fn asks_for_verdicts(headers: &HeaderMap) -> bool {
    headers.get(VERDICTS_HEADER).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"per-message"))
}

impl Inner {
    /// Answers a request with messages. On success everything in it is durable.
    pub(crate) async fn take(
        &self,
        endpoint: Endpoint,
        peer: Option<Peer>,
        headers: &HeaderMap,
        body: impl Incoming,
    ) -> Result<Accepted, Refused> {
        let request = Request::new(self, endpoint, peer, headers);
        let early = self.early_gate(&request);
        if let Some(gate) = &early {
            self.gates.enter(gate)?;
        }
        let received = match self.receive(headers, body).await {
            Ok(received) => received,
            Err(refused) => {
                self.keep_refused(&request, &refused, &[]);
                return Err(refused);
            }
        };
        let decision = self.with_text(&received, |encoding, text| {
            let decision = self.decide(&request, early.is_some(), &received, encoding, text);
            decision.inspect_err(|refused| self.keep_refused(&request, refused, text))
        });
        let decision = decision.inspect_err(|refused| self.keep_refused(&request, refused, &received.bytes))??;
        self.carry_out(&request, decision).await
    }

    /// The gate of the source that the request's head names, if it names one.
    fn early_gate(&self, request: &Request) -> Option<Arc<Gate>> {
        let write_key = request.credentials.write_key.as_deref()?;
        Some(self.gates.of(&self.control.definitions().write_key(write_key)?.source.id))
    }

    fn decide(
        &self,
        request: &Request,
        has_entered: bool,
        received: &Received,
        encoding: BodyEncoding,
        text: &[u8],
    ) -> Result<Decision, Refused> {
        if matches!(request.endpoint, Endpoint::Single { .. }) && text.len() > limits::MESSAGE_BYTES_MAX {
            return Err(Refused::bad_request("The message is larger than 32 KiB."));
        }
        let parsed = RequestBody::parse(text, request.endpoint)
            .map_err(|malformed| Refused::bad_request(format!("The request cannot be read: {malformed}.")))?;
        let definitions = self.control.definitions();
        let Some(owner) = self.owner(&definitions, request, parsed.write_key())? else {
            return Ok(Decision::Drop);
        };
        if !has_entered {
            self.gates.enter(&owner.gate)?;
        }
        // An empty batch is one thing that was taken and will be one thing that is rejected.
        let messages = parsed.len().max(1) as u64;
        self.gates.charge(&owner.gate, messages)?;
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
        Ok(Decision::Journal { record: record.encode(), messages, gate: owner.gate, answer })
    }

    async fn carry_out(&self, request: &Request, decision: Decision) -> Result<Accepted, Refused> {
        let Decision::Journal { record, messages, gate, answer } = decision else { return Ok(Accepted::Plain) };
        let since = Instant::now();
        let appended = self.journal.append(vec![record]).await;
        self.gates.waited(since.elapsed());
        appended?;
        gate.counters.add_accepted(messages, request.received_at);
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
        // Every store has its workspace in revision 1: before that nobody has told this node whose keys there are.
        if definitions.revision == 0 {
            return Err(Refused::no_definitions());
        }
        let Some(owner) = definitions.write_key(write_key) else {
            self.counters.unknown_source();
            return Ok(None);
        };
        let gate = self.gates.of(&owner.source.id);
        if !owner.enabled {
            gate.counters.add_refused(DiscardCode::SourceDisabled);
            return Ok(None);
        }
        if owner.source.oauth_required && !self.is_authorized(definitions, request, &owner) {
            return Err(Refused::unauthorized());
        }
        Ok(Some(Owner { workspace: owner.workspace.clone(), source: owner.source.id.clone(), gate }))
    }

    fn is_authorized(&self, definitions: &Definitions, request: &Request, owner: &KeyOwner<'_>) -> bool {
        let bearer = request.credentials.bearer.as_deref();
        bearer
            .and_then(|token| definitions.access_token(token, request.received_at))
            .is_some_and(|grant| grant.workspace == *owner.workspace)
    }

    /// Writes a refused request down for its owner to look at, where the owner is known and there is room. Waits for
    /// nothing: nothing was promised.
    fn keep_refused(&self, request: &Request, refused: &Refused, body: &[u8]) {
        // Refusals for want of room say nothing about the request, and there is no room to keep them.
        let Some(code) = code_kept(refused) else { return };
        let definitions = self.control.definitions();
        let write_key = request.credentials.write_key.as_deref().or_else(|| write_key_hint(body));
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
            body: Bytes::copy_from_slice(&body[..body.len().min(REFUSED_BYTES_MAX)]),
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
        let received = Received::of(message);
        let text = &received.bytes;
        let decision = self.decide(request, false, &received, BodyEncoding::Plain, text);
        let decision = decision.inspect_err(|refused| self.keep_refused(request, refused, text))?;
        self.carry_out(request, decision).await
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
                message_id: Some(normalized.facts.message_id),
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
