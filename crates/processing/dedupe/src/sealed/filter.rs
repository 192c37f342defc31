use crate::bytes::scaled;

/// A Bloom filter of 32 bytes that are looked at together: a probe costs one wait for memory. With ten bits an id, one
/// probe in eighty for an id that was never added is told to look on.
pub(crate) struct Filter {
    lanes: Vec<[u32; 8]>,
}

const BITS_PER_ID: u64 = 10;
const BITS_PER_LINE: u64 = 256;
/// Odd numbers that spread a hash over the eight lanes; those of Parquet's filter.
const SALTS: [u32; 8] =
    [0x47b6_137b, 0x4497_4d91, 0x8824_ad5b, 0xa2b7_289d, 0x7054_95c7, 0x2df1_424b, 0x9efc_4947, 0x5c6b_fb31];

impl Filter {
    pub(crate) fn bytes_for(ids: u64) -> u64 {
        (ids * BITS_PER_ID).div_ceil(BITS_PER_LINE).max(1) * BITS_PER_LINE / 8
    }

    pub(crate) fn new(ids: u64) -> Self {
        Self { lanes: vec![[0; 8]; (Self::bytes_for(ids) / 32) as usize] }
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.lanes.len() as u64 * 32
    }

    /// Takes the low bits of a key, which are as good as random.
    pub(crate) fn add(&mut self, low: u64) {
        let line = self.line(low);
        for (lane, bit) in self.lanes[line].iter_mut().zip(bits(low)) {
            *lane |= bit;
        }
    }

    pub(crate) fn may_contain(&self, low: u64) -> bool {
        self.lanes[self.line(low)].iter().zip(bits(low)).all(|(lane, bit)| lane & bit != 0)
    }

    fn line(&self, low: u64) -> usize {
        scaled(low, self.lanes.len() as u64) as usize
    }
}

fn bits(low: u64) -> [u32; 8] {
    SALTS.map(|salt| 1 << ((low as u32).wrapping_mul(salt) >> 27))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn low(n: u64) -> u64 {
        let z = (n ^ (n >> 30)).wrapping_add(0x9e37_79b9).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    #[test]
    fn what_was_added_is_never_denied_and_little_else_is_let_through() {
        let mut filter = Filter::new(50_000);
        (0..50_000).for_each(|n| filter.add(low(n)));
        assert!((0..50_000).all(|n| filter.may_contain(low(n))));
        let passed = (50_000..150_000).filter(|n| filter.may_contain(low(*n))).count();
        assert!(passed < 2_500, "{passed} of 100,000");
        assert_eq!(filter.bytes(), Filter::bytes_for(50_000));
    }
}
