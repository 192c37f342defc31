//! `profiles`: from a profile (16 bytes) to its members: 16 bytes of fragment and a byte that is 1 where the identifier
//! was removed from the profile, in order. Without a row the founder is the only one. Written when an identifier joins,
//! leaves or is removed. Lives as long as the profile has several members.

use prime_state::{Access, FamilyOptions};

use crate::encoding::Damaged;
use crate::fragment::FragmentId;
use crate::profile_id::ProfileNumber;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "profiles", access: Access::Points };

/// A fragment of a profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    pub fragment: FragmentId,
    /// The identifier was removed from the profile; what was collected under it stayed.
    pub is_removed: bool,
}

const MEMBER_BYTES: usize = 17;

pub(crate) fn encode(members: &[Member]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(members.len() * MEMBER_BYTES);
    for member in members {
        bytes.extend_from_slice(member.fragment.as_bytes());
        bytes.push(member.is_removed.into());
    }
    bytes
}

pub(crate) fn decode(profile: ProfileNumber, value: Option<&[u8]>) -> Result<Vec<Member>, Damaged> {
    let Some(bytes) = value else {
        return Ok(vec![Member { fragment: profile.founder(), is_removed: false }]);
    };
    let member = |bytes: &[u8]| {
        let (fragment, flag) = bytes.split_last_chunk::<1>()?;
        Some(Member { fragment: FragmentId::from_slice(fragment)?, is_removed: flag[0] == 1 })
    };
    bytes.chunks(MEMBER_BYTES).map(member).map(|member| member.ok_or(Damaged { what: "profile" })).collect()
}
