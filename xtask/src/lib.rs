#![doc = include_str!("../README.md")]

pub mod tidy;
mod tree;

pub use tree::Tree;
