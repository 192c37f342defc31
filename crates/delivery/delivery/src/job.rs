//! One event on its way.

use std::sync::OnceLock;

use bytes::Bytes;
use prime_destination::{Event, IdempotencyKey, MappingVersion};
use prime_event::{DestinationId, EventHead, EventRecord, SourceId};
use prime_log::{Offset, Record};
use serde::Deserialize;
use tracing::error;

/// An event that destinations may take. Shared by all of them.
pub(crate) struct Job {
    /// Of `events`.
    pub(crate) partition: u32,
    pub(crate) offset: Offset,
    pub(crate) head: EventHead,
    pub(crate) record: EventRecord,
    app_version: OnceLock<String>,
}

impl Job {
    pub(crate) fn new(partition: u32, offset: Offset, record: EventRecord) -> Self {
        let head = EventHead::read(&record.payload).unwrap_or_default();
        Self { partition, offset, head, record, app_version: OnceLock::new() }
    }

    /// The event of a record, if its source is wanted. With a payload of its own, as it may wait for long and would keep alive
    /// everything that was read with it. A record that cannot be read is told of in the log, and is not for anybody.
    pub(crate) fn read(partition: u32, record: Record, is_wanted: impl FnOnce(&SourceId) -> bool) -> Option<Self> {
        let offset = record.offset;
        match EventRecord::decode(record.value) {
            Ok(event) if !is_wanted(&event.source) => None,
            Ok(mut event) => {
                event.payload = Bytes::copy_from_slice(&event.payload);
                Some(Self::new(partition, offset, event))
            }
            Err(error) => {
                error!(offset, %error, "an event cannot be read and is not delivered");
                None
            }
        }
    }

    pub(crate) fn event(&self, destination: &DestinationId) -> Event {
        event(&self.record, &self.head, destination)
    }

    /// `context.app.version`; empty where it is not told.
    pub(crate) fn app_version(&self) -> &str {
        self.app_version.get_or_init(|| app_version(&self.record.payload))
    }
}

/// The event as this destination sees it.
pub(crate) fn event(record: &EventRecord, head: &EventHead, destination: &DestinationId) -> Event {
    let message_id = head.message_id.as_deref().unwrap_or_default();
    Event {
        source: record.source.clone(),
        received_at: record.received_at,
        idempotency_key: IdempotencyKey::new(message_id, destination, MappingVersion::FIRST),
        payload: record.payload.clone(),
    }
}

fn app_version(payload: &[u8]) -> String {
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
    let payload: Payload = serde_json::from_slice(payload).unwrap_or_default();
    payload.context.and_then(|context| context.app).and_then(|app| app.version).unwrap_or_default()
}
