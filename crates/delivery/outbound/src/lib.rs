#![doc = include_str!("../README.md")]

mod client;
mod failure;
mod guarded;
mod networks;
mod options;
mod resolver;

pub use client::{Client, Exchange};
pub use guarded::{GuardedClient, StartError};
pub use networks::Networks;
pub use options::OutboundOptions;
pub use resolver::{Lookup, Resolver, SystemResolver};
