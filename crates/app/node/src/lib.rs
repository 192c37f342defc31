#![doc = include_str!("../README.md")]

mod announcement;
mod console;
mod health;
mod http_server;
mod node;
mod roles;
mod storage;

pub use announcement::Announcement;
pub use node::{Node, StartError};
