//! The graph of identifiers: sets of them that were seen together, and the profiles that follow from these by the rules.

mod changes;
mod commit;
mod constraints;
mod edges;
mod explain;
mod flat_matching;
mod group;
mod index;
mod kinds;
mod load;
mod moment;
mod operation;
mod plan;
mod profile;
mod records;
mod replay;
mod resolve;
mod rule_change;
mod seen;
mod state;

use std::fmt;

use crate::fragment::{Fragment, FragmentKey};
use crate::identifier::Identifier;
use crate::profile_id::ProfileId;
use crate::rules::{CompiledRules, Rules};
use crate::store::{StateChange, Store, StoreError};

use state::State;

pub use changes::Change;
pub use edges::{DropReason, Edge, Edges};
pub use explain::{Explanation, Step};
pub use load::OpenError;
pub use operation::{Cause, Operation, OperationNumber, OperationRecord};
pub use plan::{CarryOutError, Plan, PlanError, RemoveError};
pub use profile::{Mapping, Profile};
pub use resolve::{IdentifiedEvent, Place, Resolved};
pub use rule_change::{ProfileSample, RuleChange, RulePreview};

/// The identity graph of one workspace.
///
/// Has one writer and no I/O of its own beside reading its store. Everything it decides is a function of the events, the
/// operations and the rules it was given: not of the order in which events arrived, nor of how often it was restarted.
pub struct IdentityGraph<S> {
    state: State<S>,
    /// Grows with each change, so that a plan made before it is not carried out after it.
    revision: u64,
}

/// How much memory a graph may take for saving work.
#[derive(Clone, Copy, Debug)]
pub struct Memory {
    /// Sets of identifiers of which the time they were last seen is remembered, about 20 bytes each. Events with others
    /// cost a look into the store.
    pub sets_max: usize,
}

impl Default for Memory {
    /// 2 GB; most graphs stay far below.
    fn default() -> Self {
        Self { sets_max: 100_000_000 }
    }
}

/// Figures of a graph.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GraphFigures {
    /// Identifiers that were seen since the start or are in a profile.
    pub identifiers: usize,
    pub profiles: usize,
    pub quarantined: usize,
    /// Events that came so late that their time of arrival counted.
    pub beyond_horizon: u64,
    /// In memory, the tables of the graph alone.
    pub resident_bytes: usize,
}

impl<S: Store> IdentityGraph<S> {
    /// What has changed since the last call, to be written in one atomic batch together with the position up to which
    /// events were read. Reading the store may go on meanwhile, but not resolving.
    pub fn take_changes(&mut self) -> Vec<StateChange> {
        self.state.stored.take()
    }

    /// The store, for writing what [`Self::take_changes`] gave.
    pub fn store_mut(&mut self) -> &mut S {
        &mut self.state.stored.store
    }

    pub fn rules(&self) -> &CompiledRules {
        &self.state.rules
    }

    /// Rules of an earlier version, for going back to them.
    pub fn rules_of(&self, version: u32) -> Result<Option<Rules>, StoreError> {
        load::rules(&self.state.stored, version)
    }

    pub fn fragment_key(&self) -> &FragmentKey {
        &self.state.key
    }

    pub fn figures(&self) -> GraphFigures {
        let state = &self.state;
        GraphFigures {
            identifiers: state.index.len(),
            profiles: state.founders.len() - state.free.len(),
            quarantined: state.constraints.quarantined.len(),
            beyond_horizon: state.meta.beyond_horizon,
            resident_bytes: state.index.bytes()
                + state.seen.bytes()
                + state.founders.capacity() * size_of::<Fragment>(),
        }
    }

    /// The fragment under which data about an identifier is collected at a time.
    pub fn fragment_at(&self, identifier: &Identifier<'_>, time_ms: i64) -> Fragment {
        self.state.constraints.lives.at(self.state.key.fragment(identifier), time_ms)
    }

    /// Whether some identifier was ever removed from its profile, so that it may have several fragments.
    pub fn has_several_lives(&self) -> bool {
        !self.state.constraints.lives.is_trivial()
    }

    /// The profile that holds an identifier now. Reads memory only.
    pub fn profile_of(&self, identifier: &Identifier<'_>) -> Option<ProfileId> {
        self.holder(self.state.constraints.lives.now(self.state.key.fragment(identifier)))
    }

    /// The profile that what was collected under a fragment belongs to now. Reads memory only.
    pub fn holder(&self, fragment: Fragment) -> Option<ProfileId> {
        self.state.founder(self.state.constraints.lives.home(fragment)).map(ProfileId::of_founder)
    }

    /// What an id stands for now: itself, the profile it was merged into, or after a split the part with its founder.
    /// None for an id that was never given out, or whose founder is in no profile. Reads memory only.
    pub fn canonical(&self, profile: ProfileId) -> Option<ProfileId> {
        self.holder(profile.founder())
    }
}

impl<S> fmt::Debug for IdentityGraph<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdentityGraph").field("revision", &self.revision).finish_non_exhaustive()
    }
}
