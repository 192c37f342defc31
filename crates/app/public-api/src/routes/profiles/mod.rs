//! People and accounts.

mod events;
mod graph;
mod links;
mod list;
mod one;

pub(super) use events::{__path_list_profile_events, list_profile_events};
pub(super) use graph::{__path_explain_profile, __path_get_profile_graph, explain_profile, get_profile_graph};
pub(super) use links::{__path_list_profile_links, list_profile_links};
pub(super) use list::{__path_list_profiles, list_profiles};
pub(super) use one::{__path_get_profile, CollectionQuery, get_profile};
