//! `lives`: from the first fragment of an identifier (16 bytes) to the one that it has now, or to nothing where it was
//! removed and not seen since. Without a row it still has the first. Written when an identifier is removed from a profile,
//! and when it is seen again. Lives as long as the identifier.

use prime_state::{Access, FamilyOptions};

use crate::encoding::Damaged;
use crate::fragment::FragmentId;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "lives", access: Access::Points };

pub(crate) fn encode(fragment: Option<FragmentId>) -> Vec<u8> {
    fragment.map_or(Vec::new(), |fragment| fragment.as_bytes().to_vec())
}

pub(crate) fn decode(first: FragmentId, value: Option<&[u8]>) -> Result<Option<FragmentId>, Damaged> {
    match value {
        None => Ok(Some(first)),
        Some([]) => Ok(None),
        Some(bytes) => FragmentId::from_slice(bytes).map(Some).ok_or(Damaged { what: "life of an identifier" }),
    }
}
