use prime_receipts::{Attempt, KeptReceipt, LastAttempt, State, StateKind};
use serde::Serialize;
use utoipa::ToSchema;

/// What became of one event at one destination.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Receipt)]
pub(crate) struct ReceiptBody {
    id: String,
    source_id: String,
    destination_id: String,
    /// The mapping that made the request; null where the destination has none.
    subscription_id: Option<String>,
    /// 0 for the first delivery of the event; otherwise the number of the replay.
    replay: u32,
    /// Partition and offset of the event in the `events` stream.
    partition: u32,
    offset: u64,
    message_id: String,
    event_type: String,
    /// Name of the event, page or screen; empty where the type has none.
    event_name: String,
    app_version: String,
    user_id: Option<String>,
    anonymous_id: Option<String>,
    received_at: String,
    /// When it came to its state.
    at: String,
    state: ReceiptState,
    /// A word to count and search by; null where nothing went wrong.
    code: Option<String>,
    /// What happened, in a sentence; null where nothing went wrong.
    reason: Option<String>,
    /// Attempts after the first one.
    retries: u32,
    /// All attempts, kept or not.
    attempts_total: u32,
    /// From its arrival to this state.
    latency_ms: u64,
    last_attempt: Option<LastAttemptBody>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ReceiptState {
    /// It was not for this destination.
    Filtered,
    Delivered,
    /// It will be tried again.
    Retrying,
    /// It was refused for good.
    Failed,
    /// It was tried for as long as events are, in vain.
    Expired,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReceiptLastAttempt)]
pub(crate) struct LastAttemptBody {
    at: String,
    number: u32,
    /// The HTTP status of the answer, if there was one.
    status: Option<u16>,
    latency_ms: u64,
    code: String,
    reason: String,
}

/// One attempt, with what was sent and what came back, secrets masked, cut to a bound: 2 KiB of each body, and 32 headers of 512 bytes.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ReceiptAttempt)]
pub(crate) struct AttemptBody {
    at: String,
    number: u32,
    status: Option<u16>,
    latency_ms: u64,
    code: String,
    reason: String,
    /// Null where nothing was sent.
    request: Option<ReceiptRequest>,
    /// Null where nothing came back.
    response: Option<ReceiptResponse>,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptRequest {
    method: String,
    url: String,
    headers: Vec<ReceiptHeader>,
    body: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptResponse {
    headers: Vec<ReceiptHeader>,
    body: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ReceiptHeader {
    name: String,
    value: String,
}

impl ReceiptBody {
    /// Where its event lies in the `events` stream, and the messageId that it has.
    pub(super) fn event(&self) -> (u32, u64, &str) {
        (self.partition, self.offset, &self.message_id)
    }

    pub(super) fn sentence(&self) -> Option<&str> {
        self.reason.as_deref()
    }
}

impl From<KeptReceipt> for ReceiptBody {
    fn from(kept: KeptReceipt) -> Self {
        let receipt = kept.receipt;
        let reason = receipt.state.reason();
        let latency = receipt.at.as_millis() - receipt.received_at.as_millis();
        Self {
            id: kept.id.to_string(),
            source_id: receipt.lane.source.to_string(),
            destination_id: receipt.lane.destination.to_string(),
            code: reason.map(|reason| reason.code.clone()),
            reason: reason.map(|reason| reason.sentence.clone()),
            state: (&receipt.state).into(),
            subscription_id: receipt.lane.subscription,
            replay: receipt.lane.replay,
            partition: receipt.event.partition,
            offset: receipt.event.offset,
            message_id: receipt.message_id,
            event_type: receipt.event_type,
            event_name: receipt.event_name,
            app_version: receipt.app_version,
            user_id: receipt.user_id,
            anonymous_id: receipt.anonymous_id,
            received_at: receipt.received_at.to_string(),
            at: receipt.at.to_string(),
            retries: receipt.retries,
            attempts_total: kept.attempts_total,
            latency_ms: u64::try_from(latency).unwrap_or(0),
            last_attempt: kept.last_attempt.map(LastAttemptBody::from),
        }
    }
}

impl From<&State> for ReceiptState {
    fn from(state: &State) -> Self {
        match state.kind() {
            StateKind::Filtered => Self::Filtered,
            StateKind::Delivered => Self::Delivered,
            StateKind::Retrying => Self::Retrying,
            StateKind::Failed => Self::Failed,
            StateKind::Expired => Self::Expired,
        }
    }
}

impl From<LastAttempt> for LastAttemptBody {
    fn from(attempt: LastAttempt) -> Self {
        Self {
            at: attempt.at.to_string(),
            number: attempt.number,
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            code: attempt.reason.code,
            reason: attempt.reason.sentence,
        }
    }
}

impl From<Attempt> for AttemptBody {
    fn from(attempt: Attempt) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            at: attempt.at.to_string(),
            number: attempt.number,
            status: attempt.status,
            latency_ms: attempt.latency_ms,
            code: attempt.reason.code,
            reason: attempt.reason.sentence,
            request: attempt.request.map(|request| ReceiptRequest {
                method: request.method,
                url: request.url,
                headers: headers(request.headers),
                body: text(&request.body),
            }),
            response: attempt
                .response
                .map(|response| ReceiptResponse { headers: headers(response.headers), body: text(&response.body) }),
        }
    }
}

fn headers(headers: Vec<(String, String)>) -> Vec<ReceiptHeader> {
    headers.into_iter().map(|(name, value)| ReceiptHeader { name, value }).collect()
}
