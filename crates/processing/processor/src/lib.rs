#![doc = include_str!("../README.md")]

mod pipeline;
mod processor;
mod progress;

pub use pipeline::{Candidate, Stage};
pub use processor::{GROUP, ProcessError, Processor, ProcessorOptions, Streams};
