//! `profiles.update`: how many events a second find their person and change the profile.

use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

use super::Seen;
use super::house::House;
use crate::bar::{MeasureError, Reading};
use crate::progress::progress;

/// What a service that has just started does not know of active people it has learned after so many.
const WARM_UP_EVENTS: usize = 300_000;
/// Enough that compaction is part of it.
const EVENTS: usize = 600_000;
const CHUNK: usize = 10_000;

pub(super) fn measure(house: &mut House) -> Result<Seen, MeasureError> {
    house.stop()?;
    append(house, WARM_UP_EVENTS)?;
    let warm = house.events.bounds().end;
    append(house, EVENTS)?;
    progress(&format!("{WARM_UP_EVENTS} and {EVENTS} events wait"));
    let opening = Instant::now();
    house.start()?;
    let open_s = opening.elapsed().as_secs_f64();
    house.reach(warm)?;
    progress(&format!("opened in {open_s:.1} s and warm after {:.1} s", opening.elapsed().as_secs_f64()));
    let (started, cpu) = (Instant::now(), cpu_time());
    house.settle()?;
    let (took, cpu) = (started.elapsed(), cpu_time().saturating_sub(cpu));
    let per_event = |time: Duration| time.as_secs_f64() * 1e6 / EVENTS as f64;
    let mut settings = house.settings();
    settings["events"] = EVENTS.into();
    Ok(Seen {
        value: EVENTS as f64 / took.as_secs_f64(),
        beside: vec![
            Reading { name: "cpu_us_per_event", label: "CPU", value: per_event(cpu), unit: "us/event" },
            Reading { name: "made_per_s", label: "people made", value: house.made_per_s, unit: "/s" },
            Reading { name: "open_s", label: "opening", value: open_s, unit: "s" },
        ],
        settings,
    })
}

fn append(house: &mut House, events: usize) -> Result<(), MeasureError> {
    for _ in 0..events / CHUNK {
        let records = (0..CHUNK).map(|_| house.people.act()).collect();
        house.append(records)?;
    }
    Ok(())
}

/// Of all threads of this process.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
