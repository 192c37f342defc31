use std::sync::Arc;

use crate::address::Address;
use crate::background::{Background, Place};
use crate::epochs::Epochs;
use crate::error::{OpenError, StoreError};
use crate::hole::{Hole, HoleReason, Holes};
use crate::hot::chunk::{Entry, Head};
use crate::hot::{Confirmed, ExactIds, FingerprintTable, Progress};
use crate::key::{KeyMaker, MessageKey};
use crate::options::{DedupeOptions, Share};
use crate::pending::Pending;
use crate::room::TableBounds;
use crate::sealed::SealedIndex;
use crate::sighting::{FirstSeen, Sighting, Verdict};
use crate::stats::Stats;
use crate::store::disk::{Disk, SystemDisk};
use crate::store::manifest::Manifest;
use crate::upkeep::{Due, Pace, Work};

/// An index of the messages that went to one `events` stream. See the crate's documentation for what it promises.
///
/// A round goes so: [`judge`](Self::judge) the messages, perhaps [`retract`](Self::retract) some, append what is new to
/// `events`, and when that is durable say so with [`written`](Self::written). Reading and writing files happens in the
/// calling thread: call where blocking is allowed.
pub struct Deduper {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) folder: std::path::PathBuf,
    pub(crate) share: Share,
    pub(crate) bounds: TableBounds,
    pub(crate) keys: KeyMaker,
    pub(crate) manifest: Manifest,
    pub(crate) holes: Holes,
    /// Of what is durable in `events`.
    pub(crate) epochs: Epochs,
    /// The same with what is pending.
    pub(crate) epochs_ahead: Epochs,
    pub(crate) pending: Pending,
    pub(crate) round: Vec<Sighting>,
    pub(crate) table: FingerprintTable,
    pub(crate) ids: ExactIds,
    pub(crate) sealed: SealedIndex,
    pub(crate) progress: Progress,
    pub(crate) replaying: Replaying,
    pub(crate) background: Background<Work>,
    pub(crate) due: Due,
    pub(crate) counts: Stats,
    /// Epochs that were seen to be damaged while judging.
    pub(crate) seen_damaged: Vec<Hole>,
}

/// Ids for which room is made before they are put in.
const ROOM_AT_A_TIME: usize = 1_024;

/// What tells messages that are replayed from those that came before the index was closed.
pub(crate) struct Replaying {
    /// The clock as it was when `events` had come to what is being replayed.
    pub(crate) clock_ms: i64,
    /// Chunks from here on are made since the index was opened.
    pub(crate) new_chunks: u64,
}

/// How far an index that was opened has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The state has everything of `events` below this offset: what is at and above it has to be replayed. `None` when
    /// it knows nothing: all of `events` has to be.
    pub events_below: Option<u64>,
    /// The clock when `events` had come to there. What `events` does not hold any more from then on is a hole that the
    /// caller reports.
    pub clock_ms: Option<i64>,
    pub holes: Vec<Hole>,
}

impl Deduper {
    /// Opens the folder, or makes it. Then the caller replays.
    ///
    /// A folder that is damaged beyond use, or belongs to another stream or to epochs of another length, is emptied: the
    /// coverage says so.
    pub fn open(options: DedupeOptions) -> Result<(Self, Coverage), OpenError> {
        let disk = Arc::new(SystemDisk::new(options.folder.clone()));
        Self::open_on(disk, Place::Thread, Pace::default(), options)
    }

    /// Makes the keys of messages.
    pub fn keys(&self) -> &KeyMaker {
        &self.keys
    }

    /// Puts messages in that are in `events`, in that order, as far as they are not in. With these, `events` below
    /// `events_next` is replayed. What was replayed before is left alone.
    ///
    /// Every one of them was judged new once, so none is asked whether it repeats another.
    pub fn replay(&mut self, sightings: &[Sighting], events_next: u64) -> Result<(), StoreError> {
        if events_next <= self.progress.events_next {
            return Ok(());
        }
        for sighting in sightings {
            let arrival_ms = self.replaying.clock_ms.max(sighting.received_at_ms);
            self.replaying.clock_ms = arrival_ms;
            let generation = self.generation(sighting.address);
            if !self.is_in(sighting.key, generation, arrival_ms) && (generation.is_some() || !self.is_past(arrival_ms))
            {
                self.ensure_room(1);
                self.remember(sighting.key, generation, arrival_ms);
            }
        }
        // The state may be ahead of what is being replayed, and so may its clock.
        let ended = self.end_round(events_next, self.replaying.clock_ms);
        self.epochs_ahead.clone_from(&self.epochs);
        ended
    }

    /// One verdict for each message, in their order. What is new is remembered at once, so of two equal ones in a batch
    /// the second is a duplicate.
    pub fn judge(&mut self, sightings: &[Sighting], verdicts: &mut Vec<Verdict>) {
        // The places are far apart in memory. Asked for all at once, the waits for them overlap.
        let touched = sightings.iter().fold(0, |sum, sighting| sum ^ self.table.touch(sighting.key));
        std::hint::black_box(touched);
        verdicts.reserve(sightings.len());
        for sighting in sightings {
            self.counts.judged += 1;
            verdicts.push(self.verdict(sighting));
        }
    }

