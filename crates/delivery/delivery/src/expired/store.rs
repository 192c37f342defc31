//! Writes files and reads them.

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, Read, Write};
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use prime_event::DestinationId;
use prime_objects::{Location, Objects, ObjectsError, Path};
use thiserror::Error;
use tokio::sync::OnceCell;
use tracing::error;

use super::event::ExpiredEvent;
use super::file::{self, ExpiredFile};

/// Where expired events are kept, in a folder or in a bucket. Cheap to clone.
#[derive(Clone)]
pub struct ExpiredStore(Arc<Inner>);

struct Inner {
    location: Location,
    prefix: String,
    objects: OnceCell<Objects>,
}

/// Why expired events could not be kept or read, in a sentence.
#[derive(Debug, Error)]
pub enum ExpiredError {
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    #[error("The file {path} is damaged: {problem}.")]
    Damaged { path: String, problem: io::Error },
}

impl ExpiredStore {
    /// `prefix`: folders within the location, joined by slashes. Nothing is opened yet.
    pub fn new(location: Location, prefix: &str) -> Self {
        let prefix = prefix.trim_matches('/').to_owned();
        Self(Arc::new(Inner { location, prefix, objects: OnceCell::new() }))
    }

    /// Puts these away, all of one destination: a file for each day of receipt and partition. Durable once it returns; after an error
    /// some may be. It takes nothing from what was put away before, and the same events put away once more lie there once.
    pub(crate) async fn keep(&self, events: &[ExpiredEvent]) -> Result<(), ExpiredError> {
        let mut files: BTreeMap<(String, u32), Vec<&ExpiredEvent>> = BTreeMap::new();
        for event in events {
            let day = file::day_of(event.record.received_at);
            files.entry((day, event.partition)).or_default().push(event);
        }
        for mut events in files.into_values() {
            events.sort_by_key(|event| event.offset);
            let Some(first) = events.first() else { continue };
            let offsets: Vec<_> = events.iter().map(|event| event.offset).collect();
            let received_at = first.record.received_at;
            let path = file::path(&self.0.prefix, &first.destination, received_at, first.partition, &offsets);
            self.objects().await?.put(&path, compressed(&events)).await?;
        }
        Ok(())
    }

    /// All files of a destination, by day.
    pub async fn files(&self, destination: &DestinationId) -> Result<Vec<ExpiredFile>, ExpiredError> {
        let listed = self.objects().await?.list(&file::folder(&self.0.prefix, destination)).await?;
        Ok(listed.iter().filter_map(ExpiredFile::read).collect())
    }

    /// The events of a file. A line that cannot be read is told of in the log, and left out.
    pub(crate) async fn read(&self, path: &str) -> Result<Vec<ExpiredEvent>, ExpiredError> {
        let content = self.objects().await?.get(&Path::from(path)).await?;
        let mut text = Vec::new();
        let read = GzDecoder::new(&content[..]).read_to_end(&mut text);
        read.map_err(|problem| ExpiredError::Damaged { path: path.to_owned(), problem })?;
        let lines = text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let events = lines.filter_map(|line| match ExpiredEvent::read(line) {
            Ok(event) => Some(event),
            Err(problem) => {
                error!(path, problem, "an expired event cannot be read and is left out");
                None
            }
        });
        Ok(events.collect())
    }

    async fn objects(&self) -> Result<&Objects, ObjectsError> {
        self.0.objects.get_or_try_init(|| Objects::open(self.0.location.clone())).await
    }
}

/// Where they are, for people.
impl fmt::Display for ExpiredStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.location {
            Location::Folder(folder) => write!(f, "{}", folder.display())?,
            Location::Bucket { bucket, .. } => write!(f, "s3://{}", bucket.name)?,
        }
        if self.0.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.0.prefix) }
    }
}

impl fmt::Debug for ExpiredStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExpiredStore").field(&self.to_string()).finish()
    }
}

