//! `fragments`: from a fragment (16 bytes) to a [`FragmentRow`](crate::FragmentRow). Written when an event adds to it,
//! never by a merge or an unmerge. Lives until the identifier is deleted with its person.

use prime_state::{Access, FamilyOptions};

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "fragments", access: Access::Points };
