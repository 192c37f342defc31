#![doc = include_str!("../README.md")]

mod board;
mod contract;
mod event;
mod metadata;
mod outcome;
mod reply;
mod report;
mod request;
mod settings;

pub use board::{Board, Boards, Waiting};
pub use contract::{BuildError, Connection, Destination, RequestDestination};
pub use event::Event;
pub use metadata::{
    Choice, Component, ComponentType, DestinationMetadata, DestinationOption, OptionType, SupportedFeatures,
    SupportedMethods, SupportedPlatforms,
};
pub use outcome::{Outcome, Reason, Verdict, judge};
pub use reply::{NoReply, Reply, Response};
pub use report::{
    Attempt, AttemptOutcome, DestinationState, RecentAttempts, RequestReport, ResponseReport, TestReport,
};
pub use request::{MASK, OutboundRequest, names_a_secret};
pub use settings::{SettingProblem, Settings};
