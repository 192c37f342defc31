//! How the ids of a section are written, and found again.

use super::bits::{BitWriter, after_zero, bits_at};
use crate::bytes::{scaled, u32_at};
use crate::key::MessageKey;

/// Of the key, beside what chooses its bucket. See the head of this module's parent.
const REMAINDER_BITS: u32 = 69;
/// A block is read as a whole: 4.6 KB.
const BLOCK_IDS: u64 = 512;
/// Buckets for each thousand ids.
const BUCKETS_PER_MILLE: u64 = 1_693;
const CHECKSUM_BYTES: usize = 4;

/// How a section is divided, which follows from how many ids it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shape {
    pub(super) blocks: u64,
    buckets_per_block: u64,
}

impl Shape {
    pub(super) fn of(ids: u64) -> Self {
        let blocks = ids.div_ceil(BLOCK_IDS).max(1);
        let buckets = (ids * BUCKETS_PER_MILLE).div_ceil(1_000).max(1);
        Self { blocks, buckets_per_block: buckets.div_ceil(blocks) }
    }

    /// Keys in their order have buckets in theirs.
    fn bucket(self, key: MessageKey) -> u64 {
        scaled(key.high(), self.blocks * self.buckets_per_block)
    }

    pub(super) fn block(self, key: MessageKey) -> u64 {
        self.bucket(key) / self.buckets_per_block
    }
}

fn remainder(key: MessageKey) -> u128 {
    key.0 & ((1 << REMAINDER_BITS) - 1)
}

/// Adds a block to `out`. The keys are all that belong to it, in order.
pub(super) fn encode(shape: Shape, block: u64, keys: &[MessageKey], out: &mut Vec<u8>) {
    let start = out.len();
    let mut bits = BitWriter::default();
    let mut rest = keys.iter().map(|key| shape.bucket(*key)).peekable();
    let first = block * shape.buckets_per_block;
    for bucket in first..first + shape.buckets_per_block {
        let mut ids = 0;
        while rest.next_if_eq(&bucket).is_some() {
            ids += 1;
        }
        bits.put_unary(ids);
    }
    for key in keys {
        bits.put(remainder(*key), REMAINDER_BITS);
    }
    bits.take_into(out);
    let checksum = crc32c::crc32c(&out[start..]);
    out.extend_from_slice(&checksum.to_le_bytes());
}

/// The bits of a block that was read; none if it is not as it was written.
pub(super) fn intact(bytes: &[u8]) -> Option<&[u8]> {
    let (bits, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM_BYTES)?)?;
    (crc32c::crc32c(bits) == u32_at(checksum, 0)).then_some(bits)
}

/// Whether an id is in its block.
pub(super) fn contains(shape: Shape, bits: &[u8], key: MessageKey) -> bool {
    let bucket = (shape.bucket(key) % shape.buckets_per_block) as usize;
    let places = after_zero(bits, bucket).zip(after_zero(bits, bucket + 1));
    let places = places.zip(after_zero(bits, shape.buckets_per_block as usize));
    let Some(((from, to), remainders)) = places else { return false };
    // Each zero before a place ends a bucket, each one is an id.
    let ids = from - bucket..to - bucket - 1;
    let wanted = remainder(key);
    ids.into_iter().any(|id| bits_at(bits, remainders + id * REMAINDER_BITS as usize, REMAINDER_BITS) == wanted)
}

/// The low 64 bits of all keys of a block: what a filter is made of.
pub(super) fn low_bits<'a>(shape: Shape, bits: &'a [u8]) -> impl Iterator<Item = u64> + 'a {
    let buckets = shape.buckets_per_block as usize;
    let remainders = after_zero(bits, buckets).unwrap_or(buckets);
    (0..remainders - buckets).map(move |id| bits_at(bits, remainders + id * REMAINDER_BITS as usize, 64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn keys(count: u64) -> Vec<MessageKey> {
        let mut state = count;
        let mut next = || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = state;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^ (z >> 31)
        };
        let mut keys: Vec<_> = (0..count).map(|_| MessageKey(u128::from(next()) << 64 | u128::from(next()))).collect();
        keys.sort();
        keys
    }

    fn blocks(keys: &[MessageKey]) -> (Shape, Vec<Vec<u8>>) {
        let shape = Shape::of(keys.len() as u64);
        let blocks = (0..shape.blocks).map(|block| {
            let own: Vec<_> = keys.iter().copied().filter(|key| shape.block(*key) == block).collect();
            let mut out = Vec::new();
            encode(shape, block, &own, &mut out);
            out
        });
        (shape, blocks.collect())
    }

    #[test]
    fn every_id_is_found_and_no_other() {
        for count in [0, 1, 2, 511, 512, 513, 5_000] {
            let all = keys(count);
            let (shape, blocks) = blocks(&all);
            let found = |key: MessageKey| contains(shape, intact(&blocks[shape.block(key) as usize]).unwrap(), key);
            assert!(all.iter().all(|key| found(*key)), "{count}");
            for key in keys(count + 10_000) {
                assert_eq!(found(key), all.binary_search(&key).is_ok());
                // The same bucket, and a remainder that differs in one bit.
                let near = MessageKey(key.0 ^ (1 << (key.0 % 64)));
                assert!(!all.is_empty() || !found(near));
            }
            for key in &all {
                for bit in [0, 1, 31, 63, 64, 68] {
                    let near = MessageKey(key.0 ^ (1 << bit));
                    assert_eq!(found(near), all.binary_search(&near).is_ok(), "a bit of the remainder counts");
                }
            }
        }
    }

    #[test]
    fn an_id_takes_nine_bytes_with_all_that_belongs_to_it() {
        let all = keys(100_000);
        let (shape, blocks) = blocks(&all);
        let bytes: usize = blocks.iter().map(|block| block.len() + 4).sum();
        let per_id = bytes as f64 / all.len() as f64;
        assert!((8.9..9.0).contains(&per_id), "{per_id}");
        assert_eq!(shape.blocks, 196);
    }

    #[test]
    fn no_flipped_bit_of_a_block_goes_unnoticed() {
        let (_, blocks) = blocks(&keys(20));
        for bit in 0..blocks[0].len() * 8 {
            let mut damaged = blocks[0].clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(intact(&damaged).is_none(), "bit {bit}");
        }
        assert!(intact(&[1, 2]).is_none());
    }

    #[test]
    fn a_filter_gets_the_bits_that_a_probe_has() {
        let all = keys(2_000);
        let (shape, blocks) = blocks(&all);
        let lows: Vec<_> = blocks.iter().flat_map(|block| low_bits(shape, intact(block).unwrap())).collect();
        assert_eq!(lows, all.iter().map(|key| key.low()).collect::<Vec<_>>());
    }
}
