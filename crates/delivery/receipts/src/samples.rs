//! Records for tests.

use bytes::Bytes;
use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};

use crate::record::{Attempt, EventPlace, Lane, Reason, Receipt, SentRequest, State, TakenResponse};

pub(crate) fn lane() -> Lane {
    Lane {
        workspace: WorkspaceId::new("w"),
        source: SourceId::new("shop"),
        destination: DestinationId::new("hook"),
        subscription: None,
        replay: 0,
    }
}

/// Of the event with this offset, some seconds after its arrival.
pub(crate) fn receipt(offset: u64, state: State) -> Receipt {
    let received_at = 1_700_000_000_000 + offset as i64;
    Receipt {
        lane: lane(),
        event: EventPlace { partition: 0, offset },
        message_id: format!("m-{offset}"),
        event_type: "track".into(),
        event_name: "Order Completed".into(),
        app_version: "2.1".into(),
        user_id: Some("u-1".into()),
        anonymous_id: None,
        received_at: Timestamp::from_millis(received_at),
        at: Timestamp::from_millis(received_at + 2_000),
        state,
        retries: 0,
        attempts: Vec::new(),
    }
}

pub(crate) fn attempt(number: u32, status: u16) -> Attempt {
    Attempt {
        at: Timestamp::from_millis(1_700_000_001_000 + i64::from(number) * 1_000),
        number,
        status: Some(status),
        latency_ms: 12,
        reason: Reason { code: status.to_string(), sentence: format!("The receiver answered {status}.") },
        request: Some(SentRequest {
            method: "POST".into(),
            url: "http://receiver.test/".into(),
            headers: vec![("content-type".into(), "application/json".into())],
            body: Bytes::from_static(b"{}"),
        }),
        response: Some(TakenResponse { headers: Vec::new(), body: Bytes::from_static(b"ok") }),
    }
}
