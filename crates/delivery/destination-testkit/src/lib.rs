#![doc = include_str!("../README.md")]

mod engine;
mod findings;
mod kit;
mod mutations;
mod recording;

pub use kit::{Kit, Summary};
pub use recording::Recording;
