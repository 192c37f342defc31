//! What a folder holds when it is opened.

use std::collections::{BTreeMap, VecDeque};
use std::io;

use super::disk::{Disk, read};
use super::id_log::IdLog;
use super::manifest::{self, KnownEpoch, Manifest, Unreadable};
use super::names::{self, Name};
use crate::epochs::Epoch;
use crate::hole::{Hole, HoleReason, Holes};
use crate::hot::HotEpoch;
use crate::hot::Progress;
use crate::hot::chunk::{Chunk, HEAD_BYTES, Head, chunk_bytes};
use crate::sealed::{SealedEpoch, SealedIndex};

pub(crate) struct Recovered {
    pub(crate) manifest: Manifest,
    pub(crate) sealed: SealedIndex,
    pub(crate) epochs: VecDeque<HotEpoch>,
    pub(crate) next_epoch: u64,
    pub(crate) next_chunk: u64,
    /// Newest arrival that was recorded.
    pub(crate) clock_ms: Option<i64>,
    /// From where `events` has to be replayed. `None` if nothing was recorded.
    pub(crate) progress: Option<Progress>,
    pub(crate) holes: Holes,
}

/// Why the folder cannot be gone on with.
pub(crate) enum Unusable {
    /// It is empty, damaged, or belongs to another stream: begin anew.
    Foreign,
    Version(u32),
    Io(String, io::Error),
}

/// Reads what there is, and removes what is of no use. Chunks below `table_chunks` are in the table that was written
/// down, so only their heads are looked at.
pub(crate) fn recover(
    disk: &dyn Disk,
    stream: [u8; 16],
    epoch_ms: i64,
    table_chunks: u64,
) -> Result<Recovered, Unusable> {
    let manifest = read_manifest(disk)?;
    if manifest.stream != stream || manifest.epoch_ms != epoch_ms {
        return Err(Unusable::Foreign);
    }
    // What is there may not be durable yet, and on its strength other files are removed.
    let names = disk.sync_names().and_then(|()| disk.list()).map_err(|error| Unusable::Io(String::new(), error))?;
    let mut found = Recovered {
        holes: Holes::of(manifest.holes.clone()),
        sealed: SealedIndex::default(),
        epochs: VecDeque::new(),
        next_epoch: 0,
        next_chunk: 0,
        clock_ms: None,
        progress: None,
        manifest,
    };
    let mut logs = Vec::new();
    let mut sealed = Vec::new();
    for name in names {
        match Name::parse(&name) {
            Some(Name::Sealed(epoch)) => sealed.push(epoch),
            Some(Name::IdLog(epoch)) => logs.push(epoch),
            Some(Name::Temporary) => remove(disk, &name)?,
            Some(Name::Manifest | Name::Table) | None => {}
        }
    }
    sealed.sort_unstable();
    logs.sort_unstable();
    let known: BTreeMap<u64, KnownEpoch> = found.manifest.epochs.iter().map(|epoch| (epoch.id, *epoch)).collect();
    for epoch in &sealed {
        found.take_sealed(disk, *epoch, known.get(epoch), logs.contains(epoch))?;
    }
    logs.retain(|epoch| {
        let is_sealed = found.sealed.get(*epoch).is_some();
        if is_sealed {
            let _ = disk.remove(&names::id_log(*epoch));
        }
        !is_sealed
    });
    let newest_sealed = found.sealed.epochs().next_back().map(|epoch| epoch.header.epoch);
    for (id, epoch) in &known {
        let is_there = sealed.contains(id) || logs.contains(id);
        // What is missing behind the sealed ones is replayed.
        if !is_there && newest_sealed.is_some_and(|newest| *id < newest) {
            found.holes.add(hole_of(epoch, HoleReason::Missing));
        }
    }
    found.take_logs(disk, &logs, table_chunks)?;
    Ok(found)
}

fn read_manifest(disk: &dyn Disk) -> Result<Manifest, Unusable> {
    let file = match disk.open(names::MANIFEST) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unusable::Foreign),
        other => other.map_err(|error| Unusable::Io(names::MANIFEST.to_owned(), error))?,
    };
    match read(&*file, manifest::BYTES_MAX).map(|bytes| Manifest::decode(&bytes)) {
        Ok(Ok(manifest)) => Ok(manifest),
        Ok(Err(Unreadable::Version(found))) => Err(Unusable::Version(found)),
        Ok(Err(Unreadable::Damaged)) => Err(Unusable::Foreign),
        Err(error) => Err(Unusable::Io(names::MANIFEST.to_owned(), error)),
    }
}

fn remove(disk: &dyn Disk, name: &str) -> Result<(), Unusable> {
    disk.remove(name).map_err(|error| Unusable::Io(name.to_owned(), error))
}

fn hole_of(epoch: &KnownEpoch, reason: HoleReason) -> Hole {
    Hole { from_ms: epoch.first_ms, to_ms: epoch.last_ms, reason }
}

