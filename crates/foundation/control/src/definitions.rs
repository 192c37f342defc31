//! The compiled, immutable picture of all definitions that the data plane works from.

use std::collections::HashMap;
use std::sync::Arc;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId, WriteKey};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::oauth::AccessGrant;
use crate::profiles::{PersonSecret, ProfileToken};
use crate::secret::Digest;
use crate::snapshot::millis;

/// Settings of a source or a destination: names and values as the API takes them, secrets included.
pub type Settings = Map<String, Value>;

/// All definitions at one moment.
///
/// A snapshot never changes; a later one has a higher `revision`. Every lookup is in memory and needs no lock.
#[derive(Debug, Default)]
pub struct Definitions {
    /// Number of the last entry in the ledger that this snapshot contains.
    pub revision: u64,
    pub workspaces: HashMap<WorkspaceId, Arc<Workspace>>,
    pub sources: HashMap<SourceId, Arc<Source>>,
    pub destinations: HashMap<DestinationId, Arc<Destination>>,
    keys: HashMap<WriteKey, KeyEntry>,
    destinations_by_source: HashMap<SourceId, Vec<Arc<Destination>>>,
    grants: HashMap<Digest, AccessGrant>,
    profile_tokens: HashMap<Digest, ProfileToken>,
    /// Newest first.
    person_secrets: Vec<PersonSecret>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    pub id: WorkspaceId,
    pub slug: String,
    pub name: String,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
}

/// One site, app or server that sends messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Source {
    pub id: SourceId,
    pub workspace: WorkspaceId,
    /// Unique in the workspace, of `a-z`, `0-9`, `_` and `-`.
    pub slug: String,
    pub name: String,
    pub enabled: bool,
    /// Which kind of source it is: an id of the source catalogue.
    pub metadata_id: String,
    pub settings: Settings,
    /// Oldest first.
    pub write_keys: Vec<WriteKeyDefinition>,
    /// Whether a message needs a valid access token beside its write key.
    pub oauth_required: bool,
    pub labels: Vec<Label>,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WriteKeyDefinition {
    pub key: WriteKey,
    pub enabled: bool,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
}

/// A word that groups resources, `environment: production` for example.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    pub key: String,
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// One connected instance of a tool that receives the events of one source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Destination {
    pub id: DestinationId,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub name: String,
    pub enabled: bool,
    /// Which tool it is: an id of the destination catalogue.
    pub metadata_id: String,
    /// Holds secrets in clear: show it only through the catalogue's mask.
    pub settings: Settings,
    #[serde(default)]
    pub delivery: DeliveryRules,
    #[serde(with = "millis")]
    pub created_at: Timestamp,
}

/// How a destination is sent to, whatever tool it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryRules {
    /// The events of one person arrive in the order in which they were processed: one that fails holds back that
    /// person's later ones, and nobody else's.
    pub in_order: bool,
    /// Events a second at most. None: as many as it takes. At least 1.
    pub events_per_second_max: Option<u32>,
}

/// Whom a write key belongs to.
#[derive(Clone, Copy, Debug)]
pub struct KeyOwner<'a> {
    pub workspace: &'a WorkspaceId,
    pub source: &'a Arc<Source>,
    /// Whether messages under this key are taken: the key and its source are both switched on.
    pub enabled: bool,
}

#[derive(Debug)]
struct KeyEntry {
    source: Arc<Source>,
    enabled: bool,
}

/// What a snapshot is compiled from.
#[derive(Default)]
pub(crate) struct Parts {
    pub(crate) revision: u64,
    pub(crate) workspaces: Vec<Workspace>,
    pub(crate) sources: Vec<Source>,
    pub(crate) destinations: Vec<Destination>,
    pub(crate) grants: HashMap<Digest, AccessGrant>,
    pub(crate) profile_tokens: HashMap<Digest, ProfileToken>,
    pub(crate) person_secrets: Vec<PersonSecret>,
}

impl Definitions {
    pub(crate) fn compile(parts: Parts) -> Self {
        let mut compiled = Self {
            revision: parts.revision,
            grants: parts.grants,
            profile_tokens: parts.profile_tokens,
            person_secrets: parts.person_secrets,
            ..Self::default()
        };
        for workspace in parts.workspaces {
            compiled.workspaces.insert(workspace.id.clone(), Arc::new(workspace));
        }
        for source in parts.sources {
            let source = Arc::new(source);
            for key in &source.write_keys {
                let entry = KeyEntry { source: source.clone(), enabled: key.enabled && source.enabled };
                compiled.keys.insert(key.key.clone(), entry);
            }
            compiled.sources.insert(source.id.clone(), source);
        }
        for destination in parts.destinations {
            let destination = Arc::new(destination);
            compiled.destinations_by_source.entry(destination.source.clone()).or_default().push(destination.clone());
            compiled.destinations.insert(destination.id.clone(), destination);
        }
        compiled
    }

    /// The source that this write key names, if any does.
    pub fn write_key(&self, key: &str) -> Option<KeyOwner<'_>> {
        let entry = self.keys.get(key)?;
        Some(KeyOwner { workspace: &entry.source.workspace, source: &entry.source, enabled: entry.enabled })
    }

    pub fn source(&self, id: &SourceId) -> Option<&Arc<Source>> {
        self.sources.get(id)
    }

    pub fn destination(&self, id: &DestinationId) -> Option<&Arc<Destination>> {
        self.destinations.get(id)
    }

    /// The destinations of one source, oldest first, switched-off ones included.
    pub fn destinations_of(&self, source: &SourceId) -> impl Iterator<Item = &Arc<Destination>> {
        self.destinations_by_source.get(source).into_iter().flatten()
    }

    /// All destinations; those of one source oldest first.
    pub(crate) fn destinations_in_order(&self) -> impl Iterator<Item = &Arc<Destination>> {
        let mut sources: Vec<_> = self.destinations_by_source.iter().collect();
        sources.sort_by_key(|(source, _)| *source);
        sources.into_iter().flat_map(|(_, destinations)| destinations)
    }

    pub(crate) fn grants(&self) -> impl Iterator<Item = (&Digest, &AccessGrant)> {
        self.grants.iter()
    }

    pub(crate) fn profile_tokens(&self) -> impl Iterator<Item = (&Digest, &ProfileToken)> {
        self.profile_tokens.iter()
    }

    /// The token of the Profile API that was presented, if it is one of this workspace.
    pub fn profile_token(&self, workspace: &WorkspaceId, presented: &str) -> Option<&ProfileToken> {
        self.profile_tokens.get(&Digest::of(presented)).filter(|token| token.workspace == *workspace)
    }

    /// Secrets with which tokens for one person of a workspace may be signed, the current one first.
    pub fn person_secrets(&self, workspace: &WorkspaceId) -> impl Iterator<Item = &PersonSecret> {
        self.person_secrets.iter().filter(move |secret| secret.workspace == *workspace)
    }

    pub(crate) fn all_person_secrets(&self) -> &[PersonSecret] {
        &self.person_secrets
    }

    /// The workspace that this id or slug names.
    pub fn workspace(&self, id_or_slug: &str) -> Option<&Arc<Workspace>> {
        let by_id = self.workspaces.get(&WorkspaceId::from(id_or_slug.to_owned()));
        by_id.or_else(|| self.workspaces.values().find(|workspace| workspace.slug == id_or_slug))
    }

    /// What an OAuth access token allows, if it is one of ours, is not revoked and has not expired.
    pub fn access_token(&self, token: &str, now: Timestamp) -> Option<&AccessGrant> {
        self.grants.get(&Digest::of(token)).filter(|grant| grant.expires_at > now)
    }
}
