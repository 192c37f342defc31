//! Sending past events to a destination again.

mod model;
mod position;
mod preview;
mod runner;
mod selection;
mod service;
mod settling;
mod source;
mod store;
mod work;

pub use model::{Replay, ReplayCounts, ReplayScope, ReplaySpec, ReplayState};
pub use preview::{ReplayPreview, ReplaySample};
pub use service::{ReplayError, ReplayHandle, ReplayService, ReplayStreams};
