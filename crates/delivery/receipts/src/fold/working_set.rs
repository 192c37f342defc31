use std::collections::HashMap;

use prime_state::StateError;

use super::page::Page;
use super::{Chunk, ChunkKey, Counts, Dimensions, PageKey, PairName, Past, Totals};

/// Rows in memory between commits: some 300 bytes each, 30 MB.
const ROWS_MAX: usize = 100_000;
/// Chunks in memory between commits, 300 bytes each: 5 MB.
const CHUNKS_MAX: usize = 16_384;

/// What is in hand: read from the past when it is needed, and kept while there is room.
#[derive(Debug, Default)]
pub(crate) struct WorkingSet {
    pub(super) new_pairs: Vec<(PairName, u32)>,
    totals: HashMap<u32, Kept<Totals>>,
    chunks: HashMap<ChunkKey, Kept<KeptChunk>>,
    pages: HashMap<PageKey, Kept<Page>>,
}

#[derive(Debug)]
struct Kept<T> {
    value: T,
    /// Whether it was asked for since the last commit.
    is_touched: bool,
}

#[derive(Debug)]
struct KeptChunk {
    chunk: Chunk,
    /// As it was when it was read or written.
    written: Option<Chunk>,
}

/// What has to be written so that the store agrees with the fold.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) pairs: Vec<(PairName, u32)>,
    pub(crate) totals: Vec<(u32, Totals)>,
    pub(crate) chunks: Vec<ChunkChange>,
    /// Rows of pages; none for those that went.
    pub(crate) rows: Vec<(PageKey, Dimensions, Option<Counts>)>,
}

#[derive(Debug)]
pub(crate) struct ChunkChange {
    pub(crate) key: ChunkKey,
    pub(crate) chunk: Chunk,
    /// The day under which it was filed before.
    pub(crate) day_before: Option<u32>,
}

impl WorkingSet {
    pub(super) fn totals(&mut self, past: &impl Past, pair: u32) -> Result<&mut Totals, StateError> {
        let kept = match self.totals.entry(pair) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Kept { value: past.totals(pair)?, is_touched: false })
            }
        };
        kept.is_touched = true;
        Ok(&mut kept.value)
    }

    /// The chunk, filed under today.
    pub(super) fn chunk(&mut self, past: &impl Past, key: ChunkKey, day: u32) -> Result<&mut Chunk, StateError> {
        let kept = match self.chunks.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let written = past.chunk(key)?;
                let chunk = written.clone().unwrap_or_else(|| Chunk::empty(day));
                entry.insert(Kept { value: KeptChunk { chunk, written }, is_touched: false })
            }
        };
        kept.is_touched = true;
        kept.value.chunk.day = kept.value.chunk.day.max(day);
        Ok(&mut kept.value.chunk)
    }

    pub(super) fn page(&mut self, past: &impl Past, key: PageKey) -> Result<&mut Page, StateError> {
        let kept = match self.pages.entry(key) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                entry.insert(Kept { value: Page::of(past.page(key)?), is_touched: false })
            }
        };
        kept.is_touched = true;
        Ok(&mut kept.value)
    }

    /// What changed since this was asked last; to be written before anything else is taken. Lets go of what has not been
    /// asked for lately where there is no room.
    pub(crate) fn take_changes(&mut self) -> Changes {
        let mut changes = Changes { pairs: std::mem::take(&mut self.new_pairs), ..Changes::default() };
        for (pair, kept) in self.totals.iter_mut().filter(|(_, kept)| kept.is_touched) {
            kept.is_touched = false;
            changes.totals.push((*pair, kept.value));
        }
        let is_full = self.chunks.len() > CHUNKS_MAX;
        self.chunks.retain(|key, kept| {
            let KeptChunk { chunk, written } = &mut kept.value;
            if written.as_ref() != Some(chunk) {
                let day_before = written.replace(chunk.clone()).map(|before| before.day);
                changes.chunks.push(ChunkChange { key: *key, chunk: chunk.clone(), day_before });
            }
            std::mem::take(&mut kept.is_touched) || !is_full
        });
        let is_full = self.pages.values().map(|kept| kept.value.rows()).sum::<usize>() > ROWS_MAX;
        self.pages.retain(|key, kept| {
            let rows = kept.value.take_changes();
            changes.rows.extend(rows.into_iter().map(|(dimensions, counts)| (*key, dimensions, counts)));
            std::mem::take(&mut kept.is_touched) || !is_full
        });
        changes
    }
}
