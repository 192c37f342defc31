//! For fuzz targets: what reads files, on bytes that anyone may have made.

use crate::embedded;

/// Reads bytes as a segment file is read on opening and by readers, and says how many records it found. First as they
/// are, then with every checksum put right, so that what lies behind the checksums is reached too. Never panics, and takes
/// no more memory than the bytes and one batch.
pub fn read_segment(bytes: &[u8]) -> usize {
    embedded::read_image(bytes) + embedded::read_image(&embedded::with_right_checksums(bytes))
}
