#![doc = include_str!("../README.md")]

mod announcement;
mod cluster;
mod console;
mod health;
mod http_server;
mod node;
mod node_id;
mod profiles;
mod receipts;
mod replays;
mod roles;
mod storage;
mod work;

pub use announcement::Announcement;
pub use node::{Node, StartError};

/// A twentieth less CPU for each request than with the system's allocator, and no memory that creeps up under load. Every
/// binary that can run a node has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
