use std::fmt;
use std::path::PathBuf;

use prime_outbound::Networks;

/// Where files are kept.
#[derive(Clone, Debug)]
pub enum Location {
    /// It is made when a file is first put there.
    Folder(PathBuf),
    Bucket {
        bucket: Bucket,
        /// What may be reached, for a bucket that a customer named. None: the operator named it.
        guard: Option<Networks>,
    },
}

/// A bucket of a service that speaks S3.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    pub region: String,
    /// An address with http or https; none for AWS.
    pub endpoint: Option<String>,
    /// None: what this machine is given by its environment (`AWS_ACCESS_KEY_ID` and so on) or by its role. Never to be left out for a
    /// bucket that a customer named.
    pub key: Option<AccessKey>,
}

#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    pub id: String,
    pub secret: String,
}

/// Without the key.
impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bucket").field("name", &self.name).field("region", &self.region).finish_non_exhaustive()
    }
}
