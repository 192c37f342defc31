//! Roles that are spread over machines, with a log between them that all of them share.

mod definitions;
mod roles;
mod share;
mod shared_log;
mod snapshot_records;

pub(crate) use roles::{Parts, start};
pub(crate) use shared_log::{Connector, SharedLog};
