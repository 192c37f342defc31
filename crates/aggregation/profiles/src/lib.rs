#![doc = include_str!("../README.md")]

mod counts;
mod encoding;
mod event;
mod fragment;
mod fragment_row;
pub mod history;
mod identifier;
mod profile;
mod profile_id;
mod stamp;
mod store;
mod trait_rules;
mod traits;
mod words;

pub use counts::Counts;
pub use encoding::Damaged;
pub use event::{Dropped, ProfileEvent};
pub use fragment::{Fragment, FragmentId, Part};
pub use fragment_row::FragmentRow;
pub use identifier::{Collection, Identifier};
pub use profile::Profile;
pub use profile_id::ProfileNumber;
pub use stamp::Stamp;
pub use store::{
    Link, Member, MemberRow, Move, Placement, ProfileReader, ProfileRef, ProfileStore, RowCache, StoreError, Update,
    UpdateCounts,
};
pub use trait_rules::{GROUP_ID_BYTES_MAX, PROPERTIES_MAX, TRAITS_OF_A_CALL_END};
pub use traits::{TRAITS_MAX, Trait, Traits};
pub use words::{search_words, trait_words};
