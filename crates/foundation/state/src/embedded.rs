//! A state in files, kept by `fjall`: a log-structured tree for each family, one journal for all of them.
//!
//! A batch is one record of the journal. It is found whole or not at all when the folder is opened after a crash, and
//! what lies behind a torn one is cut off with it; so the batches that are left are a front part of those written.

use std::ops::Bound;
use std::sync::Arc;

use fjall::config::{BlockSizePolicy, CompressionPolicy, HashRatioPolicy};
use fjall::{CompressionType, Database, Guard, Keyspace, KeyspaceCreateOptions, PersistMode, Readable};
use parking_lot::{MappedRwLockReadGuard, RwLock, RwLockReadGuard};

use crate::batch::Operation;
use crate::error::StateError;
use crate::family::{Access, Family, FamilyOptions};
use crate::journal_sync::JournalSync;
use crate::options::StateOptions;
use crate::provider::{Entry, Provider, Scan, SnapshotProvider};
use crate::state::Durability;
use crate::value::Value;

/// Neighbours that are read together lie in blocks of this size: large enough for compression to find what they share,
/// small enough that the first one costs no more than a page or two of disk.
const SCANNED_BLOCK_BYTES: u32 = 16 << 10;
/// What is read one by one lies in blocks of a page.
const POINT_BLOCK_BYTES: u32 = 4 << 10;
/// Share of hash slots to entries in a block of points: three of four are found without a search in the block.
const POINT_HASH_RATIO: f32 = 0.75;
/// The journal is cut once it is this large, so that opening after a crash reads no more than this.
const JOURNAL_BYTES_MAX: u64 = 512 << 20;

pub(crate) struct EmbeddedState {
    // In this order, so that the trees are let go of before the database that they belong to.
    families: Arc<RwLock<Vec<(&'static str, Keyspace)>>>,
    database: Database,
    journal: JournalSync,
    write_buffer_bytes: u64,
}

impl EmbeddedState {
    pub(crate) fn open(options: &StateOptions) -> Result<Self, StateError> {
        let database = Database::builder(&options.dir)
            .cache_size(options.cache_bytes)
            .max_journaling_size(JOURNAL_BYTES_MAX)
            .worker_threads(options.workers.max(1))
            .open()?;
        let journal = JournalSync::start(options.dir.clone())?;
        Ok(Self { families: Arc::default(), database, journal, write_buffer_bytes: options.write_buffer_bytes })
    }

    fn tree_options(&self, access: Access) -> KeyspaceCreateOptions {
        let options = KeyspaceCreateOptions::default().max_memtable_size(self.write_buffer_bytes);
        match access {
            Access::Points => options
                .data_block_size_policy(BlockSizePolicy::all(POINT_BLOCK_BYTES))
                .data_block_hash_ratio_policy(HashRatioPolicy::all(POINT_HASH_RATIO)),
            Access::Scans => options
                .data_block_size_policy(BlockSizePolicy::all(SCANNED_BLOCK_BYTES))
                .data_block_compression_policy(CompressionPolicy::all(CompressionType::Lz4)),
        }
    }
}

impl Provider for EmbeddedState {
    fn family(&self, options: FamilyOptions) -> Result<Family, StateError> {
        let mut families = self.families.write();
        let known = families.iter().position(|(name, _)| *name == options.name);
        let number = match known {
            Some(number) => number,
            None => {
                let tree = self.database.keyspace(options.name, || self.tree_options(options.access))?;
                families.push((options.name, tree));
                families.len() - 1
            }
        };
        Ok(Family::numbered(number as u16))
    }

    fn write(&self, operations: Vec<Operation>, durability: Durability) -> Result<(), StateError> {
        let mode = match durability {
            Durability::Process => PersistMode::Buffer,
            Durability::Machine => PersistMode::SyncData,
        };
        let mut batch = self.database.batch().durability(Some(mode));
        let families = self.families.read();
        for Operation { family, key, value } in operations {
            let tree = &families[family.number()].1;
            match value {
                Some(value) => batch.insert(tree, key, value),
                None => batch.remove(tree, key),
            }
        }
        drop(families);
        batch.commit()?;
        if durability == Durability::Process {
            self.journal.written();
        }
        Ok(())
    }

    fn sync(&self) -> Result<(), StateError> {
        Ok(self.database.persist(PersistMode::SyncData)?)
    }

    fn snapshot(&self) -> Arc<dyn SnapshotProvider> {
        Arc::new(EmbeddedSnapshot { families: self.families.clone(), moment: self.database.snapshot() })
    }

    fn bytes(&self) -> u64 {
        self.database.disk_space().unwrap_or_default()
    }
}

struct EmbeddedSnapshot {
    families: Arc<RwLock<Vec<(&'static str, Keyspace)>>>,
    moment: fjall::Snapshot,
}

impl EmbeddedSnapshot {
    fn tree(&self, family: Family) -> MappedRwLockReadGuard<'_, Keyspace> {
        RwLockReadGuard::map(self.families.read(), |families| &families[family.number()].1)
    }
}

impl SnapshotProvider for EmbeddedSnapshot {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Value>, StateError> {
        Ok(self.moment.get(&*self.tree(family), key)?.map(Value::from))
    }

    fn contains(&self, family: Family, key: &[u8]) -> Result<bool, StateError> {
        Ok(self.moment.contains_key(&*self.tree(family), key)?)
    }

    fn scan(&self, family: Family, bounds: (Bound<&[u8]>, Bound<&[u8]>)) -> Scan {
        Box::new(self.moment.range::<&[u8], _>(&*self.tree(family), bounds).map(entry))
    }
}

fn entry(found: Guard) -> Result<Entry, StateError> {
    let (key, value) = found.into_inner()?;
    Ok((key.into(), value.into()))
}

impl From<fjall::Error> for StateError {
    fn from(error: fjall::Error) -> Self {
        match error {
            fjall::Error::Locked => Self::Locked,
            fjall::Error::Poisoned => Self::Poisoned,
            fjall::Error::Io(error) | fjall::Error::Storage(fjall::LsmError::Io(error)) => Self::Io(error),
            other => Self::Damaged(format!("{other:?}")),
        }
    }
}
