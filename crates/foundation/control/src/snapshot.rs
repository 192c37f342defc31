//! Definitions as one text, for nodes that have no control store of their own. It holds write keys, the secrets of
//! destinations and those that sign tokens for persons in clear: whoever can read it can send and can impersonate.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::definitions::{Definitions, Destination, Parts, Source, Workspace};
use crate::oauth::AccessGrant;
use crate::profiles::{PersonSecret, ProfileToken};
use crate::secret::Digest;

const VERSION: u32 = 1;

/// Why a snapshot was not taken.
#[derive(Debug, Error)]
pub enum SnapshotError {
    #[error("the snapshot cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    #[error("the snapshot has the format version {0}, which this version of the program cannot read; update it")]
    Version(u32),
    #[error("this node keeps the definitions itself and follows nobody's")]
    NotFollowing,
    #[error("the snapshot could not be kept: {0}")]
    Keep(#[from] std::io::Error),
}

#[derive(Serialize, Deserialize)]
struct Written {
    version: u32,
    revision: u64,
    workspaces: Vec<Workspace>,
    sources: Vec<Source>,
    destinations: Vec<Destination>,
    grants: Vec<WrittenGrant>,
    #[serde(default)]
    profile_tokens: Vec<WrittenProfileToken>,
    #[serde(default)]
    person_secrets: Vec<PersonSecret>,
}

#[derive(Serialize, Deserialize)]
struct WrittenGrant {
    digest: Digest,
    #[serde(flatten)]
    grant: AccessGrant,
}

#[derive(Serialize, Deserialize)]
struct WrittenProfileToken {
    digest: Digest,
    #[serde(flatten)]
    token: ProfileToken,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Definitions {
    /// Everything, so that [`ControlStore::take`](crate::ControlStore::take) makes the same of it elsewhere.
    pub fn to_snapshot(&self) -> Vec<u8> {
        let mut written = Written {
            version: VERSION,
            revision: self.revision,
            workspaces: self.workspaces.values().map(|workspace| (**workspace).clone()).collect(),
            sources: self.sources.values().map(|source| (**source).clone()).collect(),
            destinations: self.destinations_in_order().map(|destination| (**destination).clone()).collect(),
            grants: self
                .grants()
                .map(|(digest, grant)| WrittenGrant { digest: *digest, grant: grant.clone() })
                .collect(),
            profile_tokens: self
                .profile_tokens()
                .map(|(digest, token)| WrittenProfileToken { digest: *digest, token: token.clone() })
                .collect(),
            person_secrets: self.all_person_secrets().to_vec(),
        };
        // Equal definitions make equal snapshots.
        written.workspaces.sort_by(|a, b| a.id.cmp(&b.id));
        written.sources.sort_by(|a, b| a.id.cmp(&b.id));
        written.grants.sort_by_key(|entry| entry.digest);
        written.profile_tokens.sort_by_key(|entry| entry.digest);
        serde_json::to_vec(&written).expect("definitions are plain data")
    }

    pub(crate) fn from_snapshot(snapshot: &[u8]) -> Result<Self, SnapshotError> {
        let Versioned { version } = serde_json::from_slice(snapshot)?;
        if version != VERSION {
            return Err(SnapshotError::Version(version));
        }
        let written: Written = serde_json::from_slice(snapshot)?;
        let grants: HashMap<_, _> = written.grants.into_iter().map(|entry| (entry.digest, entry.grant)).collect();
        Ok(Self::compile(Parts {
            revision: written.revision,
            workspaces: written.workspaces,
            sources: written.sources,
            destinations: written.destinations,
            grants,
            profile_tokens: written.profile_tokens.into_iter().map(|entry| (entry.digest, entry.token)).collect(),
            person_secrets: written.person_secrets,
        }))
    }
}

/// Times as milliseconds since 1970.
pub(crate) mod millis {
    use prime_event::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(time.as_millis())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_millis)
    }
}
