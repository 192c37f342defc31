//! What can be connected: kinds of sources and of destinations.

mod destinations;
mod sources;

pub(crate) use destinations::DestinationMetadata;
pub(super) use destinations::{
    __path_get_destination_catalog_entry, __path_list_destination_catalog, get_destination_catalog_entry,
    list_destination_catalog,
};
pub(super) use sources::{
    __path_get_source_catalog_entry, __path_list_source_catalog, get_source_catalog_entry, list_source_catalog,
};
pub(crate) use sources::{SourceMetadata, source_metadata};
