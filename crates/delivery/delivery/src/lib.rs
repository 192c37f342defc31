#![doc = include_str!("../README.md")]

mod carrier;
mod clock;
mod elsewhere;
mod exchange;
mod expired;
mod filter;
mod handle;
mod job;
mod lingering;
mod options;
mod payloads;
mod preview;
mod progress;
mod receipts;
mod replay;
mod route;
mod service;
mod telling;
mod trouble;
mod wiring;

pub use elsewhere::StandingsService;
pub use expired::{ExpiredError, ExpiredFile, ExpiredStore};
pub use handle::DeliveryHandle;
pub use options::DeliveryOptions;
pub use preview::Preview;
pub use prime_archive::Streams;
pub use prime_destination::{
    Attempt, AttemptOutcome, CircuitState, DestinationState, QueueState, RequestReport, ResponseReport, TestReport,
};
pub use prime_objects::{AccessKey, Bucket, Location};
pub use prime_outbound::{Networks, StartError};
pub use receipts::ReceiptStream;
pub use replay::{
    Replay, ReplayCounts, ReplayError, ReplayHandle, ReplayPreview, ReplaySample, ReplayScope, ReplayService,
    ReplaySpec, ReplayState, ReplayStreams,
};
pub use service::DeliveryService;
