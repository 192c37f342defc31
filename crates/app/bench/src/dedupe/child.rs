//! The index in a process of its own, which can be metered from outside and killed.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::stream::{DAY_MS, Flow, options, send, wrong};
use crate::bar::MeasureError;
use prime_dedupe::Deduper;

pub(super) const IDS: u64 = 100_000_000;
/// Ids that are replayed at a time.
const REPLAYED: u64 = 1_024;

/// So that all of them are hot at the end.
fn flow() -> Flow {
    Flow::over(IDS, DAY_MS * 20 / 24)
}

/// What the child does: `fill` puts all ids in, says so and waits to be killed; `open` opens, replays, and says how long
/// that took.
pub(crate) fn run(task: &str, folder: &Path) -> Result<(), MeasureError> {
    let mut out = std::io::stdout();
    if task == "fill" {
        let mut deduper = super::stream::open(folder)?;
        send(&mut deduper, &flow(), 0..IDS)?;
        let stats = deduper.stats();
        writeln!(out, "{} {}", stats.hot_ids, stats.memory_bytes)?;
        // Until whoever started this closes the pipe.
        std::io::stdin().read_to_end(&mut Vec::new())?;
        return Ok(());
    }
    let started = Instant::now();
    let (mut deduper, coverage) = Deduper::open(options(folder)).map_err(wrong)?;
    let opened = started.elapsed();
    let first = coverage.events_below.unwrap_or_default();
    let mut next = first;
    while next < IDS {
        let end = (next + REPLAYED).min(IDS);
        let sightings: Vec<_> = (next..end).map(|id| flow().sighting(&deduper, id)).collect();
        deduper.replay(&sightings, end).map_err(wrong)?;
        next = end;
    }
    let ready = started.elapsed();
    writeln!(out, "{} {} {} {}", deduper.stats().hot_ids, ready.as_micros(), opened.as_micros(), IDS - first)?;
    Ok(())
}

/// A child that has done its task; killed when dropped.
pub(super) struct Done {
    child: Child,
    pub(super) figures: Vec<u64>,
}

pub(super) fn child(task: &str, folder: &Path) -> Result<Done, MeasureError> {
    let mut child = Command::new(std::env::current_exe()?)
        .arg("child-dedupe")
        .arg(task)
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(out) = child.stdout.take() {
        BufReader::new(out).read_line(&mut line)?;
    }
    let done = Done { child, figures: line.split_whitespace().filter_map(|figure| figure.parse().ok()).collect() };
    match done.figures.first() {
        Some(&IDS) => Ok(done),
        _ => Err(MeasureError::Wrong(format!("the index was to hold {IDS} hot ids, but: {}", line.trim()))),
    }
}

impl Done {
    pub(super) fn rss_bytes(&self) -> Result<u64, MeasureError> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let kibibytes = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB"));
        let kibibytes = kibibytes.and_then(|text| text.parse::<u64>().ok());
        Ok(kibibytes.ok_or_else(|| MeasureError::Wrong("the process tells no memory".to_owned()))? * 1_024)
    }

    /// `kill -9`
    pub(super) fn kill(mut self) -> Result<(), MeasureError> {
        self.child.kill()?;
        self.child.wait()?;
        // Its files may still be on their way to the disk, and the next process has to share it with them.
        std::thread::sleep(Duration::from_secs(1));
        Ok(())
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
