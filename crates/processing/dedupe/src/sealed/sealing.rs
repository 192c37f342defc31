//! From the id log of an epoch to its sealed file, within bounded memory.

use std::collections::BTreeMap;
use std::io;
use std::ops::Range;
use std::sync::Arc;

use super::block::{self, Shape};
use super::directory::{Header, Section, encode_directory, encode_footer};
use super::epoch::{SealedEpoch, filters_of};
use super::filter::Filter;
use crate::bytes::scaled;
use crate::hole::{Hole, HoleReason};
use crate::hot::chunk::{Chunk, HEAD_BYTES, Head, chunk_bytes};
use crate::key::MessageKey;
use crate::store::disk::{Disk, DiskFile};
use crate::store::id_log::IdLog;
use crate::store::names;

pub(crate) struct SealingJob {
    pub(crate) log: IdLog,
    pub(crate) chunks: Range<u64>,
    /// All but `ids`, which is counted.
    pub(crate) header: Header,
    pub(crate) memory_bytes_max: u64,
    pub(crate) with_filters: bool,
}

pub(crate) struct Sealed {
    pub(crate) epoch: SealedEpoch,
    pub(crate) filters: Option<Vec<Option<Filter>>>,
    /// Chunks that are not as they were written are left out.
    pub(crate) holes: Vec<Hole>,
}

/// Writes the sealed file of an epoch and makes it durable, name included. The id log is left as it is. `Interrupted`
/// once `is_cancelled`.
///
/// The keys are sorted in parts that fit into the memory, so the log is read as many times as there are parts.
pub(crate) fn seal(disk: &dyn Disk, job: SealingJob, is_cancelled: &dyn Fn() -> bool) -> io::Result<Sealed> {
    let mut scan =
        Scan { job: &job, is_cancelled, bytes: vec![0; chunk_bytes(job.log.header.room)], holes: Vec::new() };
    let mut counts = BTreeMap::new();
    scan.entries(&mut |generation, _| *counts.entry(generation).or_insert(0_u64) += 1)?;
    let holes = std::mem::take(&mut scan.holes);
    let name = names::sealed(job.header.epoch);
    let file = disk.create(&names::temporary(&name))?;
    let mut writer = Writer::new(file, &Header { ids: counts.values().sum(), ..job.header });
    for part in parts(&counts, job.memory_bytes_max) {
        let mut keys: BTreeMap<i32, Vec<MessageKey>> = BTreeMap::new();
        scan.entries(&mut |generation, key| {
            if part.has(generation, key) {
                keys.entry(generation).or_default().push(key);
            }
        })?;
        for (generation, mut keys) in keys {
            keys.sort_unstable();
            writer.add(generation, counts[&generation], &keys)?;
        }
    }
    writer.finish()?.sync()?;
    disk.rename(&names::temporary(&name), &name)?;
    let filters = job.with_filters.then(|| filters_of(disk, job.header.epoch, is_cancelled)).transpose()?;
    Ok(Sealed { epoch: SealedEpoch::open(disk, job.header.epoch)?, filters, holes })
}

struct Scan<'a> {
    job: &'a SealingJob,
    is_cancelled: &'a dyn Fn() -> bool,
    bytes: Vec<u8>,
    holes: Vec<Hole>,
}

impl Scan<'_> {
    /// Calls for every id with a time, in the log's order. The same ids each time, as chunks do not change.
    fn entries(&mut self, see: &mut dyn FnMut(i32, MessageKey)) -> io::Result<()> {
        for number in self.job.chunks.clone() {
            if (self.is_cancelled)() {
                return Err(io::ErrorKind::Interrupted.into());
            }
            let read = self.job.log.read(number, &mut self.bytes);
            let chunk = read.is_ok().then(|| Chunk::decode(&self.bytes, number, self.job.log.header.room)).flatten();
            match chunk {
                Some(chunk) => {
                    for entry in chunk.entries() {
                        entry.generation.into_iter().for_each(|generation| see(generation, entry.key));
                    }
                }
                None => self.holes.push(self.hole(number, read.is_ok())),
            }
        }
        Ok(())
    }

    fn hole(&self, number: u64, was_read: bool) -> Hole {
        let head =
            was_read.then(|| Head::decode(&self.bytes[..HEAD_BYTES], number, self.job.log.header.room)).flatten();
        let (from_ms, to_ms) =
            head.map_or((self.job.header.first_ms, self.job.header.last_ms), |head| (head.first_ms, head.last_ms));
        Hole { from_ms, to_ms, reason: HoleReason::Damaged }
    }
}

