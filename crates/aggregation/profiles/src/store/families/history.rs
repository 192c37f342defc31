//! `history`: from a fragment (16 bytes) and a [`Place`] (16 bytes) to a
//! [`HistoryEntry`](crate::history::HistoryEntry). Written once for each event, under its owner; events of one fragment
//! are neighbours, in order of time. Lives as its fragment.

use prime_state::{Access, FamilyOptions};

use crate::encoding::Damaged;
use crate::fragment::FragmentId;
use crate::history::Place;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "history", access: Access::Scans };

pub(crate) type Key = [u8; 32];

pub(crate) fn key(fragment: FragmentId, place: Place) -> Key {
    let mut key = [0; 32];
    key[..16].copy_from_slice(fragment.as_bytes());
    key[16..].copy_from_slice(&place.to_bytes());
    key
}

pub(crate) fn place(key: &[u8]) -> Result<Place, Damaged> {
    key.get(16..).and_then(Place::from_bytes).ok_or(Damaged { what: "key of a history" })
}
