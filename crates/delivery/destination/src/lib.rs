#![doc = include_str!("../README.md")]

mod board;
pub mod code;
mod contract;
mod event;
mod idempotency_key;
mod item;
mod judgement;
mod metadata;
mod outcome;
mod reply;
mod report;
mod request;
mod settings;
mod standing;
mod terms;

pub use board::{Board, Boards};
pub use contract::{BuildError, Connection, Destination, RequestDestination};
pub use event::Event;
pub use idempotency_key::{IdempotencyKey, MappingVersion};
pub use item::{BatchLimits, Group, Item};
pub use judgement::{Judgement, Next};
pub use metadata::{
    Choice, Component, ComponentType, DestinationMetadata, DestinationOption, Hosts, OptionType, SupportedFeatures,
    SupportedMethods, SupportedPlatforms,
};
pub use outcome::{Outcome, Reason, Verdict, judge_by_status, retry_after};
pub use reply::{NoReply, Reply, Response};
pub use report::{
    Attempt, AttemptOutcome, CircuitState, DestinationState, QueueState, RecentAttempts, RequestReport, ResponseReport,
    TestReport,
};
pub use request::{MASK, OutboundRequest, names_a_secret};
pub use settings::{SettingProblem, Settings};
pub use standing::Standing;
pub use terms::{Idempotency, Pace, Terms, origin};
