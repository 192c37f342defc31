//! The role `aggregate`: who people are and what is known of them.

mod access;
mod identity_key;
mod spaces;
mod watch;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prime_control::ControlStore;
use prime_identity::{Memory, Rules};
use prime_profiles_service::{
    FolderStates, JournalProgress, NothingComputed, ProfilesHandle, ProfilesOptions, ProfilesService, ServiceStreams,
    SpaceOptions,
};
use prime_runtime::{Config, Counters};
use prime_state::StateOptions;
use tokio::task::spawn_blocking;

use crate::health::Problems;
use crate::node::StartError;
use crate::roles::{self, Running};

pub(crate) use spaces::WorkspaceSpaces;

/// Sets of identifiers whose last sighting is remembered, 20 bytes each: 200 MB at the most.
const SETS_MAX: usize = 10_000_000;
/// A row of a fragment in memory.
const ROW_BYTES: u64 = 400;

/// What the role works with.
pub(crate) struct Parts<'a> {
    pub(crate) config: &'a Config,
    pub(crate) control: &'a ControlStore,
    pub(crate) counters: &'a Arc<Counters>,
    pub(crate) problems: &'a Problems,
    pub(crate) streams: ServiceStreams,
    /// How far requests were made into events; none where the journals are on other machines.
    pub(crate) written: Option<Arc<AtomicU64>>,
}

/// Opens what is kept and begins to work, in the order in which it stops.
pub(crate) async fn start(parts: Parts<'_>) -> Result<(ProfilesHandle, Vec<Running>), StartError> {
    let (access, uses) = access::of(parts.control.clone(), parts.problems);
    let options = options(&parts, access)?;
    let (streams, control) = (parts.streams.clone(), parts.control.clone());
    let opened = spawn_blocking(move || {
        let service = ProfilesService::open(options, streams)?;
        for workspace in control.definitions().workspaces.keys() {
            service.begin(workspace)?;
        }
        Ok(service)
    });
    let service = opened.await.expect("opening profiles does not panic").map_err(StartError::Aggregate)?;
    let handle = service.handle();
    let work = roles::run("aggregate", parts.problems, |stop| async move {
        service.run(async move { stop.asked().await }).await.map_err(|error| error.to_string())
    });
    let watch = watch::run(handle.clone(), Arc::clone(parts.counters), parts.problems);
    Ok((handle, vec![work, watch, uses]))
}

fn options(parts: &Parts<'_>, access: Arc<access::ControlAccess>) -> Result<ProfilesOptions, StartError> {
    let (data_dir, memory) = (&parts.config.node.data_dir, parts.config.profiles.memory_bytes_max);
    let identity_key = identity_key::of(data_dir)
        .map_err(|source| StartError::DataDir { path: identity_key::path(data_dir), source })?;
    let dir = data_dir.join("profiles");
    // Most of the memory is the cache of blocks; a part is what the writer has in hand.
    let state = StateOptions { cache_bytes: memory / 2, ..StateOptions::of(&dir) };
    Ok(ProfilesOptions {
        space: SpaceOptions {
            rules: Rules::default().compile().expect("the default rules are good"),
            identity_key,
            memory: Memory { sets_max: SETS_MAX },
            rows_max: usize::try_from(memory / 4 / ROW_BYTES).unwrap_or(usize::MAX),
        },
        states: Arc::new(FolderStates::new(dir, state)),
        access,
        computer: Arc::new(NothingComputed),
        journal: Arc::new(Written(parts.written.clone())),
    })
}

struct Written(Option<Arc<AtomicU64>>);

impl JournalProgress for Written {
    fn processed_until(&self) -> u64 {
        self.0.as_ref().map_or(0, |written| written.load(Ordering::Acquire))
    }

    fn is_one(&self) -> bool {
        self.0.is_some()
    }
}
