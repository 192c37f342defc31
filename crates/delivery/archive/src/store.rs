//! Object stores from settings.

use std::path::Path as FilePath;
use std::time::Duration;

use bytes::Bytes;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, ObjectStoreExt, PutPayload, RetryConfig};
use prime_destinations::archive::{Bucket, Location};
use thiserror::Error;

/// A file of 64 MiB at 5 Mbit/s takes 107 s.
const PUT_TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// Slips of the network are repeated here; longer trouble is the follower's, which tells people of it.
const RETRY: RetryConfig = RetryConfig {
    backoff: BackoffConfig { init_backoff: Duration::from_millis(100), max_backoff: Duration::from_secs(2), base: 2.0 },
    max_retries: 2,
    retry_timeout: Duration::from_secs(10),
};

/// A place for files. Durable once `put` returns.
pub(crate) struct Store(Box<dyn ObjectStore>);

/// Why a file could not be stored, in a sentence without credentials.
#[derive(Debug, Error)]
pub(crate) enum StoreError {
    #[error("The archive folder cannot be used: {0}.")]
    Folder(#[source] std::io::Error),
    #[error("The archive refused the file: {}.", first_line(.0))]
    Store(#[from] object_store::Error),
    #[error("The archive did not take the file within {} seconds.", PUT_TIMEOUT.as_secs())]
    TimedOut,
}

impl Store {
    /// Blocking: creates the local folder if there is none.
    pub(crate) fn open(location: &Location, folder: &FilePath) -> Result<Self, StoreError> {
        match location {
            Location::Local => {
                std::fs::create_dir_all(folder).map_err(StoreError::Folder)?;
                Ok(Self(Box::new(LocalFileSystem::new_with_prefix(folder)?.with_fsync(true))))
            }
            Location::S3(bucket) => Ok(Self(Box::new(open_bucket(bucket)?))),
        }
    }

    /// Stores a file whole, replacing one of the same name.
    pub(crate) async fn put(&self, path: &Path, content: Bytes) -> Result<(), StoreError> {
        let put = self.0.put(path, PutPayload::from_bytes(content));
        tokio::time::timeout(PUT_TIMEOUT, put).await.map_err(|_| StoreError::TimedOut)??;
        Ok(())
    }
}

fn open_bucket(bucket: &Bucket) -> Result<impl ObjectStore, StoreError> {
    // Another part of the process may have chosen a provider already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = ClientOptions::new().with_timeout(PUT_TIMEOUT).with_connect_timeout(CONNECT_TIMEOUT);
    let mut builder = AmazonS3Builder::new()
        .with_client_options(client)
        .with_retry(RETRY)
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.access_key_id)
        .with_secret_access_key(&bucket.secret_access_key);
    if let Some(endpoint) = &bucket.endpoint {
        let address = endpoint.as_str().trim_end_matches('/');
        builder = builder.with_endpoint(address).with_allow_http(endpoint.scheme() == "http");
    }
    Ok(builder.build()?)
}

/// Enough to act on; services answer with pages.
fn first_line(error: &object_store::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default();
    line.chars().take(300).collect::<String>().trim_end_matches('.').to_owned()
}
