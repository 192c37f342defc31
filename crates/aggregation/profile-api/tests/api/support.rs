//! One space whose identity does as the test says.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use axum::body::Body;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use parking_lot::Mutex;
use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};
use prime_profile_api::{ComputedTrait, DeletionError, NotReached, ProfileApiOptions, Space, Spaces, profile_api};
use prime_profiles::{
    Collection, FragmentId, Identifier, Move, Placement, ProfileEvent, ProfileNumber, ProfileReader, ProfileRef,
    ProfileStore, RowCache,
};
use prime_state::{Durability, State};
use serde_json::Value;
use sha2::{Digest, Sha256};
use tower::ServiceExt;

pub(crate) const TOKEN: &str = "access-token-of-the-space";
pub(crate) const SECRET: &[u8] = b"secret-for-persons";

pub(crate) struct Fixture {
    pub(crate) space: Arc<TestSpace>,
    router: Router,
}

pub(crate) struct TestSpace {
    store: ProfileStore,
    pub(crate) computed: Mutex<Vec<ComputedTrait>>,
    pub(crate) applied: Mutex<u64>,
    pub(crate) deletions: Mutex<Vec<(Identifier, Identifier)>>,
    pub(crate) deletion: Mutex<Result<(), DeletionError>>,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        Self::with(ProfileApiOptions::default())
    }

    pub(crate) fn with(options: ProfileApiOptions) -> Self {
        let space = Arc::new(TestSpace {
            store: ProfileStore::open(State::in_memory()).unwrap(),
            computed: Mutex::default(),
            applied: Mutex::new(0),
            deletions: Mutex::default(),
            deletion: Mutex::new(Ok(())),
        });
        let router = profile_api(Arc::new(OneSpace(space.clone())), options);
        Self { space, router }
    }

    /// Takes an event that names these identifiers; the first one owns it and founds the profile of the others.
    pub(crate) fn take(&self, identifiers: &[&str], event: Value) {
        let all: Vec<_> = identifiers.iter().map(|text| identifier(text)).collect();
        let named: Vec<_> = all.iter().map(|identifier| (fragment(identifier), identifier.clone())).collect();
        let of =
            |collection| named.iter().find(|(_, identifier)| identifier.collection == collection).map(|(id, _)| *id);
        let placement = Placement {
            owner: of(Collection::Users),
            account: of(Collection::Accounts),
            unplaced: Vec::new(),
            named: named.clone(),
        };
        let record = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(0),
            workspace: WorkspaceId::new("space"),
            source: SourceId::new("web"),
            payload: Bytes::from(event.to_string()),
        };
        let event = ProfileEvent::read(&record).unwrap();
        let mut rows = RowCache::new(10);
        let mut update = self.space.store.update(&mut rows);
        for (fragment, identifier) in &named {
            if identifier.collection == Collection::Users && Some(*fragment) != placement.owner {
                let profile = placement.owner.map(ProfileNumber::founded_by);
                update.follow(Move::To { fragment: *fragment, profile }).unwrap();
            }
        }
        update.add(&event, &placement).unwrap();
        self.write(update.finish());
        *self.space.applied.lock() += 1;
    }

    /// Puts an identifier into the profile that another one founded, or makes it a profile of its own.
    pub(crate) fn join(&self, moved: &str, founder: &str) {
        let mut rows = RowCache::new(10);
        let mut update = self.space.store.update(&mut rows);
        let profile = Some(ProfileNumber::founded_by(fragment(&identifier(founder))));
        update.follow(Move::To { fragment: fragment(&identifier(moved)), profile }).unwrap();
        self.write(update.finish());
    }

    fn write(&self, batch: prime_state::Batch) {
        self.space.store.state().write(batch, Durability::Process).unwrap();
    }

    /// What stands behind `/v1/spaces/space/collections/`, asked for with the space's token.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.get_with(path, &[("authorization", &basic(TOKEN))]).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(Method::GET, &format!("/v1/spaces/space/collections/{path}"), headers, "").await
    }

    pub(crate) async fn send(&self, method: Method, uri: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = if body.is_empty() { Value::Null } else { serde_json::from_slice(&body).unwrap() };
        assert!(head.headers.contains_key("request-id"), "every answer has an id");
        Answer { status: head.status, headers: head.headers, body }
    }
}

impl Answer {
    /// Status and code of a refusal, which has a sentence too.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        let error = self.body["error"].as_object().expect("a refusal has an error");
        assert!(error["message"].as_str().unwrap().len() > 10);
        (self.status.as_u16(), error["code"].as_str().unwrap())
    }
}

pub(crate) fn basic(token: &str) -> String {
    format!("Basic {}", BASE64_STANDARD.encode(format!("{token}:")))
}

/// `type:value`; a `group_id` is an account's.
pub(crate) fn identifier(text: &str) -> Identifier {
    let (kind, value) = text.split_once(':').unwrap();
    let collection = if kind == "group_id" { Collection::Accounts } else { Collection::Users };
    Identifier::new(collection, kind, value)
}

fn fragment(identifier: &Identifier) -> FragmentId {
    let text = format!("{}/{}:{}", identifier.collection.as_str(), identifier.kind, identifier.value);
    FragmentId::from_bytes(*Sha256::digest(text).first_chunk().unwrap())
}

struct OneSpace(Arc<TestSpace>);

impl Spaces for OneSpace {
    fn space(&self, id: &str) -> Option<Arc<dyn Space>> {
        (id == "space").then(|| self.0.clone() as Arc<dyn Space>)
    }
}

#[async_trait]
impl Space for TestSpace {
    fn accepts(&self, access_token: &str) -> bool {
        access_token == TOKEN
    }

    fn person_token_secrets(&self) -> Vec<Vec<u8>> {
        vec![SECRET.to_vec()]
    }

    fn reader(&self) -> ProfileReader {
        self.store.reader()
    }

    fn first_fragment(&self, identifier: &Identifier) -> FragmentId {
        fragment(identifier)
    }

    fn profile_id(&self, number: ProfileNumber) -> String {
        let founder = number.founder();
        format!("use_{founder:?}")
    }

    fn profile_number(&self, id: &str) -> Option<ProfileNumber> {
        let digits = id.strip_prefix("use_").filter(|digits| digits.len() == 32)?;
        let number = u128::from_str_radix(digits, 16).ok()?;
        Some(ProfileNumber::founded_by(FragmentId::from_bytes(number.to_be_bytes())))
    }

    fn computed_traits(&self, _profile: &ProfileRef) -> Vec<ComputedTrait> {
        self.computed.lock().clone()
    }

    fn position(&self) -> String {
        self.applied.lock().to_string()
    }

    async fn reach(&self, position: &str, at_most: Duration) -> Result<(), NotReached> {
        let position: u64 = position.parse().map_err(|_| NotReached::NoPosition)?;
        let reached = async {
            while *self.applied.lock() < position {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        tokio::time::timeout(at_most, reached).await.map_err(|_| NotReached::TimedOut)
    }

    async fn delete_identifier(
        self: Arc<Self>,
        found_by: &Identifier,
        deleted: &Identifier,
    ) -> Result<(), DeletionError> {
        self.deletions.lock().push((found_by.clone(), deleted.clone()));
        *self.deletion.lock()
    }
}
