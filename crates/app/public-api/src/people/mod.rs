//! Profiles as people look at them, from what the services keep.

mod detail;
mod graph;
mod identifier;
mod lookup;
mod operation;
mod operation_entry;
mod preview;
mod row;
mod rules;
mod search;
mod space;
mod timeline;

pub(crate) use detail::{LinkedProfile, ProfileDetail, links};
pub(crate) use graph::{ExplanationBody, ProfileGraph};
pub(crate) use identifier::IdentifierBody;
pub(crate) use lookup::{collection_of, find, no_profile};
pub(crate) use operation::{OperationInput, plan};
pub(crate) use operation_entry::OperationEntry;
pub(crate) use preview::OperationPreview;
pub(crate) use rules::{RulesPreview, compiled, problems};
pub(crate) use search::{SearchResult, recent, search};
pub(crate) use space::{look, not_ready};
pub(crate) use timeline::{ProfileEvent, TimelineQuery, timeline};
