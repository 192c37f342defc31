//! The promises of the README, on real stores and streams.

mod deliveries;
mod failing_state;
mod following;
mod format;
mod history;
mod lookups;
mod oracle;
mod overview;
mod random;
mod restarts;
mod retention;

use bytes::Bytes;
use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_receipts::{
    Attempt, Entry, EventPlace, Lane, Reason, Receipt, ReceiptRecord, ReceiptWriter, ReceiptsHandle, ReceiptsService,
    SentRequest, State, StoreOptions, TakenResponse,
};

const START_MS: i64 = 1_767_225_600_000;
const SECOND_MS: i64 = 1_000;
const DAY_MS: i64 = 86_400_000;

fn workspace() -> WorkspaceId {
    WorkspaceId::new("w")
}

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(START_MS + ms)
}

fn lane(destination: &str) -> Lane {
    Lane {
        workspace: workspace(),
        source: SourceId::new("shop"),
        destination: DestinationId::new(destination),
        subscription: None,
        replay: 0,
    }
}

fn reason(code: &str) -> Reason {
    Reason { code: code.into(), sentence: format!("The receiver answered {code}.") }
}

/// A step of the event with this offset at `hook`, that many seconds after the event came.
fn receipt(offset: u64, seconds: i64, state: State) -> Receipt {
    let received = offset as i64 * 100;
    Receipt {
        lane: lane("hook"),
        event: EventPlace { partition: 0, offset },
        message_id: format!("m-{offset}"),
        event_type: "track".into(),
        event_name: "Order Completed".into(),
        app_version: "2.1".into(),
        user_id: Some(format!("u-{}", offset % 3)),
        anonymous_id: Some(format!("a-{}", offset % 5)),
        received_at: at(received),
        at: at(received + seconds * SECOND_MS),
        state,
        retries: 0,
        attempts: Vec::new(),
    }
}

fn attempt(number: u32, status: u16, ms: i64) -> Attempt {
    Attempt {
        at: at(ms),
        number,
        status: Some(status),
        latency_ms: 12,
        reason: reason(&status.to_string()),
        request: Some(SentRequest {
            method: "POST".into(),
            url: "http://receiver.test/".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Bytes::from_static(b"{\"event\":\"Order Completed\"}"),
        }),
        response: Some(TakenResponse { headers: Vec::new(), body: Bytes::from_static(b"no") }),
    }
}

/// A store in memory and what was written to its stream.
struct House {
    state: prime_state::State,
    options: StoreOptions,
    writer: ReceiptWriter,
    written: Vec<(Timestamp, Bytes)>,
}

impl House {
    fn build() -> Self {
        Self::keeping(StoreOptions::default())
    }

    fn keeping(options: StoreOptions) -> Self {
        let state = prime_state::State::in_memory();
        let writer = ReceiptWriter::open(state.clone(), options).unwrap();
        Self { state, options, writer, written: Vec::new() }
    }

    fn write(&mut self, receipt: Receipt) {
        let written_at = receipt.at;
        self.write_record(ReceiptRecord::Receipt(Box::new(receipt)), written_at);
    }

    fn write_record(&mut self, record: ReceiptRecord, written_at: Timestamp) {
        let value = record.encode();
        let entry = Entry { offset: self.written.len() as u64, written_at, value: &value };
        assert_eq!(self.writer.take(0, &[entry]).unwrap().taken, 1);
        self.written.push((written_at, value));
    }

    fn handle(&self) -> ReceiptsHandle {
        ReceiptsService::open(self.state.clone(), self.options, Vec::new()).unwrap().handle()
    }
}
