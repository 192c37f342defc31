use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use parking_lot::Mutex;
use prime_event::{Timestamp, WorkspaceId};
use prime_identity::{
    Cause, CompiledRules, Extractor, FragmentKey, IdentityGraph, Memory, OperationRecord, Plan, ProfileId, RemoveError,
    Rules, StoreError as GraphError,
};
use prime_log::Partition;
use prime_profile_api::{ComputedTrait, DeletionError, NotReached, Space};
use prime_profiles::{FragmentId, Identifier, ProfileNumber, ProfileReader, ProfileRef, ProfileStore};
use thiserror::Error;
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::access::{JournalProgress, SpaceAccess, TraitComputer};
use crate::fragments::{fragment_id, identity_identifier};
use crate::graph_store::GraphStore;
use crate::position::Position;
use crate::writer::{OperateError, ServiceCounts, SpaceWriter, WriterError};

/// The profiles of one workspace: read by many, written by the service and by acts of people, one at a time.
pub struct SpaceProfiles {
    pub(crate) workspace: WorkspaceId,
    /// None after a failure, until the service has opened the space again.
    pub(crate) writer: Mutex<Option<SpaceWriter>>,
    pub(crate) store: ProfileStore,
    pub(crate) key: FragmentKey,
    /// What events are looked at with before they are taken.
    pub(crate) extractor: Mutex<Arc<Extractor>>,
    pub(crate) shared: Arc<Shared>,
}

/// What all spaces share.
pub(crate) struct Shared {
    pub(crate) access: Arc<dyn SpaceAccess>,
    pub(crate) computer: Arc<dyn TraitComputer>,
    pub(crate) journal: Arc<dyn JournalProgress>,
    pub(crate) events: Partition,
    pub(crate) computed: Partition,
    pub(crate) applied: watch::Receiver<Applied>,
}

/// Up to where profiles show the streams.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Events before this offset.
    pub(crate) events_next: u64,
    /// The request that the last of them came from.
    pub(crate) journal_last: Option<u64>,
}

/// Why an act of a person was not carried out.
#[derive(Debug, Error)]
pub enum OperationError<E> {
    /// It makes no sense.
    #[error("it cannot be planned")]
    Plan(E),
    /// The space is being opened again after a failure. Nothing was done; try again in a second.
    #[error("the space is not ready")]
    NotReady,
    /// Whether it was done is not known; look.
    #[error("the space could not be written")]
    Failed,
}

/// How often a wait for the journal looks again.
const LOOK_AGAIN: Duration = Duration::from_millis(2);

impl SpaceProfiles {
    /// Looks at the graph: explanations, previews, figures. Reads files, so call it where blocking is allowed; the service
    /// waits meanwhile.
    pub fn look<T>(&self, look: impl FnOnce(&IdentityGraph<GraphStore>) -> T) -> Option<T> {
        self.writer.lock().as_ref().map(|writer| look(writer.graph()))
    }

    /// A graph of its own as it is now, for what takes long: nobody waits for it. Takes memory as the graph does, and time
    /// to read it. Nothing that is done to it is kept.
    pub fn graph_aside(&self) -> Result<IdentityGraph<GraphStore>, prime_identity::OpenError> {
        let store = GraphStore::open(self.store.state()).map_err(|error| GraphError::Read(Box::new(error)))?;
        let rules = Rules::default().compile().expect("the default rules are good");
        // What is stored wins over all that is said here.
        IdentityGraph::open(store, rules, [0; 16], Memory { sets_max: 0 })
    }

    /// What is kept, for whoever reads all of it.
    pub fn store(&self) -> &ProfileStore {
        &self.store
    }

    pub fn counts(&self) -> ServiceCounts {
        self.writer.lock().as_ref().map(|writer| writer.counts.clone()).unwrap_or_default()
    }

    /// Plans an act and carries it out, as one. Durable once it returns, and shown by every reader from then on.
    ///
    /// Reads and writes files, so call it where blocking is allowed, on a thread of the runtime.
    pub fn operate<E>(
        &self,
        cause: Cause,
        plan: impl FnOnce(&IdentityGraph<GraphStore>) -> Result<Plan, E>,
    ) -> Result<OperationRecord, OperationError<E>> {
        let mut place = self.writer.lock();
        let writer = place.as_mut().ok_or(OperationError::NotReady)?;
        match writer.operate(cause, plan) {
            Ok(Ok((record, records))) => {
                self.publish(records);
                Ok(record)
            }
            Ok(Err(OperateError::Plan(error))) => Err(OperationError::Plan(error)),
            // Planned and carried out under one lock, it cannot have changed in between.
            Ok(Err(OperateError::CarryOut(_))) => Err(OperationError::Failed),
            Err(error) => Err(self.failed(&mut place, &error)),
        }
    }

    /// Puts other rules in force, for all of history. As [`Self::operate`].
    pub fn apply_rules(&self, rules: &CompiledRules, at: Timestamp) -> Result<(), OperationError<()>> {
        let mut place = self.writer.lock();
        let writer = place.as_mut().ok_or(OperationError::NotReady)?;
        match writer.apply_rules(rules, at) {
            Ok(records) => {
                *self.extractor.lock() = writer.extractor();
                self.publish(records);
                Ok(())
            }
            Err(error) => Err(self.failed(&mut place, &error)),
        }
    }

