//! Drives the deduplication beside the stream of events that it is an index of.

use std::fs;
use std::path::Path;

use prime_dedupe::{Address, DedupeOptions, Deduper, Hole, HoleReason, KeyMaker, Sighting, StoreError, Verdict};
use prime_event::{EventRecord, FirstSeen, MessageIdentity, Timestamp, WorkspaceId};
use prime_log::{Offset, Partition, ReadError, ReadLimit};
use prime_runtime::{DedupeHole, DedupeStatus};

use crate::processor::ProcessError;

/// Events that are read at a time to learn what is not remembered yet.
const READ_BYTES_MAX: usize = 8 << 20;

/// Nothing is received that much later than another node's clock says it was, or waits that long while nothing comes.
const CLOCKS_APART_MS: i64 = 10 * 60 * 1_000;

/// The ids of the messages in `events`. It may lag behind the stream, and is brought up to its end before anybody asks.
pub(crate) struct Deduplication {
    deduper: Deduper,
    keys: KeyMaker,
    window_ms: i64,
    events: Partition,
    /// Everything in `events` below this is remembered.
    covered: Offset,
    /// Where reading again began, and the end of `events` then.
    restored_from: Offset,
    restored_to: Offset,
    /// When what is covered was received; none where nothing is known.
    clock_ms: Option<i64>,
    memory_bytes_max: u64,
    /// Whether the disk took the last write.
    is_stored: bool,
}

impl Deduplication {
    /// Opens what was remembered. What belongs to another stream of events is thrown away and read again from it.
    /// Blocking.
    pub(crate) fn open(options: &DedupeOptions, events: Partition) -> Result<Self, ProcessError> {
        let end = events.end_now()?;
        let (mut deduper, mut coverage) = Deduper::open(options.clone())?;
        if coverage.events_below.is_some_and(|below| below > end) {
            drop(deduper);
            forget(&options.folder);
            (deduper, coverage) = Deduper::open(options.clone())?;
        }
        let covered = coverage.events_below.unwrap_or(0);
        Ok(Self {
            keys: deduper.keys().clone(),
            deduper,
            window_ms: options.window_ms,
            events,
            covered,
            restored_from: covered,
            restored_to: end,
            clock_ms: coverage.clock_ms,
            memory_bytes_max: options.memory_bytes_max,
            is_stored: true,
        })
    }

    /// Reads a bounded part of the events that are not remembered yet. False when all are. Blocking.
    pub(crate) fn catch_up(&mut self) -> Result<bool, ProcessError> {
        let limit = ReadLimit { bytes_max: READ_BYTES_MAX, records_max: usize::MAX };
        let (records, was_trimmed) = match self.events.read(self.covered, limit) {
            Err(ReadError::Trimmed { start }) => (self.events.read(start, limit)?, true),
            read => (read?, false),
        };
        let Some(last) = records.last() else { return Ok(false) };
        let next = last.offset + 1;
        let mut sightings = Vec::with_capacity(records.len());
        for record in records {
            let event = EventRecord::decode(record.value)?;
            if let Some(identity) = MessageIdentity::read(&event.payload) {
                let MessageIdentity { message_id, original_timestamp } = identity;
                sightings.push(self.sighting(&event.workspace, &message_id, original_timestamp, event.received_at));
            }
        }
        if was_trimmed && let Some(first) = sightings.first() {
            self.report_trimmed(first.received_at_ms);
        }
        self.clock_ms = self.clock_ms.max(sightings.iter().map(|sighting| sighting.received_at_ms).max());
        let replayed = self.deduper.replay(&sightings, next);
        self.note(replayed);
        self.covered = next;
        Ok(true)
    }

    /// What was not kept long enough to be remembered.
    fn report_trimmed(&mut self, first_ms: i64) {
        let oldest = first_ms.saturating_sub(self.window_ms);
        let from_ms = self.clock_ms.unwrap_or(oldest).max(oldest);
        let reported = self.deduper.report_hole(Hole { from_ms, to_ms: first_ms, reason: HoleReason::NotReplayable });
        self.note(reported);
    }

