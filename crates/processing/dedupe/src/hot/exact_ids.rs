use std::collections::VecDeque;
use std::io;
use std::ops::Range;

use super::chunk::{self, Chunk, Entry, HEAD_BYTES, Head, chunk_bytes};
use crate::epochs::Epoch;
use crate::key::MessageKey;
use crate::store::disk::Disk;
use crate::store::id_log::{IdLog, IdLogHeader};

/// The ids of all epochs that are not sealed, exact: in the id logs, and in memory what is not there yet.
pub(crate) struct ExactIds {
    /// Ids of a full chunk.
    pub(crate) room: usize,
    /// Oldest first.
    pub(crate) epochs: VecDeque<HotEpoch>,
    /// Complete chunks that the disk has not taken, oldest first. Their numbers follow one another.
    unsaved: VecDeque<OpenChunk>,
    /// The chunk that new ids go to.
    tail: Option<OpenChunk>,
    next_chunk: u64,
    scratch: Vec<u8>,
}

pub(crate) struct HotEpoch {
    pub(crate) epoch: Epoch,
    pub(crate) first_chunk: u64,
    /// Behind its last chunk so far.
    pub(crate) end_chunk: u64,
    pub(crate) events_from: u64,
    pub(crate) events_to: u64,
    pub(crate) covers: u64,
    pub(crate) covers_clock_ms: i64,
    pub(crate) base_generation: i32,
    /// None until its first chunk is written.
    pub(crate) log: Option<IdLog>,
}

/// A chunk in memory.
#[derive(Clone, Debug)]
pub(crate) struct OpenChunk {
    pub(crate) head: Head,
    pub(crate) epoch: u64,
    pub(crate) entries: Vec<Entry>,
}

/// In place of where a chunk's messages end in `events`, until their round is over.
const IN_ROUND: u64 = u64::MAX;

/// What looking into a chunk came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Confirmed {
    Here { entry: Entry, head: Head },
    NotHere,
    Unreadable,
}

impl ExactIds {
    pub(crate) fn new(room: usize, epochs: VecDeque<HotEpoch>, next_chunk: u64) -> Self {
        Self { room, epochs, unsaved: VecDeque::new(), tail: None, next_chunk, scratch: Vec::new() }
    }

    /// Chunks of which ids may be asked for.
    pub(crate) fn chunks(&self) -> Range<u64> {
        self.epochs.front().map_or(self.next_chunk, |epoch| epoch.first_chunk)..self.next_chunk
    }

    pub(crate) fn next_chunk(&self) -> u64 {
        self.next_chunk
    }

    pub(crate) fn ids(&self) -> u64 {
        self.epochs.iter().map(|epoch| epoch.epoch.ids).sum()
    }

    pub(crate) fn memory_bytes(&self) -> u64 {
        let chunk = (self.room * size_of::<Entry>()) as u64;
        (self.unsaved.len() as u64 + u64::from(self.tail.is_some())) * chunk
    }

    pub(crate) fn disk_bytes(&self) -> u64 {
        let chunks: u64 = self.epochs.iter().map(|epoch| epoch.end_chunk - epoch.first_chunk).sum();
        (chunks - (self.unsaved.len() as u64 + u64::from(self.tail.is_some()))) * chunk_bytes(self.room) as u64
    }

    pub(crate) fn epoch_of(&self, chunk: u64) -> Option<&HotEpoch> {
        let behind = self.epochs.partition_point(|epoch| epoch.first_chunk <= chunk);
        self.epochs.get(behind.checked_sub(1)?)
    }

    pub(crate) fn confirm(&mut self, number: u64, key: MessageKey) -> Confirmed {
        if let Some(open) = self.open_chunk(number) {
            let entry = open.entries.iter().find(|entry| entry.key == key);
            return entry.map_or(Confirmed::NotHere, |entry| Confirmed::Here { entry: *entry, head: open.head });
        }
        let mut bytes = std::mem::take(&mut self.scratch);
        let confirmed = match self.read(number, &mut bytes) {
            None => Confirmed::Unreadable,
            Some(chunk) => {
                chunk.find(key).map_or(Confirmed::NotHere, |entry| Confirmed::Here { entry, head: chunk.head })
            }
        };
        self.scratch = bytes;
        confirmed
    }

