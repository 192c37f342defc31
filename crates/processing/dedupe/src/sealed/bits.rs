//! Bits in a row, the lowest of a byte first.

#[derive(Default)]
pub(super) struct BitWriter {
    bytes: Vec<u8>,
    /// Bits that do not make a byte yet.
    open: u128,
    open_bits: u32,
}

impl BitWriter {
    /// The lowest `count` bits of `value`, at most 96.
    pub(super) fn put(&mut self, value: u128, count: u32) {
        let value = value & ((1 << count) - 1);
        self.open |= value << self.open_bits;
        self.open_bits += count;
        while self.open_bits >= 8 {
            self.bytes.push(self.open as u8);
            self.open >>= 8;
            self.open_bits -= 8;
        }
    }

    /// So many ones and a zero.
    pub(super) fn put_unary(&mut self, mut ones: u32) {
        while ones >= 64 {
            self.put(u128::from(u64::MAX), 64);
            ones -= 64;
        }
        self.put((1 << ones) - 1, ones + 1);
    }

    /// What was put, filled up to whole bytes. The writer is empty again.
    pub(super) fn take_into(&mut self, out: &mut Vec<u8>) {
        if self.open_bits > 0 {
            self.bytes.push(self.open as u8);
        }
        out.append(&mut self.bytes);
        (self.open, self.open_bits) = (0, 0);
    }
}

/// `count` bits from bit `at` on, at most 120. What is behind the end reads as zero.
pub(super) fn bits_at(bytes: &[u8], at: usize, count: u32) -> u128 {
    let first = at / 8;
    let mut window = [0; 16];
    let there = bytes.get(first..).unwrap_or_default();
    let there = &there[..there.len().min(16)];
    window[..there.len()].copy_from_slice(there);
    (u128::from_le_bytes(window) >> (at % 8)) & ((1 << count) - 1)
}

/// The place behind the `zeros`-th zero; 0 for none. None if there are fewer.
pub(super) fn after_zero(bytes: &[u8], zeros: usize) -> Option<usize> {
    let mut missing = zeros;
    if missing == 0 {
        return Some(0);
    }
    for (word, chunk) in bytes.chunks(8).enumerate() {
        let mut padded = [0xff; 8];
        padded[..chunk.len()].copy_from_slice(chunk);
        let mut clear = !u64::from_le_bytes(padded);
        let here = clear.count_ones() as usize;
        if here < missing {
            missing -= here;
            continue;
        }
        for _ in 1..missing {
            clear &= clear - 1;
        }
        return Some(word * 64 + clear.trailing_zeros() as usize + 1);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_are_read_as_they_were_written() {
        let mut writer = BitWriter::default();
        let values = [(5, 3), (0, 1), ((1 << 69) - 7, 69), (u128::from(u64::MAX), 64), (1, 1)];
        for (value, count) in values {
            writer.put(value, count);
        }
        let mut bytes = Vec::new();
        writer.take_into(&mut bytes);
        let mut at = 0;
        for (value, count) in values {
            assert_eq!(bits_at(&bytes, at, count), value);
            at += count as usize;
        }
        assert_eq!(bytes.len(), at.div_ceil(8));
    }

    #[test]
    fn zeros_are_counted_across_words() {
        let mut writer = BitWriter::default();
        let counts = [0, 3, 200, 0, 0, 64, 63, 1];
        counts.iter().for_each(|count| writer.put_unary(*count));
        let mut bytes = Vec::new();
        writer.take_into(&mut bytes);
        let mut place = 0;
        for (zeros, count) in counts.iter().enumerate() {
            assert_eq!(after_zero(&bytes, zeros), Some(place));
            place += *count as usize + 1;
        }
        assert_eq!(after_zero(&[0xff; 20], 1), None);
        assert_eq!(after_zero(&[], 1), None);
    }
}
