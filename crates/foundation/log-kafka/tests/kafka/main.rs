//! The log on a real broker.

mod basic;
mod conformance;
mod faults;
mod members;
mod support;
mod transactions;
