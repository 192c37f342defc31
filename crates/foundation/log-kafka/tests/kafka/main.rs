//! The log on a real broker.

mod basic;
mod members;
mod support;
mod transactions;