    /// As [`Self::apply_rules`], if the rules in force are still those of a version; otherwise the error has theirs.
    pub fn replace_rules(
        &self,
        version: u32,
        rules: &CompiledRules,
        at: Timestamp,
    ) -> Result<u32, OperationError<u32>> {
        let mut place = self.writer.lock();
        let writer = place.as_mut().ok_or(OperationError::NotReady)?;
        let in_force = writer.graph().rules().rules().version;
        if in_force != version {
            return Err(OperationError::Plan(in_force));
        }
        match writer.apply_rules(rules, at) {
            Ok(records) => {
                *self.extractor.lock() = writer.extractor();
                self.publish(records);
                Ok(writer.graph().rules().rules().version)
            }
            Err(error) => Err(self.failed(&mut place, &error)),
        }
    }

    /// Under the lock, so that records keep the order of their numbers. What fails stays in the outbox.
    fn publish(&self, records: Vec<Bytes>) {
        if let Err(error) = Handle::current().block_on(self.shared.computed.append(records)) {
            tracing::warn!(%error, "records of an operation could not be written to `computed`; they are at the next start");
        }
    }

    fn failed<E>(&self, place: &mut Option<SpaceWriter>, error: &WriterError) -> OperationError<E> {
        tracing::error!(%error, workspace = %self.workspace, "an operation on profiles failed");
        *place = None;
        OperationError::Failed
    }

    fn has_journal(&self, request: u64, applied: Applied) -> bool {
        // Whatever came after the request comes after its events too.
        applied.journal_last.is_some_and(|last| last > request)
            // Or all its events are there, and no event is missing here. In this order: the end is looked at last.
            || (self.shared.journal.processed_until() > request && self.shared.events.bounds().end <= applied.events_next)
    }

    async fn reached(&self, position: Position) {
        let mut applied = self.shared.applied.clone();
        match position {
            Position::Events(offset) => {
                // An error means that the service has stopped: then it never comes, and the time runs out.
                if applied.wait_for(|applied| applied.events_next >= offset).await.is_err() {
                    std::future::pending().await
                }
            }
            Position::Journal(request) => {
                while !self.has_journal(request, *applied.borrow()) {
                    tokio::time::sleep(LOOK_AGAIN).await;
                }
            }
        }
    }
}

#[async_trait]
impl Space for SpaceProfiles {
    fn accepts(&self, access_token: &str) -> bool {
        self.shared.access.accepts(&self.workspace, access_token)
    }

    fn person_token_secrets(&self) -> Vec<Vec<u8>> {
        self.shared.access.person_token_secrets(&self.workspace)
    }

    fn reader(&self) -> ProfileReader {
        self.store.reader()
    }

    fn first_fragment(&self, identifier: &Identifier) -> FragmentId {
        fragment_id(self.key.fragment(&identity_identifier(identifier)))
    }

    fn profile_id(&self, number: ProfileNumber) -> String {
        let founder = prime_identity::Fragment::from_bytes(*number.founder().as_bytes());
        ProfileId::of_founder(founder).to_string()
    }

    fn profile_number(&self, id: &str) -> Option<ProfileNumber> {
        id.parse::<ProfileId>().ok().map(crate::fragments::profile_number)
    }

    fn computed_traits(&self, profile: &ProfileRef) -> Vec<ComputedTrait> {
        self.shared.computer.computed_traits(&self.workspace, profile)
    }

    fn position(&self) -> String {
        Position::Events(self.shared.applied.borrow().events_next).to_string()
    }

    async fn reach(&self, position: &str, at_most: Duration) -> Result<(), NotReached> {
        let position: Position = position.parse().map_err(|()| NotReached::NoPosition)?;
        if matches!(position, Position::Journal(_)) && !self.shared.journal.is_one() {
            return Err(NotReached::NoPosition);
        }
        tokio::time::timeout(at_most, self.reached(position)).await.map_err(|_| NotReached::TimedOut)
    }

    async fn delete_identifier(
        self: Arc<Self>,
        found_by: &Identifier,
        deleted: &Identifier,
    ) -> Result<(), DeletionError> {
        let (found_by, deleted) = (found_by.clone(), deleted.clone());
        let done = tokio::task::spawn_blocking(move || {
            let at_ms = now_ms();
            let cause = Cause { at_ms, by: "profile-api".into(), reason: "external_ids/delete".into() };
            let (found_by, deleted) = (identity_identifier(&found_by), identity_identifier(&deleted));
            self.operate(cause, |graph| graph.plan_removal(&found_by, &deleted, at_ms))
        });
        match done.await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(OperationError::Plan(error))) => Err(refusal(&error)),
            Ok(Err(OperationError::NotReady | OperationError::Failed)) | Err(_) => Err(DeletionError::Failed),
        }
    }
}

fn refusal(error: &RemoveError) -> DeletionError {
    match error {
        RemoveError::NoProfile => DeletionError::ProfileNotFound,
        RemoveError::NoIdentifier => DeletionError::IdentifierNotFound,
        RemoveError::LastUserId => DeletionError::LastUserId,
        RemoveError::LookupId | RemoveError::GroupId | RemoveError::Store(_) => {
            tracing::error!(%error, "an identifier could not be removed");
            DeletionError::Failed
        }
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