    fn verdict(&mut self, sighting: &Sighting) -> Verdict {
        match sighting.address {
            Address::Timed(_) => {}
            Address::Untimed => self.counts.untimed += 1,
            Address::OutOfRange => self.counts.out_of_range += 1,
        }
        let generation = self.generation(sighting.address);
        match self.first_of(sighting.key, generation, sighting.received_at_ms) {
            Some(first) => {
                self.counts.duplicates += 1;
                Verdict::Duplicate(first)
            }
            None => {
                let epoch = self.epochs_ahead.keep(sighting.received_at_ms);
                self.pending.push(*sighting, epoch.id);
                Verdict::New
            }
        }
    }

    /// Forgets messages that were judged new since the last [`written`](Self::written) and will not go to `events`:
    /// later stages rejected them, or the round's write failed. Others are left alone.
    pub fn retract(&mut self, keys: impl IntoIterator<Item = MessageKey>) {
        let mut retracted = false;
        for key in keys {
            retracted |= self.pending.retract(key);
        }
        if retracted {
            self.epochs_ahead.clone_from(&self.epochs);
            for message in self.pending.iter_mut() {
                message.epoch = self.epochs_ahead.keep(message.sighting.received_at_ms).id;
            }
        }
    }

    /// Forgets all that was judged new since the last [`written`](Self::written).
    pub fn retract_all(&mut self) {
        self.pending.take_into(&mut self.round);
        self.epochs_ahead.clone_from(&self.epochs);
    }

    /// All that was judged new and not retracted is durable in `events`, below this offset. Only from now on may it go
    /// to this index's disk, so that the index is never ahead of `events`.
    ///
    /// After an error the messages are remembered nevertheless.
    pub fn written(&mut self, events_next: u64) -> Result<(), StoreError> {
        let mut round = std::mem::take(&mut self.round);
        self.pending.take_into(&mut round);
        for part in round.chunks(ROOM_AT_A_TIME) {
            self.ensure_room(part.len() as u64);
            for sighting in part {
                self.remember(sighting.key, self.generation(sighting.address), sighting.received_at_ms);
            }
        }
        self.round = round;
        let ended = self.end_round(events_next, self.epochs.clock_ms().unwrap_or(i64::MIN));
        self.epochs_ahead.clone_from(&self.epochs);
        ended
    }

    /// Lets time pass while nothing arrives: epochs end, are sealed and expire. The caller promises that no message will
    /// be judged that was received before.
    pub fn maintain(&mut self, now_ms: i64) -> Result<(), StoreError> {
        self.epochs.advance(now_ms);
        self.epochs_ahead.advance(now_ms);
        self.due.again();
        self.upkeep()
    }

    /// What the index does not know of its window, in the order of time.
    pub fn holes(&self) -> &[Hole] {
        self.holes.all()
    }

    /// Remembers a hole that the caller knows of, until it has left the window.
    pub fn report_hole(&mut self, hole: Hole) -> Result<(), StoreError> {
        if self.holes.add(hole) {
            self.due.manifest = true;
        }
        self.upkeep()
    }

    pub fn stats(&self) -> Stats {
        let hot_from = self.epochs.hot().next();
        let clock = self.epochs.clock_ms();
        Stats {
            hot_ids: self.epochs.hot_ids(),
            sealed_ids: self.sealed.totals.ids,
            memory_bytes: self.table.bytes()
                + self.ids.memory_bytes()
                + self.sealed.totals.directory_bytes
                + self.sealed.totals.filter_bytes,
            disk_bytes: self.ids.disk_bytes() + self.sealed.totals.disk_bytes + self.due.table_bytes,
            hot_span_ms: clock.zip(hot_from).map_or(0, |(clock, epoch)| clock.saturating_sub(epoch.first_ms)),
            epochs_hot: self.epochs.hot().count() as u64,
            epochs_sealed: self.sealed.epochs().count() as u64,
            ..self.counts
        }
    }

    /// Ends in order, so that the next start has little to do. Messages that are pending are forgotten.
    pub fn close(mut self) -> Result<(), StoreError> {
        self.retract_all();
        self.finish()
    }

    pub(crate) fn generation(&self, address: Address) -> Option<i32> {
        address.generation(self.epochs.rules().epoch_ms)
    }

    /// Whether an arrival is of an epoch that is not hot any more.
    fn is_past(&self, arrival_ms: i64) -> bool {
        let rules = self.epochs.rules();
        let clock = self.epochs.clock_ms().unwrap_or(i64::MIN);
        let oldest_hot = self.epochs.stretch(clock).saturating_sub(rules.hot_before);
        // What is sealed may have left after a time to which the clock was not set back yet.
        let is_sealed = self.sealed.epochs().next_back().is_some_and(|epoch| arrival_ms <= epoch.header.last_ms);
        is_sealed || self.epochs.stretch(arrival_ms) < oldest_hot
    }

