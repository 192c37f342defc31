//! What goes on beside judging: writing, sealing, expiry, and writing the table down.

use std::io;

use crate::deduper::Deduper;
use crate::error::StoreError;
use crate::hole::{Hole, HoleReason};
use crate::hot::HotEpoch;
use crate::sealed::{Filter, Header, Sealed, SealedEpoch, SealingJob, filters_of, seal};
use crate::store::disk::{Disk, put};
use crate::store::id_log::IdLog;
use crate::store::manifest::KnownEpoch;
use crate::store::names;
use crate::store::table_file::{TableHeader, TableWriting};

/// What came of work in the background.
pub(crate) enum Work {
    Sealed(Box<Sealed>),
    Filters {
        epoch: u64,
        filters: Vec<Option<Filter>>,
    },
    /// The table is in place, and chunks below are durable.
    Table {
        durable_chunks: u64,
    },
}

/// Sections of sealed files stay below 4 GiB.
const EPOCH_IDS_MAX: u64 = 1 << 28;

/// What is to be done, and how often.
pub(crate) struct Due {
    pub(crate) manifest: bool,
    /// Something failed in the background: it waits until time passes.
    pub(crate) failed: bool,
    pub(crate) writing: Option<TableWriting>,
    /// A table that was written is being put in its place. Another one would be written under its name.
    pub(crate) placing: bool,
    /// The number of the chunk at which the table is written down next.
    pub(crate) table_at_chunk: u64,
    pub(crate) table_bytes: u64,
    pub(crate) pace: Pace,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Pace {
    /// The table is written down each time that so many ids came: a start puts them in again in a second.
    pub(crate) table_every_ids: u64,
    /// With fewer in all, a start reads the id logs as fast.
    pub(crate) table_ids_min: u64,
    /// An epoch with so many ids ends before its time, even if the memory has room for more.
    pub(crate) epoch_ids_max: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self { table_every_ids: 20_000_000, table_ids_min: 4_000_000, epoch_ids_max: EPOCH_IDS_MAX }
    }
}

impl Due {
    pub(crate) fn new(pace: Pace) -> Self {
        Self { manifest: true, failed: false, writing: None, placing: false, table_at_chunk: 0, table_bytes: 0, pace }
    }

    pub(crate) fn again(&mut self) {
        self.failed = false;
    }
}

impl Deduper {
    /// Everything that may be due after a round. The first thing that fails is returned, the others go on.
    pub(crate) fn upkeep(&mut self) -> Result<(), StoreError> {
        let mut first_failure = None;
        let mut note = |result: Result<(), StoreError>| {
            if let Err(error) = result {
                first_failure.get_or_insert(error);
            }
        };
        self.note_damage();
        self.end_the_epoch_that_is_over();
        note(self.save_chunks());
        note(self.take_in_background());
        note(self.expire());
        if self.background.is_idle() && !self.due.failed {
            note(self.begin_background());
        }
        if self.due.manifest {
            note(self.save_manifest());
        }
        first_failure.map_or(Ok(()), Err)
    }

    pub(crate) fn failed(&self, name: &str, source: io::Error) -> StoreError {
        StoreError { path: self.folder.join(name), source }
    }

    pub(crate) fn add_hole(&mut self, hole: Hole) {
        if self.holes.add(hole.clone()) {
            let reason = hole.reason.as_str();
            tracing::warn!(from_ms = hole.from_ms, to_ms = hole.to_ms, reason, "message ids of some time are unknown");
            self.due.manifest = true;
        }
    }

    fn note_damage(&mut self) {
        for hole in std::mem::take(&mut self.seen_damaged) {
            self.add_hole(hole);
        }
    }

    /// Its ids should not wait for a message of the next epoch.
    fn end_the_epoch_that_is_over(&mut self) {
        let Some(clock) = self.epochs.clock_ms() else { return };
        let stretch = self.epochs.stretch(clock);
        let is_over = |hot: &HotEpoch| hot.epoch.stretch < stretch || self.epochs.is_full(&hot.epoch);
        if self.ids.epochs.back().is_some_and(is_over) && self.ids.tail_epoch().is_some() {
            self.ids.close_tail();
        }
    }

    pub(crate) fn save_chunks(&mut self) -> Result<(), StoreError> {
        let result = self.ids.save(&*self.disk);
        while self.ids.memory_bytes() > self.share.unsaved_bytes_max.max(self.ids.chunk_memory_bytes() * 2) {
            let Some(given_up) = self.ids.give_up_oldest_unsaved() else { break };
            let (from_ms, to_ms) = (given_up.head.first_ms, given_up.head.last_ms);
            self.add_hole(Hole { from_ms, to_ms, reason: HoleReason::NotStored });
        }
        let name = || self.ids.unsaved_epoch().map_or_else(String::new, names::id_log);
        result.map_err(|error| self.failed(&name(), error))
    }

    /// Called for each chunk that began.
    pub(crate) fn chunk_began(&mut self) {
        self.table.set_live(self.ids.chunks());
        self.table.sweep_step(self.ids.room);
        self.write_table_on();
    }

