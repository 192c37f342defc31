#![doc = include_str!("../README.md")]

mod finding;
mod fold;
mod follower;
mod handle;
mod level;
mod service;

pub use finding::{Finding, FindingKind};
pub use fold::Ledger;
pub use handle::{LedgerHandle, Series};
pub use level::{Resolution, Whose};
pub use service::LedgerService;
