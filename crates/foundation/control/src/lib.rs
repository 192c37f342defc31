#![doc = include_str!("../README.md")]

mod accounts;
mod bootstrap;
mod definitions;
mod destinations;
mod error;
mod invites;
mod ledger;
mod oauth;
mod profiles;
mod schema;
mod scopes;
mod secret;
mod sessions;
mod snapshot;
mod sources;
mod store;
mod tokens;
mod validation;
mod workspaces;

pub use accounts::{Account, AccountPatch};
pub use bootstrap::Bootstrap;
pub use definitions::{
    Definitions, DeliveryRules, Destination, KeyOwner, Label, Settings, Source, Workspace, WriteKeyDefinition,
};
pub use destinations::{DestinationPatch, NewDestination};
pub use error::{ControlError, OpenError, Resource};
pub use invites::{Invite, InviteKind, NewAccount};
pub use ledger::{Actor, Author, IdentityChange, LedgerEntry};
pub use oauth::{AccessGrant, AccessToken, AssertionForm, OauthApp, OauthError, OauthKey, OauthToken};
pub use profiles::{PersonSecret, ProfileToken};
pub use scopes::{Role, Scope};
pub use secret::Secret;
pub use sessions::SESSION_LIFETIME_S;
pub use snapshot::SnapshotError;
pub use sources::{ARCHIVE_METADATA_ID, NewSource, SourcePatch};
pub use store::ControlStore;
pub use tokens::ApiToken;
