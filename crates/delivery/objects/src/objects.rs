//! Puts files, gets them and lists them.

use std::time::Duration;

use bytes::Bytes;
use futures::TryStreamExt;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use thiserror::Error;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::guard::Guard;
use crate::location::{Bucket, Location};

/// A file of 64 MiB at 5 Mbit/s takes 107 s.
const TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Slips of the network are repeated here; longer trouble is the caller's, who tells people of it.
const RETRY: RetryConfig = RetryConfig {
    backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 },
    max_retries: 2,
    retry_timeout: Duration::from_secs(10),
};

/// The files of one location.
#[derive(Debug)]
pub struct Objects(Box<dyn ObjectStore>);

/// A file that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub path: Path,
    pub bytes: u64,
}

/// Why a file could not be stored or read, in a sentence without credentials.
#[derive(Debug, Error)]
pub enum ObjectsError {
    #[error("The folder cannot be used: {0}.")]
    Folder(#[source] std::io::Error),
    #[error("The store refused: {}.", first_line(.0))]
    Store(#[from] object_store::Error),
    #[error("The store did not answer within {} seconds.", TIMEOUT.as_secs())]
    TimedOut,
}

impl Objects {
    /// Makes the folder, if it is one. Nothing is asked of a bucket yet.
    pub async fn open(location: Location) -> Result<Self, ObjectsError> {
        let open = move || match location {
            Location::Folder(folder) => {
                std::fs::create_dir_all(&folder).map_err(ObjectsError::Folder)?;
                Ok(Self(Box::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
            }
            Location::Bucket { bucket, guard } => {
                let guard = guard.map(|networks| Guard { networks, connect_timeout: CONNECT_TIMEOUT });
                Ok(Self(Box::new(open_bucket(&bucket, guard)?)))
            }
        };
        spawn_blocking(open).await.expect("opening a store does not panic")
    }

    /// Stores a file whole, replacing one of the same name.
    pub async fn put(&self, path: &Path, content: Bytes) -> Result<(), ObjectsError> {
        within(self.0.put(path, PutPayload::from_bytes(content))).await?;
        Ok(())
    }

    pub async fn get(&self, path: &Path) -> Result<Bytes, ObjectsError> {
        within(async { self.0.get(path).await?.bytes().await }).await
    }

    /// All files below a folder, by path.
    pub async fn list(&self, folder: &Path) -> Result<Vec<Listed>, ObjectsError> {
        let found = self.0.list(Some(folder));
        let found = found.map_ok(|meta| Listed { path: meta.location, bytes: meta.size });
        let mut files: Vec<_> = within(found.try_collect()).await?;
        files.sort_by(|one: &Listed, other| one.path.cmp(&other.path));
        Ok(files)
    }
}

async fn within<T>(work: impl Future<Output = object_store::Result<T>>) -> Result<T, ObjectsError> {
    Ok(timeout(TIMEOUT, work).await.map_err(|_| ObjectsError::TimedOut)??)
}

fn open_bucket(bucket: &Bucket, guard: Option<Guard>) -> Result<impl ObjectStore + use<>, ObjectsError> {
    let client = ClientOptions::new().with_timeout(TIMEOUT).with_connect_timeout(CONNECT_TIMEOUT);
    let mut builder = match &bucket.key {
        Some(key) => AmazonS3Builder::new().with_access_key_id(&key.id).with_secret_access_key(&key.secret),
        None => AmazonS3Builder::from_env(),
    };
    builder = builder
        .with_client_options(client)
        .with_retry(RETRY)
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region);
    if let Some(endpoint) = &bucket.endpoint {
        let address = endpoint.trim_end_matches('/');
        builder = builder.with_endpoint(address).with_allow_http(endpoint.starts_with("http://"));
    }
    if let Some(guard) = guard {
        builder = builder.with_http_connector(guard);
    }
    Ok(builder.build()?)
}

/// Enough to act on; services answer with pages.
fn first_line(error: &object_store::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(300).collect::<String>().trim_end_matches('.').to_owned()
}
