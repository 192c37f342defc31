#![doc = include_str!("../README.md")]

mod server;
mod streams;

pub use prime_test_broker as kafka;
pub use server::{Server, ServerOptions};
pub use streams::{read_duplicates, read_events, read_ledger, read_rejected};