    /// Reads a chunk from its log.
    pub(crate) fn read<'a>(&self, number: u64, bytes: &'a mut Vec<u8>) -> Option<Chunk<'a>> {
        bytes.resize(chunk_bytes(self.room), 0);
        self.epoch_of(number)?.log.as_ref()?.read(number, bytes).ok()?;
        Chunk::decode(bytes, number, self.room)
    }

    fn open_chunk(&self, number: u64) -> Option<&OpenChunk> {
        let first_open = self.unsaved.front().or(self.tail.as_ref())?.head.number;
        let place = number.checked_sub(first_open)? as usize;
        self.unsaved.get(place).or(self.tail.as_ref().filter(|tail| tail.head.number == number))
    }

    /// Puts an id into the newest chunk; returns its number, and whether it is a new one. `progress` is how far
    /// `events` was covered before the round that the id is of.
    pub(crate) fn push(&mut self, entry: Entry, epoch: Epoch, progress: Progress) -> (u64, bool) {
        if self.tail.as_ref().is_some_and(|tail| tail.epoch != epoch.id || tail.entries.len() >= self.room) {
            self.close_tail();
        }
        let begins = self.tail.is_none();
        if begins {
            self.begin_chunk(epoch, progress);
        }
        let hot = self.epochs.back_mut().unwrap_or_else(|| unreachable!("a chunk has an epoch"));
        hot.epoch = epoch;
        let tail = self.tail.as_mut().unwrap_or_else(|| unreachable!("a chunk was begun"));
        tail.head.last_ms = epoch.last_ms;
        tail.head.covers = progress.events_next;
        tail.head.covers_clock_ms = progress.clock_ms;
        tail.head.events_to = IN_ROUND;
        tail.entries.push(entry);
        (tail.head.number, begins)
    }

    fn begin_chunk(&mut self, epoch: Epoch, progress: Progress) {
        let number = self.next_chunk;
        self.next_chunk += 1;
        if self.epochs.back().is_none_or(|hot| hot.epoch.id != epoch.id) {
            self.epochs.push_back(HotEpoch {
                epoch,
                first_chunk: number,
                end_chunk: number,
                events_from: progress.events_next,
                events_to: progress.events_next,
                covers: progress.events_next,
                covers_clock_ms: progress.clock_ms,
                // Generations are as long as epochs.
                base_generation: i32::try_from(epoch.stretch).unwrap_or_default(),
                log: None,
            });
        }
        let mut base_generation = 0;
        if let Some(hot) = self.epochs.back_mut() {
            hot.end_chunk = number + 1;
            base_generation = hot.base_generation;
        }
        let head = Head {
            number,
            ids: 0,
            first_ms: epoch.last_ms,
            last_ms: epoch.last_ms,
            events_from: progress.events_next,
            events_to: progress.events_next,
            covers: progress.events_next,
            covers_clock_ms: progress.clock_ms,
            base_generation,
            body_checksum: 0,
        };
        self.tail = Some(OpenChunk { head, epoch: epoch.id, entries: Vec::with_capacity(self.room) });
    }

    /// The round is over: what was pushed in it lies in `events` below, and all before it too.
    pub(crate) fn end_round(&mut self, progress: Progress) {
        if self.tail.as_ref().is_some_and(|tail| tail.entries.len() >= self.room) {
            self.close_tail();
        }
        for open in self.unsaved.iter_mut().chain(&mut self.tail) {
            if open.head.events_to == IN_ROUND {
                open.head.events_to = progress.events_next;
            }
        }
        if let Some(last) = self.tail.as_mut().or(self.unsaved.back_mut()) {
            last.head.covers = progress.events_next;
            last.head.covers_clock_ms = progress.clock_ms;
        }
    }

    /// Completes the newest chunk although it has room, as its epoch is over.
    pub(crate) fn close_tail(&mut self) {
        self.unsaved.extend(self.tail.take());
    }

    /// Writes complete chunks. What the disk does not take stays in memory.
    pub(crate) fn save(&mut self, disk: &dyn Disk) -> io::Result<()> {
        while let Some(open) = self.unsaved.front() {
            save(disk, &mut self.epochs, open, self.room, &mut self.scratch)?;
            self.unsaved.pop_front();
        }
        Ok(())
    }

    /// The keys of a chunk, wherever it is. Whether it could be read.
    pub(crate) fn keys_of(&self, number: u64, keys: &mut Vec<MessageKey>, bytes: &mut Vec<u8>) -> bool {
        if let Some(open) = self.open_chunk(number) {
            keys.extend(open.entries.iter().map(|entry| entry.key));
            return true;
        }
        match self.read(number, bytes) {
            Some(chunk) => {
                keys.extend(chunk.entries().map(|entry| entry.key));
                true
            }
            None => false,
        }
    }

    /// Chunks below are on disk.
    pub(crate) fn first_open_chunk(&self) -> u64 {
        self.unsaved.front().or(self.tail.as_ref()).map_or(self.next_chunk, |open| open.head.number)
    }

    pub(crate) fn logs(&self) -> Vec<IdLog> {
        self.epochs.iter().filter_map(|hot| hot.log.clone()).collect()
    }

    pub(crate) fn unsaved_epoch(&self) -> Option<u64> {
        self.unsaved.front().map(|open| open.epoch)
    }

    pub(crate) fn chunk_memory_bytes(&self) -> u64 {
        (self.room * size_of::<Entry>()) as u64
    }

    /// Gives a chunk up that the disk does not take. Its ids cannot be confirmed any more.
    pub(crate) fn give_up_oldest_unsaved(&mut self) -> Option<OpenChunk> {
        self.unsaved.pop_front()
    }

    /// Whether all chunks of the oldest epoch are on disk, and none will come.
    pub(crate) fn oldest_is_complete(&self) -> bool {
        let oldest = self.epochs.front().map(|hot| hot.epoch.id);
        oldest.is_some() && self.unsaved.iter().chain(&self.tail).all(|open| Some(open.epoch) != oldest)
    }

    pub(crate) fn tail_epoch(&self) -> Option<u64> {
        self.tail.as_ref().map(|tail| tail.epoch)
    }
}

/// How far the state has come: `events` below, at which time by the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Progress {
    pub(crate) events_next: u64,
    pub(crate) clock_ms: i64,
}

fn save(
    disk: &dyn Disk,
    epochs: &mut VecDeque<HotEpoch>,
    open: &OpenChunk,
    room: usize,
    bytes: &mut Vec<u8>,
) -> io::Result<()> {
    let Some(hot) = epochs.iter_mut().find(|hot| hot.epoch.id == open.epoch) else { return Ok(()) };
    if hot.log.is_none() {
        let header = IdLogHeader {
            room,
            epoch: hot.epoch.id,
            first_chunk: hot.first_chunk,
            first_ms: hot.epoch.first_ms,
            base_generation: hot.base_generation,
        };
        hot.log = Some(IdLog::create(disk, header)?);
    }
    bytes.clear();
    chunk::encode(&open.head, &open.entries, room, bytes);
    debug_assert!(bytes.len() >= HEAD_BYTES);
    if let Some(log) = &hot.log {
        log.write(open.head.number, bytes)?;
    }
    hot.events_to = hot.events_to.max(open.head.events_to);
    hot.covers = open.head.covers;
    hot.covers_clock_ms = open.head.covers_clock_ms;
    Ok(())
}
