#![doc = include_str!("../README.md")]

mod access;
mod commit_point;
mod fragments;
mod graph_store;
mod outputs;
mod position;
mod prepared;
mod record_cache;
mod service;
mod space;
mod states;
mod writer;

pub use access::{JournalProgress, NothingComputed, SpaceAccess, TraitComputer};
pub use fragments::{fragment_id, profile_number};
pub use graph_store::GraphStore;
pub use outputs::PRODUCER;
pub use position::Position;
pub use service::{ProfilesHandle, ProfilesOptions, ProfilesService, ServiceError, ServiceStreams};
pub use space::{OperationError, SpaceProfiles};
pub use states::{FolderStates, SpaceStates};
pub use writer::{ServiceCounts, SpaceOptions};
