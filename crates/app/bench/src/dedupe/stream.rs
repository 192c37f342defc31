//! Messages in virtual time, and an index that they are put into.

use std::path::Path;
use std::time::Duration;

use prime_dedupe::{Address, DedupeOptions, Deduper, Secret, Sighting, Verdict};
use rustix::time::{ClockId, clock_gettime};

use crate::bar::MeasureError;

pub(super) const DAY_MS: i64 = 86_400_000;
pub(super) const WINDOW_MS: i64 = 30 * DAY_MS;
/// 2025-11-24T16:00:00Z, an arbitrary moment.
pub(super) const START_MS: i64 = 1_764_000_000_000;
/// Rounds of a processor that is not and that is behind.
const BATCHES: [usize; 5] = [64, 128, 256, 512, 1024];
/// 0.6 % of all messages.
const DUPLICATES_PER_MILLION: u64 = 6_000;
/// One of so many new messages was made long before it arrived.
const LATE_ONE_IN: u64 = 100;
const WORKSPACE: &str = "workspace-of-the-bench";

/// How messages come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow {
    /// Distinct ids.
    pub(super) ids: u64,
    /// In which they come, evenly.
    pub(super) span_ms: i64,
    pub(super) duplicates_per_million: u64,
}

impl Flow {
    pub(super) fn over(ids: u64, span_ms: i64) -> Self {
        Self { ids, span_ms, duplicates_per_million: DUPLICATES_PER_MILLION }
    }

    fn arrival_ms(&self, id: u64) -> i64 {
        START_MS + (i128::from(id) * i128::from(self.span_ms) / i128::from(self.ids)) as i64
    }

    /// When the client made a message, which stands in its id.
    fn made_at_ms(&self, id: u64) -> i64 {
        let hash = mixed(id);
        let arrival = self.arrival_ms(id);
        if hash.is_multiple_of(LATE_ONE_IN) {
            arrival - (mixed(hash) % (30 * DAY_MS as u64)) as i64
        } else {
            arrival - (hash % 5_000) as i64
        }
    }

    /// An id from before this batch, by chance of all whose window has not ended when `next` comes.
    fn known(&self, draw: u64, next: u64, batch: u64) -> u64 {
        // An epoch's length of slack: ids leave with their epoch.
        let from_ms = self.arrival_ms(next) - WINDOW_MS + DAY_MS / 2;
        let mut chance = mixed(draw);
        loop {
            let id = chance % (next - batch);
            if self.made_at_ms(id) >= from_ms {
                return id;
            }
            chance = mixed(chance);
        }
    }

    fn text(&self, id: u64, out: &mut String) {
        use std::fmt::Write;
        out.clear();
        let (high, low) = (mixed(id), mixed(id ^ 0xabcd_ef01_2345_6789));
        let _ = write!(out, "ajs-next-{}-{high:016x}{low:016x}", self.made_at_ms(id));
    }

    /// A message as it would be read again from `events`.
    pub(super) fn sighting(&self, deduper: &Deduper, id: u64) -> Sighting {
        let mut text = String::new();
        self.text(id, &mut text);
        sighting(deduper, &text, self.arrival_ms(id))
    }
}

fn sighting(deduper: &Deduper, text: &str, received_at_ms: i64) -> Sighting {
    Sighting {
        key: deduper.keys().key(WORKSPACE, text),
        received_at_ms,
        address: Address::of(text, None, received_at_ms, WINDOW_MS),
    }
}

/// splitmix64
pub(super) fn mixed(n: u64) -> u64 {
    let z = n.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

pub(super) fn options(folder: &Path) -> DedupeOptions {
    DedupeOptions::new(folder.to_owned(), Secret([0x5e; 16]), [1; 16])
}

pub(super) fn open(folder: &Path) -> Result<Deduper, MeasureError> {
    Ok(Deduper::open(options(folder)).map_err(wrong)?.0)
}

pub(super) fn wrong(error: impl std::error::Error) -> MeasureError {
    MeasureError::Wrong(format!("the index failed: {error}"))
}

/// What messages cost.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Spent {
    pub(super) messages: u64,
    /// CPU of the calling thread: for keys and addresses, and for the index.
    pub(super) keys: Duration,
    pub(super) index: Duration,
    /// CPU of all other threads.
    pub(super) background: Duration,
    /// The longest that a batch took.
    pub(super) longest: Duration,
}

impl Spent {
    pub(super) fn cpu_ns_per_message(&self) -> f64 {
        (self.keys + self.index + self.background).as_secs_f64() * 1e9 / self.messages as f64
    }

    pub(super) fn ns_per_message(&self, part: Duration) -> f64 {
        part.as_secs_f64() * 1e9 / self.messages as f64
    }
}

/// Sends the ids of a range, each with its share of duplicates, and compares each verdict.
pub(super) fn send(deduper: &mut Deduper, flow: &Flow, ids: std::ops::Range<u64>) -> Result<Spent, MeasureError> {
    let mut spent = Spent::default();
    let process_before = cpu(ClockId::ProcessCPUTime);
    let thread_before = cpu(ClockId::ThreadCPUTime);
    let mut next = ids.start;
    let mut sightings = Vec::new();
    let mut verdicts = Vec::new();
    let mut batch: Vec<(String, i64, bool)> = vec![(String::new(), 0, false); BATCHES[BATCHES.len() - 1]];
    for round in 0.. {
        let len = BATCHES[round % BATCHES.len()];
        let mut filled = 0;
        while filled < len && next < ids.end {
            let draw = mixed(next ^ (filled as u64) << 48 ^ (round as u64) << 20);
            let is_duplicate = draw % 1_000_000 < flow.duplicates_per_million && next > ids.start / 2 + 1_000;
            let (text, at_ms, is_known) = &mut batch[filled];
            *at_ms = flow.arrival_ms(next);
            *is_known = is_duplicate;
            if is_duplicate {
                flow.text(flow.known(draw, next, len as u64), text);
            } else {
                flow.text(next, text);
                next += 1;
            }
            filled += 1;
        }
        if filled == 0 {
            break;
        }
        let start = cpu(ClockId::ThreadCPUTime);
        sightings.clear();
        sightings.extend(batch[..filled].iter().map(|(text, at_ms, _)| sighting(deduper, text, *at_ms)));
        let keyed = cpu(ClockId::ThreadCPUTime);
        verdicts.clear();
        deduper.judge(&sightings, &mut verdicts);
        deduper.written(next).map_err(wrong)?;
        let judged = cpu(ClockId::ThreadCPUTime);
        spent.messages += filled as u64;
        spent.keys += keyed - start;
        spent.index += judged - keyed;
        spent.longest = spent.longest.max(judged - keyed);
        for ((text, _, is_known), verdict) in batch[..filled].iter().zip(&verdicts) {
            if matches!(verdict, Verdict::Duplicate(_)) != *is_known {
                return Err(MeasureError::Wrong(format!("{text}: known {is_known}, but {verdict:?}")));
            }
        }
    }
    let own = cpu(ClockId::ThreadCPUTime) - thread_before;
    spent.background = (cpu(ClockId::ProcessCPUTime) - process_before).saturating_sub(own);
    Ok(spent)
}

fn cpu(clock: ClockId) -> Duration {
    let time = clock_gettime(clock);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