fn compressed(events: &[&ExpiredEvent]) -> Bytes {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
    for event in events {
        match event.line() {
            Ok(line) => [&line[..], b"\n"].iter().for_each(|part| {
                gzip.write_all(part).expect("writing to memory does not fail");
            }),
            Err(error) => error!(offset = event.offset, %error, "an expired event is no JSON and is not kept"),
        }
    }
    gzip.finish().expect("writing to memory does not fail").into()
}

#[cfg(test)]
mod tests {
    use prime_event::{EventRecord, Origin, SourceId, Timestamp, WorkspaceId};

    use super::*;

    fn event(received_ms: i64, partition: u32, offset: u64) -> ExpiredEvent {
        let record = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: Timestamp::from_millis(received_ms),
            workspace: WorkspaceId::new("ws"),
            source: SourceId::new("src"),
            payload: Bytes::from(format!("{{\"number\":{offset}}}")),
        };
        let (destination, expired_at) = (DestinationId::new("dst"), Timestamp::from_millis(received_ms + 1));
        ExpiredEvent { destination, partition, offset, record, expired_at, attempts: 3, reason: None }
    }

    #[tokio::test]
    async fn events_are_found_by_day_and_partition() {
        const DAY: i64 = 86_400_000;
        let folder = tempfile::tempdir().unwrap();
        let store = ExpiredStore::new(Location::Folder(folder.path().join("kept")), "a/b");
        let events = [event(DAY, 0, 9), event(2 * DAY - 1, 0, 7), event(2 * DAY, 0, 8), event(DAY, 1, 7)];
        store.keep(&events).await.unwrap();
        let files = store.files(&DestinationId::new("dst")).await.unwrap();
        let told: Vec<_> = files.iter().map(|file| (file.day.as_millis() / DAY, file.events)).collect();
        assert_eq!(told, [(1, 2), (1, 1), (2, 1)]);
        assert_eq!(store.read(&files[0].path).await.unwrap(), [events[1].clone(), events[0].clone()]);
        assert_eq!(store.files(&DestinationId::new("another")).await.unwrap(), []);
    }

    #[tokio::test]
    async fn as_many_other_events_beginning_with_the_same_one_replace_nothing_and_the_same_ones_lie_there_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = ExpiredStore::new(Location::Folder(folder.path().to_owned()), "");
        for offsets in [[1, 2, 3], [1, 2, 4], [1, 2, 3]] {
            store.keep(&offsets.map(|offset| event(0, 0, offset))).await.unwrap();
        }
        let files = store.files(&DestinationId::new("dst")).await.unwrap();
        let mut kept = Vec::new();
        for file in &files {
            kept.extend(store.read(&file.path).await.unwrap().iter().map(|event| event.offset));
        }
        kept.sort_unstable();
        assert_eq!((files.len(), kept), (2, vec![1, 1, 2, 2, 3, 4]));
    }

    #[tokio::test]
    async fn a_damaged_file_is_told_of_and_a_damaged_line_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let store = ExpiredStore::new(Location::Folder(folder.path().to_owned()), "");
        store.keep(&[event(0, 0, 1)]).await.unwrap();
        let file = store.files(&DestinationId::new("dst")).await.unwrap().remove(0);
        let whole = std::fs::read(folder.path().join(&file.path)).unwrap();
        std::fs::write(folder.path().join(&file.path), &whole[..whole.len() / 2]).unwrap();
        let error = store.read(&file.path).await.unwrap_err().to_string();
        assert!(error.contains(&file.path) && error.contains("damaged"), "{error}");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"no line\n").unwrap();
        gzip.write_all(&event(0, 0, 1).line().unwrap()).unwrap();
        std::fs::write(folder.path().join(&file.path), gzip.finish().unwrap()).unwrap();
        assert_eq!(store.read(&file.path).await.unwrap(), [event(0, 0, 1)]);
    }
}
