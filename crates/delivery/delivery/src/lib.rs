#![doc = include_str!("../README.md")]

mod exchange;
mod filter;
mod follower;
mod handle;
mod job;
mod options;
mod preview;
mod receipts;
mod replay;
mod retry_schedule;
mod service;
mod window;
mod wiring;

pub use handle::DeliveryHandle;
pub use options::DeliveryOptions;
pub use preview::Preview;
pub use prime_archive::Streams;
pub use prime_destination::{Attempt, AttemptOutcome, DestinationState, RequestReport, ResponseReport, TestReport};
pub use prime_outbound::{Networks, StartError};
pub use receipts::ReceiptStream;
pub use replay::{
    Replay, ReplayCounts, ReplayError, ReplayHandle, ReplayPreview, ReplaySample, ReplayScope, ReplayService,
    ReplaySpec, ReplayState, ReplayStreams,
};
pub use service::DeliveryService;
