//! The in-memory provider, for tests: everything but durability, and the things that one process with a folder has no
//! use for, transactions and groups of several members, besides.
//!
//! All state lies behind one lock, so that a transaction over several partitions is seen whole or not at all. Records
//! are the caller's own buffers. Unlike the embedded log, which lets whole segments go, this one trims record by record.

mod group;
mod member;
mod partition;
mod records;
mod transaction;

use std::collections::{BTreeMap, HashMap};
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use parking_lot::Mutex;

use self::member::Members;
use self::partition::MemoryPartition;
use self::records::Records;
use self::transaction::MemoryTransact;
use crate::error::OpenError;
use crate::membership::Membership;
use crate::names;
use crate::options::TopicOptions;
use crate::partition::Partition;
use crate::provider::{PartitionProvider, Provider};
use crate::record::Offset;
use crate::transaction::Transactor;

/// As long as a session of a Kafka consumer may hang by default, see `max.poll.interval.ms`, would be tedious in tests.
const RELEASE_MAX: Duration = Duration::from_secs(10);

/// A log that is gone with its last handle.
pub struct InMemoryLog {
    inner: Arc<Inner>,
    members: Arc<Members>,
}

struct Inner {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    partitions: Vec<Records>,
    places: HashMap<(String, u32), usize>,
    positions: BTreeMap<String, HashMap<(String, u32), Offset>>,
    /// Of each transactor's id, how often it was taken.
    epochs: HashMap<String, u64>,
    closed: bool,
}

impl InMemoryLog {
    #[expect(clippy::new_without_default, reason = "a log is made on purpose")]
    pub fn new() -> Self {
        Self::with_release_max(RELEASE_MAX)
    }

    /// A log whose members give up lost partitions after this time at the latest.
    pub fn with_release_max(release_max: Duration) -> Self {
        Self { inner: Arc::new(Inner { state: Mutex::default() }), members: Arc::new(Members::new(release_max)) }
    }
}

#[async_trait]
impl Provider for InMemoryLog {
    fn partition(
        &self,
        topic: &str,
        number: u32,
        options: TopicOptions,
    ) -> Result<Arc<dyn PartitionProvider>, OpenError> {
        names::check_topic(topic)?;
        let mut state = self.inner.state.lock();
        if state.closed {
            return Err(OpenError::Closed);
        }
        let next_place = state.partitions.len();
        let place = *state.places.entry((topic.to_owned(), number)).or_insert(next_place);
        if place == next_place {
            state.partitions.push(Records::new(options));
        }
        let end = state.partitions[place].subscribe();
        Ok(Arc::new(MemoryPartition::new(self.inner.clone(), place, topic, number, end)))
    }

    fn committed(&self, group: &str, topic: &str, number: u32) -> io::Result<Option<Offset>> {
        let state = self.inner.state.lock();
        let positions = state.positions.get(group);
        Ok(positions.and_then(|positions| positions.get(&(topic.to_owned(), number)).copied()))
    }

    fn commit(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        let mut state = self.inner.state.lock();
        state.check_open()?;
        state.check_position(group, partition, next)?;
        state.set_position(group, partition, next);
        Ok(())
    }

    fn forget(&self, group: &str) -> io::Result<()> {
        let mut state = self.inner.state.lock();
        state.check_open()?;
        state.positions.remove(group);
        Ok(())
    }

    fn groups(&self) -> io::Result<Vec<String>> {
        Ok(self.inner.state.lock().positions.keys().cloned().collect())
    }

    fn maintain(&self, now_ms: i64) -> io::Result<()> {
        for records in &mut self.inner.state.lock().partitions {
            records.trim_by_age(now_ms);
        }
        Ok(())
    }

    /// Call it on a thread of a runtime, which waits there for what other members have to release.
    fn join(&self, group: &str, topic: &str, partitions: u32) -> Result<Membership, OpenError> {
        names::check_topic(topic)?;
        if self.inner.state.lock().closed {
            return Err(OpenError::Closed);
        }
        Ok(self.members.join(group, topic, partitions))
    }

    fn transactor(&self, id: &str) -> Result<Option<Transactor>, OpenError> {
        let mut state = self.inner.state.lock();
        if state.closed {
            return Err(OpenError::Closed);
        }
        let epoch = state.epochs.entry(id.to_owned()).or_insert(0);
        *epoch += 1;
        Ok(Some(Transactor::new(MemoryTransact::new(self.inner.clone(), id, *epoch))))
    }

    async fn close(&self) {
        self.inner.state.lock().closed = true;
        self.members.close();
    }
}

impl State {
    fn check_open(&self) -> io::Result<()> {
        if self.closed { Err(io::Error::other("the log is closed")) } else { Ok(()) }
    }

    /// Where the records of a partition are, which may be a handle of another log.
    fn place(&self, partition: &Partition) -> io::Result<usize> {
        let place = self.places.get(&(partition.topic().to_owned(), partition.number()));
        place.copied().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the partition is of another log"))
    }

    fn check_position(&self, group: &str, partition: &Partition, next: Offset) -> io::Result<()> {
        names::check_group(group)?;
        if next > self.partitions[self.place(partition)?].bounds().end {
            let what = "a position beyond the end of its partition cannot be committed";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        Ok(())
    }

    fn set_position(&mut self, group: &str, partition: &Partition, next: Offset) {
        let positions = self.positions.entry(group.to_owned()).or_default();
        positions.insert((partition.topic().to_owned(), partition.number()), next);
    }
}

fn now_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}
