//! The Profile API as the contract has it, against profiles in memory.

mod access;
mod deletion;
mod errors;
mod freshness;
mod paging;
mod resources;
mod support;
