//! From a folder to an index.

use std::io;
use std::sync::Arc;

use crate::background::{Background, Place};
use crate::deduper::{Coverage, Deduper, Replaying};
use crate::epochs::{EpochRules, Epochs};
use crate::error::OpenError;
use crate::hole::Holes;
use crate::hot::{ExactIds, FingerprintTable, HotEpoch, Progress};
use crate::key::KeyMaker;
use crate::options::{DedupeOptions, Share};
use crate::pending::Pending;
use crate::room::{TableBounds, put_chunks};
use crate::sealed::SealedIndex;
use crate::stats::Stats;
use crate::store::disk::{Disk, put};
use crate::store::manifest::Manifest;
use crate::store::names::{self, Name};
use crate::store::recovery::{Recovered, Unusable, recover};
use crate::store::table_file::{self, TableHeader};
use crate::upkeep::{Due, Pace};

impl Deduper {
    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        place: Place,
        pace: Pace,
        options: DedupeOptions,
    ) -> Result<(Self, Coverage), OpenError> {
        options.check()?;
        let path = |name: &str| options.folder.join(name);
        let io = |name: &str, source| OpenError::Io { path: path(name), source };
        disk.prepare().map_err(|error| io("", error))?;
        let share = Share::of(options.memory_bytes_max);
        let bounds = TableBounds::of(&share);
        let written_down = table_file::header(&*disk);
        let table_chunks = written_down.map_or(0, |header| header.chunks);
        let recovered = match recover(&*disk, options.stream, options.epoch_ms, table_chunks) {
            Ok(recovered) => recovered,
            Err(Unusable::Foreign) => {
                begin_anew(&*disk, &options).map_err(|(name, error)| io(&name, error))?;
                Recovered::nothing(first_manifest(&options))
            }
            Err(Unusable::Version(found)) => return Err(OpenError::Version { file: path(names::MANIFEST), found }),
            Err(Unusable::Io(name, error)) => return Err(io(&name, error)),
        };
        let rules = EpochRules {
            epoch_ms: options.epoch_ms,
            hot_before: options.hot_ms / options.epoch_ms,
            window_ms: options.window_ms,
            epoch_ids_max: bounds.epoch_ids_max().min(pace.epoch_ids_max),
        };
        let clock_ms = recovered.clock_ms.unwrap_or(i64::MIN);
        let found = recovered.epochs.iter().map(|hot| hot.epoch);
        let epochs = Epochs::of(rules, clock_ms, recovered.next_epoch, found);
        let ids = ExactIds::new(recovered.manifest.chunk_ids, recovered.epochs, recovered.next_chunk);
        let progress = recovered.progress.unwrap_or(Progress { events_next: 0, clock_ms: i64::MIN });
        let coverage = Coverage {
            events_below: recovered.progress.map(|progress| progress.events_next),
            clock_ms: recovered.progress.map(|progress| progress.clock_ms).filter(|clock| *clock != i64::MIN),
            holes: recovered.holes.all().to_vec(),
        };
        let mut deduper = Self {
            table: FingerprintTable::new(1, bounds.ring(ids.room)),
            folder: options.folder,
            share,
            bounds,
            keys: KeyMaker::new(recovered.manifest.secret),
            manifest: recovered.manifest,
            holes: recovered.holes,
            epochs_ahead: epochs.clone(),
            epochs,
            pending: Pending::default(),
            round: Vec::new(),
            ids,
            sealed: recovered.sealed,
            replaying: Replaying { clock_ms: progress.clock_ms, new_chunks: recovered.next_chunk },
            progress,
            background: Background::new(place),
            due: Due::new(pace),
            counts: Stats::default(),
            seen_damaged: Vec::new(),
            disk,
        };
        deduper.fill_table(written_down);
        Ok((deduper, coverage))
    }

    /// From the table that was written down, if it fits, and the chunks that came since; else from all chunks.
    fn fill_table(&mut self, written_down: Option<TableHeader>) {
        let ring = self.bounds.ring(self.ids.room);
        let buckets = self.bounds.buckets_for(self.ids.ids());
        let chunks = self.ids.chunks();
        // In a table that is much older, names of chunks may mean others by now.
        let oldest = chunks.end.saturating_sub(ring.len() / 8);
        let fits = |header: &TableHeader| {
            header.shape.tag_bits == ring.bits()
                && (buckets..=buckets * 4).contains(&header.shape.buckets)
                && (oldest..=chunks.end).contains(&header.chunks)
        };
        let loaded = written_down.filter(fits).and_then(|header| {
            let table = table_file::load(&*self.disk, header, ring)?;
            self.due.table_bytes = table.bytes();
            Some((table, header.chunks))
        });
        let from = match loaded {
            Some((table, from)) => {
                self.table = table;
                from.max(chunks.start)
            }
            None => {
                self.table = FingerprintTable::new(buckets, ring);
                chunks.start
            }
        };
        self.table.set_live(chunks.clone());
        self.seen_damaged.extend(put_chunks(&mut self.table, &self.ids, from..chunks.end));
        self.due.table_at_chunk = chunks.end;
    }
}

fn first_manifest(options: &DedupeOptions) -> Manifest {
    Manifest {
        chunk_ids: options.chunk_ids,
        secret: options.secret,
        stream: options.stream,
        epoch_ms: options.epoch_ms,
        first_chunk: 0,
        durable_chunks: 0,
        holes: Vec::new(),
        epochs: Vec::new(),
    }
}

/// Empties the folder of what is ours, and makes it the stream's.
fn begin_anew(disk: &dyn Disk, options: &DedupeOptions) -> Result<(), (String, io::Error)> {
    for name in disk.list().map_err(|error| (String::new(), error))? {
        if Name::parse(&name).is_some() {
            disk.remove(&name).map_err(|error| (name, error))?;
        }
    }
    put(disk, names::MANIFEST, &first_manifest(options).encode()).map_err(|error| (names::MANIFEST.to_owned(), error))
}

impl Recovered {
    fn nothing(manifest: Manifest) -> Self {
        Self {
            manifest,
            sealed: SealedIndex::default(),
            epochs: std::collections::VecDeque::<HotEpoch>::new(),
            next_epoch: 0,
            next_chunk: 0,
            clock_ms: None,
            progress: None,
            holes: Holes::default(),
        }
    }
}
