use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use parking_lot::Mutex;
use prime_control::{ControlError, ControlStore};
use prime_delivery::{DeliveryHandle, ReplayHandle};
use prime_event::Timestamp;
use prime_ledger::LedgerHandle;
use prime_log::Partition;
use prime_profiles_service::ProfilesHandle;
use prime_receipts::ReceiptsHandle;
use prime_runtime::{Config, Counters, Setting, ShutdownSignal};
use tokio::sync::Semaphore;

use crate::error::ApiError;
use crate::sign_in_limits::SignInLimits;

/// Everything that the public API works on. All parts are cheap handles.
#[derive(Clone)]
pub struct PublicApi {
    pub control: ControlStore,
    /// The partitions of the `events` stream, by number.
    pub events: Vec<Partition>,
    /// The partitions of the `rejected` stream, by number.
    pub rejected: Vec<Partition>,
    /// The partitions of the `duplicates` stream, by number: as many as `events` has.
    pub duplicates: Vec<Partition>,
    /// What became of every accepted message; empty on a node that follows no ledger.
    pub ledger: LedgerHandle,
    pub counters: Arc<Counters>,
    pub config: Arc<Config>,
    /// The configuration in force with the origin of each value.
    pub settings: Arc<Vec<Setting>>,
    pub deliveries: DeliveryHandle,
    /// The profiles of this node; none where it keeps none.
    pub profiles: Option<ProfilesHandle>,
    /// What became of events at their destinations; empty on a node that follows no receipts.
    pub receipts: ReceiptsHandle,
    /// Past events that are sent again; none on a node that does not see the events.
    pub replays: Option<ReplayHandle>,
    /// The address under which people reach this server, without a slash at the end.
    pub public_url: String,
    pub started_at: Timestamp,
    /// Live streams end when this is asked.
    pub shutdown: ShutdownSignal,
}

/// The state of the router: the handles, and what the API itself remembers.
#[derive(Clone)]
pub(crate) struct Api(Arc<Inner>);

pub(crate) struct Inner {
    handles: PublicApi,
    pub(crate) sign_in_limits: Mutex<SignInLimits>,
    /// Hashing a password takes 19 MiB and a core for some tens of milliseconds; two at a time leave room for the rest.
    hashing: Semaphore,
    /// Searching backwards through a stream reads files; four at a time are enough for people.
    searching: Semaphore,
    /// Trying other rules on the whole graph takes as much memory as the graph, so it is one at a time.
    pub(crate) trying_rules: Arc<Semaphore>,
}

impl Deref for Inner {
    type Target = PublicApi;

    fn deref(&self) -> &PublicApi {
        &self.handles
    }
}

impl Deref for Api {
    type Target = Inner;

    fn deref(&self) -> &Inner {
        &self.0
    }
}

impl FromRef<Api> for PublicApi {
    fn from_ref(api: &Api) -> Self {
        api.handles.clone()
    }
}

impl Api {
    pub(crate) fn new(handles: PublicApi) -> Self {
        Self(Arc::new(Inner {
            handles,
            sign_in_limits: Mutex::default(),
            hashing: Semaphore::new(2),
            searching: Semaphore::new(4),
            trying_rules: Arc::new(Semaphore::new(1)),
        }))
    }

    /// Asks or changes the control store, where blocking is allowed.
    pub(crate) async fn control<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ControlStore) -> Result<T, ControlError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let control = self.control.clone();
        Ok(blocking(move || work(&control)).await??)
    }

    /// As [`control`](Self::control), for work that hashes a password.
    pub(crate) async fn control_hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce(&ControlStore) -> Result<T, ControlError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.hashing.acquire().await.map_err(|_| ApiError::Internal)?;
        self.control(work).await
    }

    /// Searches a stream, where blocking is allowed.
    pub(crate) async fn search<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        let _permit = self.searching.acquire().await.map_err(|_| ApiError::Internal)?;
        blocking(work).await
    }

    /// The same for work that does not block.
    pub(crate) async fn searching<T>(&self, work: impl Future<Output = T>) -> Result<T, ApiError> {
        let _permit = self.searching.acquire().await.map_err(|_| ApiError::Internal)?;
        Ok(work.await)
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "a task of the public API did not finish");
        ApiError::Internal
    })
}