    /// Whether a message that is being replayed is in, from before the index was opened. What was kept twice, as its
    /// first was no longer hot, is told apart by the clock at its arrival: epochs lie between.
    fn is_in(&mut self, key: MessageKey, generation: Option<i32>, arrival_ms: i64) -> bool {
        let (ids, new_chunks) = (&mut self.ids, self.replaying.new_chunks);
        let in_chunk = self.table.find(key, |chunk| match ids.confirm(chunk, key) {
            Confirmed::Here { head, .. } if chunk < new_chunks => {
                (head.first_ms..=head.last_ms).contains(&arrival_ms).then_some(())
            }
            _ => None,
        });
        in_chunk.is_some() || generation.is_some_and(|generation| self.sealed.has_of(key, generation, arrival_ms))
    }

    /// Where the first one of a message is, if one that counts is there. What cannot be read does not count: then the
    /// message is kept, and a hole is noted.
    fn first_of(&mut self, key: MessageKey, generation: Option<i32>, received_at_ms: i64) -> Option<FirstSeen> {
        let hot_from = self.epochs_ahead.hot_from(received_at_ms);
        let window_from_ms = self.epochs_ahead.window_from(received_at_ms);
        let pending = self.pending.of(key).find(|first| {
            let first_generation = first.sighting.address.generation(self.epochs.rules().epoch_ms);
            first.epoch >= hot_from || (generation.is_some() && first_generation == generation)
        });
        if let Some(first) = pending {
            let at_ms = first.sighting.received_at_ms;
            return Some(FirstSeen { from_ms: at_ms, to_ms: at_ms, events: None });
        }
        let (ids, counts, seen_damaged) = (&mut self.ids, &mut self.counts, &mut self.seen_damaged);
        let mut damaged = None;
        let found = self.table.find(key, |chunk| {
            counts.confirms += 1;
            let confirmed = ids.confirm(chunk, key);
            let epoch = ids.epoch_of(chunk)?;
            match confirmed {
                Confirmed::Here { entry, head } => {
                    let counts_as_first = epoch.epoch.id >= hot_from
                        || (generation.is_some()
                            && entry.generation == generation
                            && epoch.epoch.last_ms >= window_from_ms);
                    counts_as_first.then(|| first_in_chunk(&head))
                }
                Confirmed::NotHere => {
                    counts.false_hits += 1;
                    None
                }
                Confirmed::Unreadable => {
                    damaged = Some(epoch.hole());
                    None
                }
            }
        });
        if found.is_some() {
            return found;
        }
        if let Some(hole) = damaged {
            counts.unconfirmed += 1;
            seen_damaged.push(hole);
        }
        self.first_in_sealed(key, generation?, window_from_ms)
    }

    fn first_in_sealed(&mut self, key: MessageKey, generation: i32, window_from_ms: i64) -> Option<FirstSeen> {
        let asked = self.sealed.ask(key, generation, window_from_ms);
        self.counts.sealed_probes += asked.probes;
        self.counts.sealed_reads += asked.reads;
        if let Some(epoch) = asked.found_in.and_then(|epoch| self.sealed.get(epoch)) {
            let header = &epoch.header;
            let events = Some(header.events_from..header.events_to);
            return Some(FirstSeen { from_ms: header.first_ms, to_ms: header.last_ms, events });
        }
        if !asked.unreadable.is_empty() {
            self.counts.unconfirmed += 1;
            let holes = asked.unreadable.iter().filter_map(|epoch| self.sealed.get(*epoch)).map(|epoch| epoch.hole());
            self.seen_damaged.extend(holes);
        }
        None
    }

    /// Puts a message that is durable in `events` into its epoch.
    fn remember(&mut self, key: MessageKey, generation: Option<i32>, received_at_ms: i64) {
        let epoch = self.epochs.keep(received_at_ms);
        let (chunk, begins) = self.ids.push(Entry { key, generation }, epoch, self.progress);
        if begins {
            self.chunk_began();
        }
        if !self.table.put(key, chunk) {
            // No slot is left, as epochs could not be sealed. The id is in its log, and found after the next start.
            self.counts.unconfirmed += 1;
            self.add_hole(Hole { from_ms: received_at_ms, to_ms: received_at_ms, reason: HoleReason::NotStored });
        }
    }

    fn end_round(&mut self, events_next: u64, clock_ms: i64) -> Result<(), StoreError> {
        self.progress = Progress { events_next: events_next.max(self.progress.events_next), clock_ms };
        self.ids.end_round(self.progress);
        self.upkeep()
    }
}

fn first_in_chunk(head: &Head) -> FirstSeen {
    let events = (head.events_from < head.events_to).then_some(head.events_from..head.events_to);
    FirstSeen { from_ms: head.first_ms, to_ms: head.last_ms, events }
}