    pub(crate) fn sighting(
        &self,
        workspace: &WorkspaceId,
        message_id: &str,
        original_timestamp: Option<Timestamp>,
        received_at: Timestamp,
    ) -> Sighting {
        let received_at_ms = received_at.as_millis();
        let timestamp_ms = original_timestamp.map(Timestamp::as_millis);
        Sighting {
            key: self.keys.key(workspace.as_str(), message_id),
            received_at_ms,
            address: Address::of(message_id, timestamp_ms, received_at_ms, self.window_ms),
        }
    }

    /// Adds a verdict for each, in order. What is new is remembered from now on.
    pub(crate) fn judge(&mut self, sightings: &[Sighting], verdicts: &mut Vec<Verdict>) {
        self.deduper.judge(sightings, verdicts);
    }

    /// Takes back that a message was new: it does not go to `events`.
    pub(crate) fn retract(&mut self, sighting: &Sighting) {
        self.deduper.retract([sighting.key]);
    }

    /// Everything judged so far that was new is in `events`, which ends here.
    pub(crate) fn written(&mut self, events_end: Offset) {
        self.covered = self.covered.max(events_end);
        let written = self.deduper.written(self.covered);
        self.note(written);
    }

    /// After a failed write: what of it is in `events` is learnt by catching up.
    pub(crate) fn retract_unwritten(&mut self) {
        self.deduper.retract_all();
    }

    /// Nothing has come for a while.
    pub(crate) fn maintain(&mut self, now: Timestamp) {
        let maintained = self.deduper.maintain(now.as_millis() - CLOCKS_APART_MS);
        self.note(maintained);
    }

    pub(crate) fn first_seen(&self, first: &prime_dedupe::FirstSeen) -> FirstSeen {
        FirstSeen {
            received: Timestamp::from_millis(first.from_ms)..=Timestamp::from_millis(first.to_ms),
            events: first.events.clone(),
        }
    }

    pub(crate) fn status(&self) -> DedupeStatus {
        let stats = self.deduper.stats();
        let holes = self.deduper.holes().iter().map(|hole| DedupeHole {
            from: Timestamp::from_millis(hole.from_ms),
            to: Timestamp::from_millis(hole.to_ms),
            reason: sentence(hole.reason).to_owned(),
        });
        let to_restore = self.restored_to.saturating_sub(self.restored_from);
        let restored = self.covered.saturating_sub(self.restored_from);
        DedupeStatus {
            window_ms: self.window_ms as u64,
            hot_ms: stats.hot_span_ms as u64,
            ids_hot: stats.hot_ids,
            ids_sealed: stats.sealed_ids,
            memory_bytes: stats.memory_bytes,
            memory_bytes_max: self.memory_bytes_max,
            disk_bytes: stats.disk_bytes,
            unconfirmed: stats.unconfirmed,
            untimed: stats.untimed + stats.out_of_range,
            holes: holes.collect(),
            restoring: (restored < to_restore).then(|| restored as f64 / to_restore as f64),
        }
    }

    pub(crate) fn close(self) {
        if let Err(error) = self.deduper.close() {
            tracing::warn!(%error, "the next start reads again from `events` what deduplication could not store");
        }
    }

    /// Nothing is lost when the disk takes no ids: they are in `events` too. Told when it begins and when it ends.
    fn note(&mut self, stored: Result<(), StoreError>) {
        match stored {
            Ok(()) => self.is_stored = true,
            Err(error) => {
                if self.is_stored {
                    tracing::error!(%error, "deduplication cannot store ids and goes on from memory");
                }
                self.is_stored = false;
            }
        }
    }
}

/// A folder that cannot be removed is found again, and is then no better and no worse.
fn forget(folder: &Path) {
    if let Err(error) = fs::remove_dir_all(folder) {
        tracing::error!(%error, "what deduplication remembers of another stream of events cannot be removed");
    }
}

fn sentence(reason: HoleReason) -> &'static str {
    match reason {
        HoleReason::Damaged => "A file of known ids was damaged.",
        HoleReason::Missing => "A file of known ids was lost.",
        HoleReason::NotReplayable => "The `events` stream was not kept long enough to learn the ids from it again.",
        HoleReason::NotStored => "Known ids could not be written to disk.",
    }
}