    /// The table is written while chunks come, so that nobody waits for all of it: it is through after a fourth of the
    /// chunks that lie between two beginnings.
    fn write_table_on(&mut self) {
        let chunk = self.ids.next_chunk();
        let every = self.table_every_chunks();
        if self.due.writing.is_none() && !self.due.placing && chunk >= self.due.table_at_chunk {
            self.due.table_at_chunk = chunk + every;
            if self.ids.ids() >= self.due.pace.table_ids_min {
                self.begin_table();
            }
        }
        let Some(writing) = &mut self.due.writing else { return };
        let pieces = writing.pieces() * 4 / every + 1;
        for _ in 0..pieces {
            match writing.step(&self.table) {
                Ok(false) => {}
                // It is put in its place in the background.
                Ok(true) => return,
                Err(error) => {
                    tracing::warn!(%error, "failed to write the table of message ids down");
                    self.due.writing = None;
                    return;
                }
            }
        }
    }

    fn table_every_chunks(&self) -> u64 {
        // Old names of chunks may not come back before a table that has them is replaced.
        (self.due.pace.table_every_ids / self.ids.room as u64).clamp(1, self.table.ring().len() / 16)
    }

    /// Chunks that begin from here on may be in or not. What is in `unsaved` will be written before the table is in place.
    fn begin_table(&mut self) {
        let header = TableHeader { shape: self.table.shape(), chunks: self.ids.first_open_chunk() };
        match TableWriting::begin(&*self.disk, header) {
            Ok(writing) => self.due.writing = Some(writing),
            Err(error) => tracing::warn!(%error, "failed to begin to write the table of message ids down"),
        }
    }

    fn take_in_background(&mut self) -> Result<(), StoreError> {
        match self.background.poll() {
            Some(result) => self.take_in(result),
            None => Ok(()),
        }
    }

    pub(crate) fn take_in(&mut self, result: io::Result<Work>) -> Result<(), StoreError> {
        self.due.placing = false;
        match result {
            Ok(Work::Sealed(sealed)) => self.take_in_sealed(*sealed),
            Ok(Work::Filters { epoch, filters }) => {
                self.sealed.set_filters(epoch, filters, self.share.filter_bytes_max);
                Ok(())
            }
            Ok(Work::Table { durable_chunks }) => {
                self.manifest.durable_chunks = self.manifest.durable_chunks.max(durable_chunks);
                self.due.manifest = true;
                Ok(())
            }
            Err(error) => {
                self.due.failed = true;
                Err(self.failed("", error))
            }
        }
    }

    /// From here on the epoch is asked in its sealed file, and its chunks are gone.
    fn take_in_sealed(&mut self, sealed: Sealed) -> Result<(), StoreError> {
        let id = sealed.epoch.header.epoch;
        sealed.holes.into_iter().for_each(|hole| self.add_hole(hole));
        self.sealed.add(sealed.epoch);
        if let Some(filters) = sealed.filters {
            self.sealed.set_filters(id, filters, self.share.filter_bytes_max);
        }
        self.ids.epochs.retain(|hot| hot.epoch.id != id);
        self.table.set_live(self.ids.chunks());
        self.due.manifest = true;
        self.save_manifest()?;
        let name = names::id_log(id);
        self.disk.remove(&name).map_err(|error| self.failed(&name, error))
    }

    /// Removes what left the window. The newest stays: it tells where a start goes on.
    fn expire(&mut self) -> Result<(), StoreError> {
        let from_ms = self.epochs.window_from(i64::MIN);
        if self.holes.forget_before(from_ms) {
            self.due.manifest = true;
        }
        loop {
            let oldest = self.sealed.epochs().next().map(|epoch| epoch.header);
            let Some(header) = oldest.filter(|header| header.last_ms < from_ms) else { return Ok(()) };
            if self.sealed.epochs().nth(1).is_none() && self.ids.epochs.is_empty() {
                return Ok(());
            }
            self.sealed.remove(header.epoch);
            self.manifest.first_chunk = self.manifest.first_chunk.max(header.next_chunk);
            self.save_manifest()?;
            let name = names::sealed(header.epoch);
            self.disk.remove(&name).map_err(|error| self.failed(&name, error))?;
        }
    }

    pub(crate) fn begin_background(&mut self) -> Result<(), StoreError> {
        let begun = if self.oldest_can_be_sealed() {
            self.begin_sealing()
        } else if self.due.writing.as_ref().is_some_and(|writing| writing.is_through()) {
            self.begin_syncing()
        } else if let Some(epoch) = self.sealed.without_filters(self.share.filter_bytes_max) {
            let disk = self.disk.clone();
            self.background.begin(move |is_cancelled| {
                // Without filters blocks are read, and say more about what is wrong.
                Ok(Work::Filters { epoch, filters: filters_of(&*disk, epoch, is_cancelled).unwrap_or_default() })
            })
        } else {
            return Ok(());
        };
        begun.map_err(|error| self.failed("", error))?;
        // What is done at once can be taken in at once.
        self.take_in_background()
    }

