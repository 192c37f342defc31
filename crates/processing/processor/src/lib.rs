#![doc = include_str!("../README.md")]

mod partition_processor;
mod pipeline;
mod processor;
mod progress;
mod tally;

pub use partition_processor::{PartitionProcessor, PartitionStreams};
pub use pipeline::{Candidate, Stage};
pub use processor::{GROUP, ProcessError, Processor, ProcessorOptions, Streams};
