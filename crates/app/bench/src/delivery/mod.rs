//! `delivery.*`: what it costs to decide what is sent when, and to send it; and whether others notice one that is in trouble.

mod fast;
mod house;
mod isolation;
mod outage;
mod receiver;
mod restart;
mod schedule;

use std::time::Duration;

use crate::bar::Bar;

pub(crate) const BARS: &[Bar] = &[fast::BAR, schedule::BAR, isolation::BAR, restart::BAR, outage::BAR];

fn thread_cpu() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32)
}
