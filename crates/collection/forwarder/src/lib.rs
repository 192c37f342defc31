#![doc = include_str!("../README.md")]

mod forwarder;
mod round;

pub use forwarder::{Connect, ForwardError, Forwarder, ForwarderOptions, GROUP, Shared};
