//! Profiles behind the API, and a small town of people.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use prime_control::ControlStore;
use prime_event::WorkspaceId;
use prime_identity::{Memory, Rules};
use prime_log::Partition;
use prime_profiles_service::{
    JournalProgress, NothingComputed, ProfilesHandle, ProfilesOptions, ProfilesService, ServiceStreams, SpaceAccess,
    SpaceOptions, SpaceStates,
};
use prime_state::{State, StateError};
use serde_json::{Value, json};

use super::{Server, server};

struct Nobody;

impl SpaceAccess for Nobody {
    fn accepts(&self, _space: &WorkspaceId, _access_token: &str) -> bool {
        false
    }

    fn person_token_secrets(&self, _space: &WorkspaceId) -> Vec<Vec<u8>> {
        Vec::new()
    }
}

impl JournalProgress for Nobody {
    fn processed_until(&self) -> u64 {
        0
    }
}

#[derive(Default)]
struct InMemory(Mutex<Option<State>>);

impl SpaceStates for InMemory {
    fn known(&self) -> std::io::Result<Vec<WorkspaceId>> {
        Ok(Vec::new())
    }

    fn open(&self, _space: &WorkspaceId) -> Result<State, StateError> {
        Ok(self.0.lock().get_or_insert_with(State::in_memory).clone())
    }
}

/// Keeps profiles of what comes to `events`, for as long as the test's runtime lasts.
pub(super) fn start(control: &ControlStore, events: Partition, computed: Partition) -> ProfilesHandle {
    let options = ProfilesOptions {
        space: SpaceOptions {
            rules: Rules::default().compile().unwrap(),
            identity_key: [7; 16],
            memory: Memory { sets_max: 1_000 },
            rows_max: 100,
        },
        states: Arc::new(InMemory::default()),
        access: Arc::new(Nobody),
        computer: Arc::new(NothingComputed),
        journal: Arc::new(Nobody),
    };
    let service = ProfilesService::open(options, ServiceStreams { events, computed }).unwrap();
    service.begin(control.definitions().workspaces.keys().next().unwrap()).unwrap();
    let handle = service.handle();
    tokio::spawn(service.run(std::future::pending()));
    handle
}

impl Server {
    /// Sends events and waits until profiles show them. Each happens a minute after the one before.
    pub(super) async fn happened(&self, events: &[Value]) {
        let first = self.api.events[0].bounds().end;
        for (event, minute) in events.iter().zip(first..) {
            let mut event = event.clone();
            let time = prime_event::Timestamp::from_millis(1_700_000_000_000 + minute as i64 * 60_000).to_string();
            event["messageId"] = format!("m{minute}").into();
            event["timestamp"] = time.as_str().into();
            event["receivedAt"] = time.as_str().into();
            self.event("web", event).await;
        }
        let profiles = self.api.profiles.clone().unwrap();
        while profiles.behind() > 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Jane on two devices, and Joe, who sat down at one of them and said who he was.
pub(super) async fn town() -> Server {
    let server = server();
    server
        .happened(&[
            json!({"type": "page", "anonymousId": "phone", "properties": {}}),
            json!({"type": "page", "anonymousId": "laptop", "properties": {}}),
            json!({"type": "identify", "anonymousId": "phone", "userId": "jane", "traits": {"name": "Jane Doe", "email": "jane@example.com", "age": 41.50}}),
            json!({"type": "track", "event": "Paid", "anonymousId": "laptop", "userId": "jane", "properties": {"total": 9.90}}),
            json!({"type": "identify", "anonymousId": "laptop", "userId": "joe", "traits": {"name": "Joe Bloggs"}}),
            json!({"type": "group", "userId": "jane", "groupId": "initech", "traits": {"name": "Initech"}}),
        ])
        .await;
    server
}
