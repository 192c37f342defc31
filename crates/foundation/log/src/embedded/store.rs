//! The folder as a whole.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::io;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::disk::{Disk, Environment};
use super::folder::{self, Lock};
use super::partition::{Partition, PartitionOptions};
use super::positions::Positions;
use crate::error::OpenError;
use crate::options::{LogOptions, TopicOptions};
use crate::provider::{PartitionProvider, Provider};
use crate::record::Offset;

#[derive(Clone)]
pub(crate) struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    options: LogOptions,
    environment: Environment,
    positions: Positions,
    opened: Mutex<Opened>,
}

struct Opened {
    partitions: BTreeMap<(String, u32), Partition>,
    /// `None` once the log is closed. Every writer holds it too, so that the folder is free when the last has ended.
    lock: Option<Arc<Lock>>,
}

impl Store {
    pub(crate) fn open(options: LogOptions, environment: Environment) -> Result<Self, OpenError> {
        folder::create(&*environment.disk, &options.dir)?;
        let lock = Lock::take(&*environment.disk, &options.dir)?;
        sync_name(&*environment.disk, &options.dir)?;
        let positions = Positions::open(&options.dir, &environment)?;
        let opened = Mutex::new(Opened { partitions: BTreeMap::new(), lock: Some(Arc::new(lock)) });
        Ok(Self { inner: Arc::new(Inner { options, environment, positions, opened }) })
    }

    fn partitions(&self) -> Vec<Partition> {
        self.inner.opened.lock().partitions.values().cloned().collect()
    }
}

/// Makes the folder's own name durable, which a program that ended at once after it had created it may not have done.
/// Whoever may not even look into the folder above did not create it.
fn sync_name(disk: &dyn Disk, dir: &Path) -> Result<(), OpenError> {
    let above = folder::parent(dir);
    match disk.sync_folder(above) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Ok(()),
        Err(source) => Err(OpenError::Io { path: above.to_owned(), source }),
        Ok(()) => Ok(()),
    }
}

#[async_trait]
impl Provider for Store {
    fn partition(
        &self,
        topic: &str,
        number: u32,
        options: TopicOptions,
    ) -> Result<Arc<dyn PartitionProvider>, OpenError> {
        let inner = &*self.inner;
        let dir = folder::partition_dir(&inner.options.dir, topic, number)?;
        let mut opened = inner.opened.lock();
        let lock = opened.lock.clone().ok_or(OpenError::Closed)?;
        match opened.partitions.entry((topic.to_owned(), number)) {
            Entry::Occupied(partition) => Ok(Arc::new(partition.get().clone())),
            Entry::Vacant(vacancy) => {
                let options = PartitionOptions {
                    topic: topic.to_owned(),
                    number,
                    dir,
                    log_dir: inner.options.dir.clone(),
                    topic_options: options,
                    segment_bytes_max: inner.options.segment_bytes_max,
                    durable: inner.positions.farthest(topic, number).unwrap_or(0),
                };
                let partition = Partition::open(options, &inner.environment, lock)?;
                Ok(Arc::new(vacancy.insert(partition).clone()))
            }
        }
    }

    fn committed(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>> {
        Ok(self.inner.positions.committed(group, topic, number))
    }

    fn commit(&self, group: &str, partition: &crate::Partition, next: Offset) -> io::Result<()> {
        if next > partition.bounds().end {
            let what = "a position beyond the end of its partition cannot be committed";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        self.inner.positions.commit(group, partition.topic(), partition.number(), next)
    }

    fn forget(&self, group: &str) -> io::Result<()> {
        self.inner.positions.forget(group)
    }

    fn groups(&self) -> io::Result<Vec<String>> {
        Ok(self.inner.positions.groups())
    }

    fn maintain(&self, now_ms: i64) -> io::Result<()> {
        let mut outcome = Ok(());
        for partition in self.partitions() {
            outcome = outcome.and(partition.maintain(now_ms));
        }
        outcome
    }

    async fn close(&self) {
        let lock = self.inner.opened.lock().lock.take();
        for partition in self.partitions() {
            partition.close().await;
        }
        self.inner.positions.close();
        drop(lock);
    }
}
