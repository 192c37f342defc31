//! `members`: from a fragment (16 bytes) to the profile that it is part of (16 bytes), or to nothing where it is part of
//! none. Without a row the fragment is the founder of its profile, as most are. Lives as the profile.

use prime_state::{Access, FamilyOptions};

use crate::encoding::Damaged;
use crate::fragment::FragmentId;
use crate::profile_id::ProfileNumber;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "members", access: Access::Points };

pub(crate) fn encode(profile: Option<ProfileNumber>) -> Vec<u8> {
    profile.map_or(Vec::new(), |profile| profile.founder().as_bytes().to_vec())
}

pub(crate) fn decode(fragment: FragmentId, value: Option<&[u8]>) -> Result<Option<ProfileNumber>, Damaged> {
    match value {
        None => Ok(Some(ProfileNumber::founded_by(fragment))),
        Some([]) => Ok(None),
        Some(bytes) => {
            let founder = FragmentId::from_slice(bytes).ok_or(Damaged { what: "member" })?;
            Ok(Some(ProfileNumber::founded_by(founder)))
        }
    }
}
