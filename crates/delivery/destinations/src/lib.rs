#![doc = include_str!("../README.md")]

pub mod archive;
mod catalog;
pub mod mixpanel;
pub mod webhook;

pub use catalog::{catalog, find, find_requests};
