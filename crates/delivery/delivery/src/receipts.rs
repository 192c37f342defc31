//! The receipts of a carrier, until they are in the stream.

use std::collections::HashMap;

use bytes::Bytes;
use prime_destination::{AttemptOutcome, RequestReport, ResponseReport};
use prime_event::{DestinationId, Timestamp};
use prime_log::Partition;
use prime_receipts::{
    Attempt, CountedRecord, EventPlace, Lane, Reason, Receipt, ReceiptRecord, Sampler, Sampling, SentRequest, State,
    TakenResponse,
};

use crate::exchange::Attempted;
use crate::job::Job;

/// Receipts that wait to be written; with more of them no further request is begun. Some megabytes.
const WAITING_MAX: usize = 4_000;

/// Where receipts are written, and how many of the successes are kept with all details.
#[derive(Clone, Debug)]
pub struct ReceiptStream {
    pub partition: Partition,
    pub sampling: Sampling,
}

/// Receipts that are not written yet. They are written before the book says that their events have ended.
pub(crate) struct Receipts {
    stream: Option<ReceiptStream>,
    /// In the form in which they are written.
    waiting: Vec<Bytes>,
    /// Successes that are only counted.
    counted: HashMap<DestinationId, CountedRecord>,
}

impl Receipts {
    /// Takes nothing where there is no stream.
    pub(crate) fn of(stream: Option<ReceiptStream>) -> Self {
        Self { stream, waiting: Vec::new(), counted: HashMap::new() }
    }

    /// Chooses for one destination which successes are kept.
    pub(crate) fn sampler(&self) -> Sampler {
        Sampler::new(self.stream.as_ref().map_or_else(Sampling::default, |stream| stream.sampling))
    }

    pub(crate) fn are_wanted(&self) -> bool {
        self.stream.is_some()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING_MAX
    }

    /// So many that they should be written soon.
    pub(crate) fn are_many(&self) -> bool {
        self.waiting.len() >= WAITING_MAX / 4
    }

    pub(crate) fn put(&mut self, sampler: &mut Sampler, receipt: Receipt) {
        if self.stream.is_none() {
            return;
        }
        match sampler.record(receipt) {
            ReceiptRecord::Receipt(receipt) => self.waiting.push(ReceiptRecord::Receipt(receipt).encode()),
            ReceiptRecord::Counted(counted) => match self.counted.get_mut(&counted.lane.destination) {
                Some(before) => {
                    if let Err(counted) = before.join(counted) {
                        self.waiting.push(ReceiptRecord::Counted(counted).encode());
                    }
                }
                None => drop(self.counted.insert(counted.lane.destination.clone(), counted)),
            },
        }
    }

    /// All that is to be written now, and where. It waits on until [`Receipts::written`] says otherwise.
    pub(crate) fn unwritten(&mut self) -> Option<(Partition, Vec<Bytes>)> {
        let stream = self.stream.as_ref()?;
        self.waiting.extend(self.counted.drain().map(|(_, counted)| ReceiptRecord::Counted(counted).encode()));
        (!self.waiting.is_empty()).then(|| (stream.partition.clone(), self.waiting.clone()))
    }

    /// So many, from the front, are durable.
    pub(crate) fn written(&mut self, count: usize) {
        self.waiting.drain(..count);
    }
}

/// What is known of an event before it is tried.
pub(crate) fn blank(destination: &DestinationId, job: &Job, at: Timestamp, state: State) -> Receipt {
    let (head, record) = (&job.head, &job.record);
    Receipt {
        lane: Lane {
            workspace: record.workspace.clone(),
            source: record.source.clone(),
            destination: destination.clone(),
            subscription: None,
            replay: 0,
        },
        event: EventPlace { partition: job.partition, offset: job.offset },
        message_id: head.message_id.clone().unwrap_or_default(),
        event_type: head.kind.clone().unwrap_or_default(),
        event_name: head.name.clone().unwrap_or_default(),
        app_version: job.app_version().to_owned(),
        user_id: head.user_id.clone(),
        anonymous_id: head.anonymous_id.clone(),
        received_at: record.received_at,
        at,
        state,
        retries: 0,
        attempts: Vec::new(),
    }
}

/// The state that an attempt leaves its event in.
pub(crate) fn state_of(attempted: &Attempted) -> State {
    match attempted.outcome() {
        AttemptOutcome::Delivered => State::Delivered,
        AttemptOutcome::Retrying => State::Retrying(reason_of(attempted)),
        AttemptOutcome::Failed => State::Failed(reason_of(attempted)),
        AttemptOutcome::Filtered => State::Filtered(reason_of(attempted)),
    }
}

pub(crate) fn reason_of(attempted: &Attempted) -> Reason {
    let reason = &attempted.verdict().reason;
    Reason { code: reason.code.to_string(), sentence: reason.sentence.to_string() }
}

/// An attempt as the receipt keeps it; none where nothing was tried.
pub(crate) fn attempts_of(attempted: &Attempted, number: u32, at: Timestamp) -> Vec<Attempt> {
    if attempted.outcome() == AttemptOutcome::Filtered {
        return Vec::new();
    }
    vec![Attempt {
        at,
        number,
        status: attempted.response.as_ref().map(|response| response.status),
        latency_ms: attempted.latency.as_millis() as u64,
        reason: reason_of(attempted),
        request: attempted.request.as_ref().map(sent),
        response: attempted.response.as_ref().map(taken),
    }]
}

fn sent(report: &RequestReport) -> SentRequest {
    SentRequest {
        method: report.method.clone(),
        url: report.url.clone(),
        headers: report.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        body: report.body.clone().into(),
    }
}

fn taken(report: &ResponseReport) -> TakenResponse {
    let headers = report.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    TakenResponse { headers, body: report.body.clone().into() }
}
