//! `dedupe.*`: what it costs to know whether a message was there before.
//!
//! Measured is the index alone, with its real folder on a real disk; time is virtual. Messages have ids as the browser's
//! SDK makes them; of the new ones one in a hundred was made by a device that was offline for up to thirty days. Every
//! verdict is compared with what the generator knows: a wrong one ends the run.

mod child;
mod cpu;
mod disk;
mod false_drops;
mod memory;
mod restart;
mod stream;
mod vs_store;

pub(crate) use child::run as run_child;

use crate::bar::Bar;

pub(crate) const BARS: &[Bar] = &[cpu::BAR, vs_store::BAR, disk::BAR, memory::BAR, false_drops::BAR, restart::BAR];
