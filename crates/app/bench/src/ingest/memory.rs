//! `ingest.memory`: what the collector holds after minutes of full load.

use std::time::{Duration, Instant};

use super::round::{MB, Sending, reading, round_on};
use super::throughput::{batch, settings};
use crate::bar::{Bar, Bound, Demand, Figure, MeasureError, Measured};
use crate::child::{Program, data_folder};
use crate::load::Requests;

/// Shortens the load while the bench itself is worked on.
const SECONDS_VARIABLE: &str = "PRIMEDATA_BENCH_SECONDS";
const SECONDS: u64 = 600;
const SECONDS_MIN: u64 = 9;
/// The journal may not grow for ten minutes: what forwards it would keep it shorter than this.
const JOURNAL_BYTES_KEPT: u64 = 1 << 30;
const SEED: u64 = 7;

const GROWTH: &str = "rss_growth";

pub(crate) const BAR: Bar = Bar {
    name: "ingest.memory",
    unit: "MB",
    demands: &[
        Demand { of: Figure::Value, bound: Bound::AtMost(400.0) },
        // Flat: what comes and goes within a minute, but nothing that piles up.
        Demand { of: Figure::Beside(GROWTH), bound: Bound::AtMost(1.1) },
    ],
    measure,
};

fn measure() -> Result<Measured, MeasureError> {
    let seconds = seconds(std::env::var(SECONDS_VARIABLE).ok().as_deref())?;
    let warm_up = Duration::from_secs(seconds / 30 + 1);
    let sending = Sending { warm_up, measured: Duration::from_secs(seconds), ..batch(true) };
    let folder = data_folder()?;
    let process = Program::Collector { journal_bytes_kept: JOURNAL_BYTES_KEPT }.start(folder.path())?;
    let requests = Requests::make(sending.shape, sending.distinct, &process.write_key, SEED)?;
    let mut samples = Samples::default();
    let mut seen = round_on(&process, &requests, &sending, &mut |rss| {
        samples.take(Instant::now(), rss);
        Ok(())
    })?;
    // What was let go is missing in the folder, so nothing can be said about it.
    seen.disk_bytes_per_event = f64::NAN;
    let mut beside: Vec<_> = seen.readings().into_iter().filter(|reading| !reading.value.is_nan()).collect();
    beside.push(reading(GROWTH, "last third over first", samples.growth(), ""));
    let mut settings = settings(&sending, &seen);
    settings["seconds"] = seconds.into();
    settings["journal_bytes_kept"] = JOURNAL_BYTES_KEPT.into();
    Ok(Measured { value: samples.max() as f64 / MB, floor_ratio: None, beside, settings })
}

fn seconds(shortened: Option<&str>) -> Result<u64, MeasureError> {
    let Some(text) = shortened else { return Ok(SECONDS) };
    match text.parse() {
        Ok(seconds) if seconds >= SECONDS_MIN => Ok(seconds),
        _ => {
            Err(MeasureError::Wrong(format!("{SECONDS_VARIABLE} must be a number from {SECONDS_MIN} on, not {text:?}")))
        }
    }
}

/// Resident memory, once a second.
#[derive(Default)]
struct Samples {
    bytes: Vec<u64>,
    last: Option<Instant>,
}

impl Samples {
    fn take(&mut self, now: Instant, rss_bytes: u64) {
        if self.last.is_none_or(|last| now - last >= Duration::from_secs(1)) {
            self.bytes.push(rss_bytes);
            self.last = Some(now);
        }
    }

    fn max(&self) -> u64 {
        self.bytes.iter().copied().max().unwrap_or_default()
    }

    /// The highest of the last third as a multiple of the highest of the first.
    fn growth(&self) -> f64 {
        let third = self.bytes.len() / 3;
        let max = |samples: &[u64]| samples.iter().copied().max().map_or(f64::NAN, |bytes| bytes as f64);
        max(&self.bytes[self.bytes.len() - third..]) / max(&self.bytes[..third])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(bytes: &[u64]) -> Samples {
        let mut samples = Samples::default();
        let start = Instant::now();
        for (bytes, second) in bytes.iter().zip(0..) {
            samples.take(start + Duration::from_secs(second), *bytes);
            samples.take(start + Duration::from_millis(second * 1_000 + 500), u64::MAX);
        }
        samples
    }

    #[test]
    fn growth_compares_the_highest_of_the_last_third_with_the_first() {
        assert_eq!(samples(&[90, 100, 500, 500, 120, 110]).growth(), 1.2);
        assert_eq!(samples(&[90, 100, 500, 500, 120, 110]).max(), 500);
        assert!(samples(&[1]).growth().is_nan(), "too few samples show nothing");
    }

    #[test]
    fn the_load_lasts_ten_minutes_unless_it_is_shortened() {
        assert_eq!(seconds(None).unwrap(), 600);
        assert_eq!(seconds(Some("30")).unwrap(), 30);
        assert!(seconds(Some("1")).is_err() && seconds(Some("long")).is_err());
    }
}
