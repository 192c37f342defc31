//! `words`: from a word of at most 40 bytes, a 0 and a fragment (16 bytes) to nothing. The words are those of the
//! fragment's row, no more and no fewer. Lives as the row says.

use prime_state::{Access, FamilyOptions};

use crate::encoding::Damaged;
use crate::fragment::FragmentId;

pub(crate) const OPTIONS: FamilyOptions = FamilyOptions { name: "words", access: Access::Scans };

pub(crate) fn key(word: &str, fragment: FragmentId) -> Vec<u8> {
    let mut key = Vec::with_capacity(word.len() + 17);
    key.extend_from_slice(word.as_bytes());
    key.push(0);
    key.extend_from_slice(fragment.as_bytes());
    key
}

pub(crate) fn fragment(key: &[u8]) -> Result<FragmentId, Damaged> {
    let bytes = key.last_chunk::<16>().ok_or(Damaged { what: "word" })?;
    Ok(FragmentId::from_bytes(*bytes))
}
