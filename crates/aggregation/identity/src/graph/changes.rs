//! What an event or an operation did to profiles.

use serde::Serialize;

use crate::fragment::Fragment;
use crate::profile_id::ProfileId;

/// One change. Within a list they come in an order in which they can be followed: profiles are created before they take
/// identifiers, and merges and splits come after the identifiers have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// A profile that was not there before.
    Created { profile: ProfileId },
    /// An identifier that was in no profile is in one.
    Mapped { fragment: Fragment, profile: ProfileId },
    /// An identifier is in no profile any more: it was dropped from all its events, or is in quarantine.
    Unmapped { fragment: Fragment, profile: ProfileId },
    /// An identifier went from one profile to another.
    Moved { fragment: Fragment, from: ProfileId, to: ProfileId },
    /// An identifier was removed from its profile by a person. What was collected under it stays there.
    Removed { fragment: Fragment, profile: ProfileId },
    /// A removal was undone.
    Restored { fragment: Fragment, profile: ProfileId },
    /// A profile ended; its id stands for the other one from now on.
    Merged { from: ProfileId, into: ProfileId },
    /// A part of a profile is one of its own now.
    Split { from: ProfileId, new: ProfileId },
    /// A profile ended and nothing holds its founder.
    Ended { profile: ProfileId },
}

impl Serialize for ProfileId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
