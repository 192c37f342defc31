//! The load generator: one thread, one `epoll`, requests whose bytes were made before.
//!
//! It shares the machine with what it measures, so it has to cost little: per request one write, one read and a look at
//! the answer's head. Two paces:
//!
//! - *Saturating*: every connection sends its next request once the last was answered. Finds the most that is taken.
//!   Its latencies say little, as a slow server is simply asked less.
//! - *Open*: requests fall due at random moments that are fixed before and do not wait for answers. Latency counts from
//!   the moment a request was due, so a server that stalls is charged for everybody who would have come meanwhile.

mod answer;
mod arrivals;
mod bodies;
mod connection;
mod generator;

pub(crate) use bodies::{Requests, Shape};
pub(crate) use generator::{Load, LoadReport, Moment, Pace, run};
