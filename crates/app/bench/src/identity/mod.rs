//! `identity.*`: whose is an event, and what does it take to know.

mod memory;
mod population;
mod resolve;

use crate::bar::Bar;

pub(crate) const BARS: &[Bar] = &[resolve::BAR, memory::BAR];
