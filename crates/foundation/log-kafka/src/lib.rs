#![doc = include_str!("../README.md")]

mod appending;
mod client;
mod cursors;
mod extent;
mod failure;
mod groups;
mod member;
mod native;
mod options;
mod partition;
mod positions;
mod shared;
mod store;
mod tail;
mod topics;
mod transaction;
mod window;

pub use options::KafkaOptions;
pub use store::KafkaLog;
