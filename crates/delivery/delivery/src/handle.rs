use std::sync::Arc;

use bytes::Bytes;
use prime_archive::{ArchiveHandle, Wall};
use prime_control::{ARCHIVE_METADATA_ID, Destination};
use prime_destination::{
    Attempt, AttemptOutcome, DestinationState, Event, IdempotencyKey, MappingVersion, QueueState, TestReport,
};
use prime_event::{DestinationId, Timestamp};
use prime_log::Offset;
use prime_outbound::{Client, OutboundOptions, StartError};
use serde_json::{Value, json};

use crate::exchange::attempt;
use crate::expired::ExpiredStore;
use crate::options::DeliveryOptions;
use crate::preview::unknown_destination;
use crate::wiring::Wiring;

/// Sees what destinations do, archives included, and tests them. Cheap to clone; works, without news, where the services
/// do not run.
#[derive(Clone)]
pub struct DeliveryHandle {
    pub(crate) wall: Wall,
    pub(crate) sender: Client,
    pub(crate) archive: ArchiveHandle,
    expired: ExpiredStore,
}

impl DeliveryHandle {
    /// Sees the services that are shown to it, none at first.
    pub fn of_several(options: &DeliveryOptions, archive: ArchiveHandle) -> Result<Self, StartError> {
        let sender = Client::new(OutboundOptions {
            networks: options.networks.clone(),
            request_timeout: options.request_timeout,
            lookup_timeout: options.request_timeout,
            connect_timeout: options.request_timeout,
            idle_per_host_max: options.concurrency_max,
            ..OutboundOptions::default()
        })?;
        Ok(Self { wall: Wall::default(), sender, archive, expired: options.expired.clone() })
    }

    /// From now on sees what the other one sees, too, its archives included.
    pub fn show(&self, other: &Self) {
        self.wall.hang_all(&other.wall);
        self.archive.show(&other.archive);
    }

    /// No longer sees the services of a partition of `events`.
    pub fn hide(&self, partition: u32) {
        self.wall.take_down(partition);
        self.archive.hide(partition);
    }

    /// The last attempts of a destination, newest first, at most 200. Filtered events are among them.
    ///
    /// An archive's attempts are the files it wrote: of type `file`, with the path as their name.
    pub fn attempts(&self, destination: &DestinationId) -> Vec<Attempt> {
        self.wall.attempts(destination).unwrap_or_else(|| self.archive.attempts(destination))
    }

    /// Where a destination stands; none if no service follows it, as right after it was made. An archive's is that of this process.
    ///
    /// Of partitions that other processes deliver, this and [`DeliveryHandle::queue`] know what a
    /// [`StandingsService`](crate::StandingsService) heard.
    pub fn state(&self, destination: &DestinationId) -> Option<DestinationState> {
        self.wall.state(destination).or_else(|| self.archive.state(destination))
    }

    /// The offset in a partition of `events` before which every event has ended for a destination, or was not for it: it was switched off.
    /// Receipts of those that ended last may not be written yet. None if no service is known to follow it there.
    pub fn position_in(&self, partition: u32, destination: &DestinationId) -> Option<Offset> {
        self.wall.state_in(partition, destination).map(|state| state.position)
    }

    /// What waits for a destination, and how fast it is sent to, over all partitions. None while
    /// it is switched off, for archives, and where no service is known to follow it.
    pub fn queue(&self, destination: &DestinationId) -> Option<QueueState> {
        self.wall.queue(destination)
    }

    /// Where events are kept that could not be delivered in time.
    pub fn expired(&self) -> &ExpiredStore {
        &self.expired
    }

    /// Sends one event now, with these settings, whether the destination is switched on or not, and says what came of it.
    ///
    /// Takes the payload of an event, or makes one up that says it is a test. An archive writes a small object
    /// instead. Nothing is counted, remembered or tried again. Ends within the request timeout, for an archive within two
    /// minutes.
    pub async fn test(&self, destination: &Destination, event: Option<&Value>) -> TestReport {
        if destination.metadata_id == ARCHIVE_METADATA_ID {
            return self.archive.test(destination).await;
        }
        let Some(kind) = prime_destinations::find_requests(&destination.metadata_id) else {
            return not_in_catalog();
        };
        let wiring = Wiring::new(kind, Arc::new(destination.clone()));
        let now = Timestamp::now();
        let payload = event.cloned().unwrap_or_else(|| sample(now));
        let message_id = payload.get("messageId").and_then(Value::as_str).unwrap_or_default();
        let event = Event {
            source: destination.source.clone(),
            received_at: now,
            idempotency_key: IdempotencyKey::new(message_id, &destination.id, MappingVersion::FIRST),
            payload: Bytes::from(payload.to_string()),
        };
        attempt(&self.sender, &wiring, &event).await.into()
    }
}

fn not_in_catalog() -> TestReport {
    let reason = unknown_destination();
    TestReport {
        outcome: AttemptOutcome::Failed,
        status: None,
        latency_ms: 0,
        code: reason.code.into_owned(),
        reason: reason.sentence.into_owned(),
        request: None,
        response: None,
    }
}

/// A complete event as the processor would have made it.
fn sample(now: Timestamp) -> Value {
    let time = now.to_string();
    json!({
        "type": "track",
        "event": "Test Event",
        "messageId": format!("test-{}", now.as_millis()),
        "userId": "test-user",
        "properties": { "test": true },
        "context": { "library": { "name": "primedata", "version": env!("CARGO_PKG_VERSION") } },
        "integrations": {},
        "originalTimestamp": time,
        "sentAt": time,
        "receivedAt": time,
        "timestamp": time,
        "version": 2,
    })
}
