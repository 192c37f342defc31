//! Sending past events to a destination again.

mod model;
mod pause;
mod runner;
mod selection;
mod service;
mod store;

pub use model::{Replay, ReplayCounts, ReplayScope, ReplaySpec, ReplayState};
pub use selection::{ReplayPreview, ReplaySample};
pub use service::{ReplayError, ReplayHandle, ReplayService, ReplayStreams};
