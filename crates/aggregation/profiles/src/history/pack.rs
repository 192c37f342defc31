//! Payloads made small: blocks of LZ4 that may refer back into what events have in common.

use lz4_flex::block::compress_with_dict;

use super::entry::DICTIONARY;

/// A payload, packed. Some microseconds, most of them for the dictionary, so it is done ahead of the writer where possible.
pub(crate) fn pack(payload: &[u8]) -> Box<[u8]> {
    compress_with_dict(payload, DICTIONARY).into()
}
