//! `ingest.*`: how much the collector takes, what it costs, and how soon senders have their answer.
//!
//! Measured is a real listener with a real journal on a real disk, in a process of its own that has the role `collect`
//! alone: that is what a machine does that collects for others. The generator runs on the same machine. Each round
//! starts the program on an empty folder, warms it up and measures for some seconds; rounds of the server and of the
//! floor take turns, and what is reported are medians.

mod ack;
mod bytes;
mod memory;
mod restart;
mod round;
mod throughput;

use crate::bar::Bar;

pub(crate) const BARS: &[Bar] = &[
    throughput::BATCH_GZIP,
    throughput::BATCH_PLAIN,
    throughput::SINGLE,
    ack::BAR,
    memory::BAR,
    bytes::BAR,
    restart::BAR,
];
