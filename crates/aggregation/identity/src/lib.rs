#![doc = include_str!("../README.md")]

mod encoding;
mod extraction;
mod fragment;
mod graph;
mod identifier;
mod profile_id;
mod rules;
mod store;

pub use extraction::{Extracted, Extractor, IDENTIFIERS_MAX, VALUE_CHARS_MAX};
pub use fragment::{Fragment, FragmentKey};
pub use graph::{
    CarryOutError, Cause, Change, Explanation, GraphFigures, IdentifiedEvent, IdentityGraph, Mapping, Memory,
    OpenError, Operation, OperationNumber, OperationRecord, Place, Plan, PlanError, Profile, ProfileSample,
    RemoveError, Resolved, RuleChange, RulePreview, Step,
};
pub use identifier::{Collection, Identifier, OwnedIdentifier};
pub use profile_id::{NoProfileId, ProfileId};
pub use rules::{
    BlockedValues, Caps, CompiledRules, DeviceField, Hairballs, Lateness, Limit, Reading, Rules, RulesProblem,
    TypeRule, Window,
};
pub use store::{MemoryStore, StateChange, Store, StoreError};
