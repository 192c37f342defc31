//! `links`: from a fragment (16 bytes) and the fragment of an account or user that it is linked to (16 bytes) to the
//! [`Stamp`] of the first event that linked them. Written both ways. Lives as the fragments.

use prime_state::{Access, FamilyOptions};

use crate::encoding::{Damaged, Reader, StampTable};
use crate::fragment::FragmentId;
use crate::stamp::Stamp;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "links", access: Access::Scans };

/// That a fragment belongs together with one of the other collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub to: FragmentId,
    pub since: Stamp,
}

pub(crate) fn key(from: FragmentId, to: FragmentId) -> [u8; 32] {
    let mut key = [0; 32];
    key[..16].copy_from_slice(from.as_bytes());
    key[16..].copy_from_slice(to.as_bytes());
    key
}

pub(crate) fn encode(since: &Stamp) -> Vec<u8> {
    let mut table = StampTable::default();
    table.number(since);
    let mut out = Vec::new();
    table.put(&mut out);
    out
}

pub(crate) fn decode_since(value: &[u8]) -> Result<Stamp, Damaged> {
    let mut reader = Reader::new(value, "link");
    let damaged = reader.damaged();
    reader.stamps()?.pop().ok_or(damaged)
}

pub(crate) fn decode(key: &[u8], value: &[u8]) -> Result<Link, Damaged> {
    let to = key.get(16..).and_then(FragmentId::from_slice).ok_or(Damaged { what: "link" })?;
    Ok(Link { to, since: decode_since(value)? })
}
