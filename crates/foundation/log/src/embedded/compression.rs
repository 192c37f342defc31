//! Whether to compress, and how.
//!
//! LZ4, because the writer's thread is what all callers wait for: on one core it takes 1,200 MB/s of 1 KB JSON events to a
//! third of their size in blocks of 64 KiB, and leaves what does not shrink at 9,000 MB/s. Zstandard at its lowest
//! ordinary level makes a fifth of them, at 780 MB/s and half a minute of C to build; its faster levels gain nothing over
//! LZ4 here. Larger blocks do not help either, as LZ4 looks back 64 KiB.

use lz4_flex::block::CompressTable;

/// How many bytes of a value are looked at. Some 40 ns.
const SAMPLE_BYTES: usize = 96;

/// A sample of 96 random bytes has 80 different ones (256 * (1 - (255/256)^96)), give or take 4; text has about 40, and
/// Base64 50.
const SAMPLE_KINDS_MAX: u32 = 65;

/// Less than this is not worth the reader's time.
const BYTES_MIN: usize = 128;

/// A byte of LZ4 stands for at most this many.
const RATIO_MAX: usize = 255;

/// Tells, at a cost that does not grow with the value, whether it may shrink. What was compressed before does not.
pub(super) fn may_shrink(value: &[u8]) -> bool {
    let Some(spare) = value.len().checked_sub(SAMPLE_BYTES) else { return true };
    let mut seen = [0_u64; 4];
    for byte in &value[spare / 2..spare / 2 + SAMPLE_BYTES] {
        seen[usize::from(byte >> 6)] |= 1 << (byte & 63);
    }
    seen.iter().map(|kinds| kinds.count_ones()).sum::<u32>() <= SAMPLE_KINDS_MAX
}

/// Compresses one piece after the other in the same memory.
pub(super) struct Compressor {
    /// For pieces below 64 KiB: it stays in the processor's nearest cache.
    small: CompressTable,
    large: CompressTable,
    out: Vec<u8>,
}

impl Default for Compressor {
    fn default() -> Self {
        Self { small: CompressTable::small(), large: CompressTable::large(), out: Vec::new() }
    }
}

impl Compressor {
    /// The compressed form, if it is smaller by an eighth.
    pub(super) fn compress(&mut self, raw: &[u8]) -> Option<&[u8]> {
        if raw.len() < BYTES_MIN {
            return None;
        }
        let room = lz4_flex::block::get_maximum_output_size(raw.len());
        if self.out.len() < room {
            self.out.resize(room, 0);
        }
        let table = if raw.len() < usize::from(u16::MAX) { &mut self.small } else { &mut self.large };
        let bytes = lz4_flex::block::compress_into_with_table(raw, &mut self.out, table).ok()?;
        (bytes <= raw.len() - raw.len() / 8).then(|| &self.out[..bytes])
    }

    /// Gives back what a rare large piece made it take.
    pub(super) fn shrink_to(&mut self, bytes: usize) {
        self.out.truncate(bytes);
        self.out.shrink_to(bytes);
    }
}

/// Whether so many bytes can have become so few, before memory is taken for them.
pub(super) fn is_possible(stored_bytes: usize, raw_bytes: usize) -> bool {
    raw_bytes <= stored_bytes.saturating_mul(RATIO_MAX)
}

/// `None` when the bytes are not the compressed form of exactly so many.
pub(super) fn decompress(stored: &[u8], raw_bytes: usize) -> Option<Vec<u8>> {
    let mut out = vec![0; raw_bytes];
    let bytes = lz4_flex::block::decompress_into(stored, &mut out).ok()?;
    (bytes == raw_bytes).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SplitMix64, whose output is as good as random.
    fn random_bytes(count: usize) -> Vec<u8> {
        let mut state = 7_u64;
        let words = std::iter::repeat_with(|| {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
        words.flat_map(u64::to_le_bytes).take(count).collect()
    }

    fn text(count: usize) -> Vec<u8> {
        br#"{"type":"track","event":"Order Completed","properties":{"total":12.5}},"#.iter().copied().cycle().take(count).collect()
    }

    #[test]
    fn text_may_shrink_and_what_was_compressed_may_not() {
        assert!(may_shrink(&text(100)) && may_shrink(&text(100_000)));
        let random = random_bytes(100_000);
        for start in 0..1000 {
            assert!(!may_shrink(&random[start * 90..start * 90 + SAMPLE_BYTES]), "{start}");
        }
        assert!(!may_shrink(&random));
        assert!(may_shrink(&random[..SAMPLE_BYTES - 1]), "too little to tell");
    }

    #[test]
    fn what_was_compressed_comes_back_and_only_at_its_length() {
        let (raw, mut compressor) = (text(10_000), Compressor::default());
        let stored = compressor.compress(&raw).unwrap().to_vec();
        assert!(stored.len() < 1_000 && is_possible(stored.len(), raw.len()));
        assert_eq!(decompress(&stored, raw.len()).unwrap(), raw);
        for wrong in [0, 1, raw.len() - 1, raw.len() + 1] {
            assert!(decompress(&stored, wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn pieces_of_any_size_share_the_memory_of_one_compressor() {
        let mut compressor = Compressor::default();
        for length in [100_000, 200, 70_000, 65_534, 65_535, 65_536, 300] {
            let raw = text(length);
            let stored = compressor.compress(&raw).unwrap().to_vec();
            assert_eq!(decompress(&stored, length).unwrap(), raw);
            compressor.shrink_to(1_000);
        }
    }

    #[test]
    fn nothing_that_was_compressed_looks_impossible() {
        let (raw, mut compressor) = (vec![0; 64 << 20], Compressor::default());
        let stored = compressor.compress(&raw).unwrap();
        assert!(is_possible(stored.len(), raw.len()));
    }

    #[test]
    fn what_does_not_shrink_clearly_is_left() {
        let mut compressor = Compressor::default();
        assert!(compressor.compress(&random_bytes(10_000)).is_none());
        assert!(compressor.compress(&text(127)).is_none());
    }
}
