use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use prime_control::Destination;
use prime_destination::{Attempt, AttemptOutcome, DestinationState, Settings, TestReport};
use prime_destinations::archive::{ArchiveSettings, Location};
use prime_event::DestinationId;
use prime_objects::{AccessKey, Bucket, Location as Place, Objects, ObjectsError};

use crate::layout;
use crate::options::ArchiveOptions;
use crate::wall::Wall;

/// Sees what the archives do. Cheap to clone; works, without news, where the service does not run.
#[derive(Clone)]
pub struct ArchiveHandle {
    pub(crate) wall: Wall,
    pub(crate) options: Arc<ArchiveOptions>,
}

impl ArchiveHandle {
    /// Sees the services that are shown to it, none at first.
    pub fn of_several(options: &ArchiveOptions) -> Self {
        Self { wall: Wall::default(), options: Arc::new(options.clone()) }
    }

    /// From now on sees what the other one sees, too.
    pub fn show(&self, other: &Self) {
        self.wall.hang_all(&other.wall);
    }

    /// No longer sees the service of a partition of `events`.
    pub fn hide(&self, partition: u32) {
        self.wall.take_down(partition);
    }

    /// The last files written and the last failures, newest first. Empty for a destination that is no archive.
    pub fn attempts(&self, destination: &DestinationId) -> Vec<Attempt> {
        self.wall.attempts(destination).unwrap_or_default()
    }

    /// Where an archive stands, if the service follows it.
    pub fn state(&self, destination: &DestinationId) -> Option<DestinationState> {
        self.wall.state(destination)
    }

    /// Writes a small object beside the archive's files and says what came of it.
    pub async fn test(&self, destination: &Destination) -> TestReport {
        let started = Instant::now();
        let (outcome, code, reason) = match self.write_dummy(destination).await {
            Ok(path) => (AttemptOutcome::Delivered, "stored", format!("Wrote {path}.")),
            Err((code, sentence)) => (AttemptOutcome::Failed, code, sentence),
        };
        let latency_ms = started.elapsed().as_millis() as u64;
        TestReport { outcome, status: None, latency_ms, code: code.into(), reason, request: None, response: None }
    }

    async fn write_dummy(&self, destination: &Destination) -> Result<String, (&'static str, String)> {
        let settings = read_settings(destination).map_err(|sentence| ("INVALID_SETTINGS", sentence))?;
        let refused = |error: ObjectsError| ("STORAGE", error.to_string());
        let store = self.open(&settings).await.map_err(refused)?;
        let path = layout::dummy(&settings);
        store.put(&path, Bytes::from_static(b"PrimeData can write here.\n")).await.map_err(refused)?;
        Ok(path.to_string())
    }

    pub(crate) async fn open(&self, settings: &ArchiveSettings) -> Result<Objects, ObjectsError> {
        let place = match &settings.location {
            Location::Local => Place::Folder(self.options.folder.clone()),
            Location::S3(bucket) => Place::Bucket {
                bucket: Bucket {
                    name: bucket.name.clone(),
                    region: bucket.region.clone(),
                    endpoint: bucket.endpoint.as_ref().map(ToString::to_string),
                    key: Some(AccessKey { id: bucket.access_key_id.clone(), secret: bucket.secret_access_key.clone() }),
                },
                guard: Some(self.options.networks.clone()),
            },
        };
        Objects::open(place).await
    }
}

/// The settings, or everything that is wrong with them in one text.
pub(crate) fn read_settings(destination: &Destination) -> Result<ArchiveSettings, String> {
    let archive = prime_destinations::find(&destination.metadata_id).ok_or("There is no such destination.")?;
    ArchiveSettings::read(Settings::new(archive.metadata(), &destination.settings))
        .map_err(|problems| problems.into_iter().map(|problem| problem.sentence).collect::<Vec<_>>().join(" "))
}
