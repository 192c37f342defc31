//! The receipts that followers leave, until they are in the stream.

use std::collections::VecDeque;

use bytes::Bytes;
use parking_lot::Mutex;
use prime_destination::{AttemptOutcome, RequestReport, ResponseReport};
use prime_event::{DestinationId, EventRecord, Timestamp};
use prime_log::{AppendError, Partition};
use prime_receipts::{
    Attempt, EventPlace, Lane, Reason, Receipt, ReceiptRecord, Sampler, Sampling, SentRequest, State, TakenResponse,
};
use serde::Deserialize;
use tokio::sync::Notify;

use crate::exchange::Attempted;
use crate::job::Job;

/// Receipts that wait to be written; with more of them no further event is begun. As many as one look at the stream.
const WAITING_MAX: usize = 1_000;

/// Where receipts are written, and how many of the successes are kept with all details.
#[derive(Clone, Debug)]
pub struct ReceiptStream {
    pub partition: Partition,
    pub sampling: Sampling,
}

/// The receipts of one destination that are not written yet. They are written before the position passes their events.
pub(crate) struct ReceiptBook {
    stream: Option<ReceiptStream>,
    pages: Mutex<Pages>,
    written_to: Notify,
}

struct Pages {
    sampler: Sampler,
    waiting: VecDeque<ReceiptRecord>,
    /// How many of them, from the front, are being written: nothing may be added to these.
    under_way: usize,
}

impl ReceiptBook {
    /// Takes nothing where there is no stream.
    pub(crate) fn of(stream: Option<ReceiptStream>) -> Self {
        let sampling = stream.as_ref().map_or_else(Sampling::default, |stream| stream.sampling);
        let pages = Pages { sampler: Sampler::new(sampling), waiting: VecDeque::new(), under_way: 0 };
        Self { stream, pages: Mutex::new(pages), written_to: Notify::new() }
    }

    pub(crate) fn has_room(&self) -> bool {
        self.pages.lock().waiting.len() < WAITING_MAX
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pages.lock().waiting.is_empty()
    }

    /// Resolves when something was put in since it was asked last.
    pub(crate) async fn news(&self) {
        self.written_to.notified().await;
    }

    pub(crate) fn put(&self, receipt: Receipt) {
        if self.stream.is_none() {
            return;
        }
        let mut pages = self.pages.lock();
        let record = pages.sampler.record(receipt);
        let is_open = pages.waiting.len() > pages.under_way;
        match (record, pages.waiting.back_mut().filter(|_| is_open)) {
            (ReceiptRecord::Counted(counted), Some(ReceiptRecord::Counted(last))) => {
                if let Err(counted) = last.join(counted) {
                    pages.waiting.push_back(ReceiptRecord::Counted(counted));
                }
            }
            (record, _) => pages.waiting.push_back(record),
        }
        drop(pages);
        self.written_to.notify_one();
    }

    /// Makes durable what was put in before. After an error all of it still waits.
    pub(crate) async fn write(&self) -> Result<(), AppendError> {
        let Some(stream) = &self.stream else { return Ok(()) };
        let values: Vec<Bytes> = {
            let mut pages = self.pages.lock();
            pages.under_way = pages.waiting.len();
            pages.waiting.iter().map(ReceiptRecord::encode).collect()
        };
        if values.is_empty() {
            return Ok(());
        }
        let appended = stream.partition.append(values).await;
        let mut pages = self.pages.lock();
        let written = std::mem::take(&mut pages.under_way);
        if appended.is_ok() {
            pages.waiting.drain(..written);
        }
        appended.map(|_| ())
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
        app_version: app_version(record),
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
    TakenResponse { headers: Vec::new(), body: report.body.clone().into() }
}

/// `context.app.version`; empty where it is not told.
fn app_version(record: &EventRecord) -> String {
    #[derive(Default, Deserialize)]
    struct Payload {
        context: Option<Context>,
    }
    #[derive(Deserialize)]
    struct Context {
        app: Option<App>,
    }
    #[derive(Deserialize)]
    struct App {
        version: Option<String>,
    }
    let payload: Payload = serde_json::from_slice(&record.payload).unwrap_or_default();
    payload.context.and_then(|context| context.app).and_then(|app| app.version).unwrap_or_default()
}