impl Recovered {
    fn take_sealed(
        &mut self,
        disk: &dyn Disk,
        id: u64,
        known: Option<&KnownEpoch>,
        has_log: bool,
    ) -> Result<(), Unusable> {
        self.next_epoch = self.next_epoch.max(id + 1);
        match SealedEpoch::open(disk, id) {
            Ok(epoch) => {
                self.next_chunk = self.next_chunk.max(epoch.header.next_chunk);
                self.clock_ms = self.clock_ms.max(Some(epoch.header.last_ms));
                self.progress =
                    Some(Progress { events_next: epoch.header.covers, clock_ms: epoch.header.covers_clock_ms });
                self.sealed.add(epoch);
            }
            // It is sealed again from its log.
            Err(_) if has_log => remove(disk, &names::sealed(id))?,
            Err(error) => {
                tracing::warn!(epoch = id, %error, "a sealed file of message ids is damaged");
                // Without a record of it the file was never in use.
                known.into_iter().for_each(|known| {
                    self.holes.add(hole_of(known, HoleReason::Damaged));
                });
                remove(disk, &names::sealed(id))?;
            }
        }
        Ok(())
    }

    /// Walks through the id logs. At the first chunk that is not there as it should be, replaying has to begin. If it
    /// once was durable, what follows is kept; if not, a crash took it with what follows, though not in that order.
    fn take_logs(&mut self, disk: &dyn Disk, logs: &[u64], table_chunks: u64) -> Result<(), Unusable> {
        let durable = self.manifest.durable_chunks;
        let room = self.manifest.chunk_ids;
        let mut bytes = vec![0; chunk_bytes(room)];
        let mut is_replayed_from_before = false;
        let mut expected = self.next_chunk.max(self.manifest.first_chunk);
        let mut is_at_the_end = false;
        for id in logs {
            self.next_epoch = self.next_epoch.max(id + 1);
            let log = IdLog::open(disk, *id).ok().filter(|log| log.header.room == room);
            // Its ids are sealed, or have left the window: only its removal failed.
            if log.as_ref().is_some_and(|log| log.header.first_chunk < expected) {
                remove(disk, &names::id_log(*id))?;
                continue;
            }
            let follows = log.as_ref().is_some_and(|log| log.header.first_chunk == expected);
            if !follows {
                is_at_the_end |= expected >= durable;
                is_replayed_from_before = true;
            }
            let Some(log) = log.filter(|_| !is_at_the_end) else {
                remove(disk, &names::id_log(*id))?;
                continue;
            };
            let mut epoch: Option<HotEpoch> = None;
            let end = log.header.first_chunk + log.chunks_begun().unwrap_or_default();
            let mut number = log.header.first_chunk;
            while number < end {
                match head(&log, number, room, table_chunks, &mut bytes) {
                    Some(head) => {
                        if !is_replayed_from_before {
                            self.progress = Some(Progress { events_next: head.covers, clock_ms: head.covers_clock_ms });
                        }
                        self.clock_ms = self.clock_ms.max(Some(head.last_ms));
                        take_head(&mut epoch, &log, &head, epoch_stretch(&self.manifest, log.header.first_ms));
                    }
                    None => {
                        is_replayed_from_before = true;
                        if number >= durable {
                            is_at_the_end = true;
                            break;
                        }
                    }
                }
                number += 1;
            }
            log.cut(number).map_err(|error| Unusable::Io(names::id_log(*id), error))?;
            expected = number;
            match epoch {
                Some(epoch) => self.epochs.push_back(HotEpoch { end_chunk: number, ..epoch }),
                None => remove(disk, &names::id_log(*id))?,
            }
        }
        self.next_chunk = expected;
        Ok(())
    }
}

fn epoch_stretch(manifest: &Manifest, first_ms: i64) -> i64 {
    first_ms.div_euclid(manifest.epoch_ms)
}

/// The head of a chunk that is as it was written, as far as it has to be looked at.
fn head(log: &IdLog, number: u64, room: usize, table_chunks: u64, bytes: &mut [u8]) -> Option<Head> {
    if number < table_chunks {
        log.read(number, &mut bytes[..HEAD_BYTES]).ok()?;
        return Head::decode(&bytes[..HEAD_BYTES], number, room);
    }
    log.read(number, bytes).ok()?;
    Chunk::decode(bytes, number, room).map(|chunk| chunk.head)
}

fn take_head(epoch: &mut Option<HotEpoch>, log: &IdLog, head: &Head, stretch: i64) {
    let header = log.header;
    let epoch = epoch.get_or_insert_with(|| HotEpoch {
        epoch: Epoch { id: header.epoch, stretch, ids: 0, first_ms: header.first_ms, last_ms: header.first_ms },
        first_chunk: header.first_chunk,
        end_chunk: header.first_chunk,
        events_from: head.events_from,
        events_to: head.events_to,
        covers: head.covers,
        covers_clock_ms: head.covers_clock_ms,
        base_generation: header.base_generation,
        log: Some(log.clone()),
    });
    epoch.epoch.ids += u64::from(head.ids);
    epoch.epoch.last_ms = epoch.epoch.last_ms.max(head.last_ms);
    epoch.events_to = epoch.events_to.max(head.events_to);
    epoch.covers = head.covers;
    epoch.covers_clock_ms = head.covers_clock_ms;
}
