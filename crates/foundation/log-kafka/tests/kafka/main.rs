//! The log on a real broker.

mod basic;
mod conformance;
mod members;
mod support;
mod transactions;
