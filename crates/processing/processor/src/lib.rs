#![doc = include_str!("../README.md")]

mod ahead;
mod candidate;
mod decode;
mod deduplication;
mod held;
mod intake;
mod judge;
mod outputs;
mod partition_processor;
mod processor;
mod progress;
mod tally;
mod work;

pub use candidate::{Candidate, Stage};
pub use partition_processor::{PartitionProcessor, PartitionStreams};
pub use processor::{GROUP, ProcessError, Processor, ProcessorOptions, Streams};
