//! `delivery.*`: what it costs to decide what is sent when, and whether a partner's recovery is survived.

mod outage;
mod schedule;

use std::time::Duration;

use crate::bar::Bar;

pub(crate) const BARS: &[Bar] = &[schedule::BAR, outage::BAR];

fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
