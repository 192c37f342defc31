//! Records for tests.

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};

use crate::record::{EventPlace, Lane, Receipt, State};

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