/// Keys that are sorted together: those of some small sections, or a stretch of a large one.
#[derive(Clone, Copy, Debug)]
struct Part {
    from: i32,
    to: i32,
    stretch: u64,
    stretches: u64,
}

impl Part {
    fn has(&self, generation: i32, key: MessageKey) -> bool {
        (self.from..=self.to).contains(&generation) && scaled(key.high(), self.stretches) == self.stretch
    }
}

/// In the order in which they are written: by generation, then by key.
fn parts(counts: &BTreeMap<i32, u64>, memory_bytes_max: u64) -> Vec<Part> {
    // A vector that grows may hold twice what is in it.
    let ids_max = (memory_bytes_max / (2 * size_of::<MessageKey>() as u64)).max(1);
    let mut parts: Vec<Part> = Vec::new();
    let mut room = 0;
    for (generation, ids) in counts {
        match parts.last_mut() {
            Some(last) if *ids <= room => last.to = *generation,
            _ => {
                let stretches = ids.div_ceil(ids_max);
                let part = |stretch| Part { from: *generation, to: *generation, stretch, stretches };
                parts.extend((0..stretches).map(part));
                room = if stretches == 1 { ids_max } else { 0 };
            }
        }
        room = room.saturating_sub(*ids);
    }
    parts
}

/// Appends sections block by block.
struct Writer {
    file: Arc<dyn DiskFile>,
    at: u64,
    buffer: Vec<u8>,
    sections: Vec<Section>,
    /// Keys of the section's block that is not complete: stretches end within blocks.
    rest: Vec<MessageKey>,
    added: u64,
}

const WRITE_BYTES: usize = 1 << 20;

impl Writer {
    fn new(file: Arc<dyn DiskFile>, header: &Header) -> Self {
        Self { file, at: 0, buffer: header.encode(), sections: Vec::new(), rest: Vec::new(), added: 0 }
    }

    /// The next keys of a section that has `ids` in all; with the last of them its last block is written.
    fn add(&mut self, generation: i32, ids: u64, keys: &[MessageKey]) -> io::Result<()> {
        let shape = Shape::of(ids);
        if self.sections.last().is_none_or(|section| section.generation != generation) {
            let start = self.at + self.buffer.len() as u64;
            self.sections.push(Section { generation, ids, start, ends: Vec::new() });
            self.added = 0;
        }
        self.added += keys.len() as u64;
        let mut keys = keys.iter().copied().peekable();
        loop {
            let block = self.sections.last().map_or(0, |section| section.ends.len() as u64);
            while let Some(key) = keys.next_if(|key| shape.block(*key) == block) {
                self.rest.push(key);
            }
            let is_complete = keys.peek().is_some() || self.added == ids;
            if block == shape.blocks || !is_complete {
                return Ok(());
            }
            self.end_block(shape, block)?;
        }
    }

    fn end_block(&mut self, shape: Shape, block: u64) -> io::Result<()> {
        block::encode(shape, block, &self.rest, &mut self.buffer);
        self.rest.clear();
        let here = self.at + self.buffer.len() as u64;
        if let Some(section) = self.sections.last_mut() {
            // 2^28 ids of an epoch take 2.4 GB at most.
            section.ends.push(u32::try_from(here - section.start).map_err(|_| io::ErrorKind::FileTooLarge)?);
        }
        if self.buffer.len() >= WRITE_BYTES { self.flush() } else { Ok(()) }
    }

    fn finish(mut self) -> io::Result<Arc<dyn DiskFile>> {
        let directory = encode_directory(&self.sections);
        let directory_at = self.at + self.buffer.len() as u64;
        self.buffer.extend_from_slice(&directory);
        self.buffer.extend_from_slice(&encode_footer(directory_at, &directory));
        self.flush()?;
        Ok(self.file)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.buffer, self.at)?;
        self.at += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_each_id_once_in_order_and_fit_into_the_memory() {
        let counts = BTreeMap::from([(-3, 10), (0, 20), (1, 500), (2, 5), (3, 94), (4, 2)]);
        let parts = parts(&counts, 3_200);
        assert!(parts.is_sorted_by_key(|part| (part.from, part.stretch)));
        for generation in counts.keys() {
            for high in [0, u64::MAX / 3, u64::MAX] {
                let key = MessageKey(u128::from(high) << 64);
                assert_eq!(parts.iter().filter(|part| part.has(*generation, key)).count(), 1);
            }
        }
        assert_eq!(parts.iter().map(|part| part.stretches).max(), Some(5));
        assert_eq!(parts.len(), 8, "{parts:?}");
    }
}
