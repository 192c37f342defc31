#![doc = include_str!("../README.md")]

mod definitions;
mod destinations;
mod error;
mod ledger;
mod oauth;
mod schema;
mod secret;
mod sources;
mod store;
mod validation;
mod workspaces;

pub use definitions::{Definitions, Destination, KeyOwner, Label, Settings, Source, Workspace, WriteKeyDefinition};
pub use destinations::{DestinationPatch, NewDestination};
pub use error::{ControlError, OpenError, Resource};
pub use ledger::{Actor, Author, LedgerEntry};
pub use oauth::AccessGrant;
pub use secret::Secret;
pub use sources::{ARCHIVE_METADATA_ID, NewSource, SourcePatch};
pub use store::ControlStore;