    pub(crate) fn oldest_can_be_sealed(&self) -> bool {
        let hot_from = self.epochs.hot().next().map_or(self.epochs.next_id(), |epoch| epoch.id);
        let has_left = self.ids.epochs.front().is_some_and(|hot| hot.epoch.id < hot_from);
        has_left && self.ids.oldest_is_complete()
    }

    pub(crate) fn begin_sealing(&mut self) -> io::Result<()> {
        let Some(hot) = self.ids.epochs.front() else { return Ok(()) };
        let Some(log) = hot.log.clone() else {
            // None of its chunks was ever taken by the disk: holes say so already.
            self.ids.epochs.pop_front();
            self.table.set_live(self.ids.chunks());
            return Ok(());
        };
        let job = SealingJob {
            log,
            chunks: hot.first_chunk..hot.end_chunk,
            header: Header {
                epoch: hot.epoch.id,
                first_ms: hot.epoch.first_ms,
                last_ms: hot.epoch.last_ms,
                ids: 0,
                events_from: hot.events_from,
                events_to: hot.events_to,
                covers: hot.covers,
                covers_clock_ms: hot.covers_clock_ms,
                next_chunk: hot.end_chunk,
            },
            memory_bytes_max: self.share.sealing_bytes_max,
            with_filters: Filter::bytes_for(hot.epoch.ids) <= self.share.filter_bytes_max,
        };
        let disk = self.disk.clone();
        self.background.begin(move |is_cancelled| Ok(Work::Sealed(Box::new(seal(&*disk, job, is_cancelled)?))))
    }

    /// Makes the id logs durable, then the table, and puts it in its place.
    pub(crate) fn begin_syncing(&mut self) -> io::Result<()> {
        let Some(writing) = self.due.writing.take() else { return Ok(()) };
        // A table must not be in place before the chunks that it has, and that are still in memory.
        let durable_chunks = self.ids.first_open_chunk();
        if durable_chunks < writing.header.chunks {
            return Ok(());
        }
        self.due.table_bytes = writing.bytes();
        self.due.placing = true;
        let logs = self.ids.logs();
        let disk = self.disk.clone();
        self.background.begin(move |_| {
            sync_logs(&*disk, &logs)?;
            writing.file.sync()?;
            disk.rename(&names::temporary(names::TABLE), names::TABLE)?;
            Ok(Work::Table { durable_chunks })
        })
    }

    pub(crate) fn save_manifest(&mut self) -> Result<(), StoreError> {
        let of_sealed = |epoch: &SealedEpoch| (epoch.header.epoch, epoch.header.first_ms, epoch.header.last_ms);
        let of_hot = |hot: &HotEpoch| (hot.epoch.id, hot.epoch.first_ms, hot.epoch.last_ms);
        let epochs = self.sealed.epochs().map(of_sealed).chain(self.ids.epochs.iter().map(of_hot));
        self.manifest.epochs = epochs.map(|(id, first_ms, last_ms)| KnownEpoch { id, first_ms, last_ms }).collect();
        self.manifest.holes = self.holes.all().to_vec();
        put(&*self.disk, names::MANIFEST, &self.manifest.encode())
            .map_err(|error| self.failed(names::MANIFEST, error))?;
        self.due.manifest = false;
        Ok(())
    }

    /// Brings everything to disk. The table is written down too if a start gains by it.
    pub(crate) fn finish(&mut self) -> Result<(), StoreError> {
        self.ids.close_tail();
        self.due.again();
        self.upkeep()?;
        while let Some(result) = self.background.wait() {
            self.take_in(result)?;
        }
        self.due.writing = None;
        if self.ids.ids() >= self.due.pace.table_ids_min {
            self.begin_table();
        }
        if let Some(mut writing) = self.due.writing.take() {
            while !writing.step(&self.table).map_err(|error| self.failed(names::TABLE, error))? {}
            self.due.writing = Some(writing);
            self.begin_syncing().map_err(|error| self.failed(names::TABLE, error))?;
        } else {
            sync_logs(&*self.disk, &self.ids.logs()).map_err(|error| self.failed("", error))?;
            self.manifest.durable_chunks = self.ids.first_open_chunk();
        }
        while let Some(result) = self.background.wait() {
            self.take_in(result)?;
        }
        self.save_manifest()
    }
}

/// Contents, and then the names: what says that they are durable may come to disk before the names otherwise.
fn sync_logs(disk: &dyn Disk, logs: &[IdLog]) -> io::Result<()> {
    logs.iter().try_for_each(IdLog::sync)?;
    disk.sync_names()
}

impl HotEpoch {
    pub(crate) fn hole(&self) -> Hole {
        Hole { from_ms: self.epoch.first_ms, to_ms: self.epoch.last_ms, reason: HoleReason::Damaged }
    }
}

impl SealedEpoch {
    pub(crate) fn hole(&self) -> Hole {
        Hole { from_ms: self.header.first_ms, to_ms: self.header.last_ms, reason: HoleReason::Damaged }
    }
}
