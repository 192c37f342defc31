//! Snapshots of definitions as records of the `control` topic: cut into parts that a record can hold.

use bytes::{Buf, BufMut, Bytes, BytesMut};

const VERSION: u8 = 1;
/// Well below the largest record.
const PART_BYTES_MAX: usize = 768 << 10;

/// The records that a snapshot becomes, in order: a format version, the part's number, how many there are, and the part.
pub(crate) fn records(snapshot: &[u8]) -> Vec<Bytes> {
    let parts = snapshot.chunks(PART_BYTES_MAX);
    let count = parts.len() as u32;
    let record = |(number, part): (u32, &[u8])| {
        let mut record = BytesMut::with_capacity(9 + part.len());
        record.put_u8(VERSION);
        record.put_u32_le(number);
        record.put_u32_le(count);
        record.put_slice(part);
        record.freeze()
    };
    (0..).zip(parts).map(record).collect()
}

/// Puts snapshots together again, from whatever record on.
#[derive(Default)]
pub(crate) struct Assembly {
    parts: Vec<u8>,
    next: u32,
}

impl Assembly {
    /// The snapshot that this record completes, if it does. Records that fit nowhere, or are of a later version of the
    /// program, complete none.
    pub(crate) fn add(&mut self, mut record: Bytes) -> Option<Vec<u8>> {
        if record.len() < 9 || record.get_u8() != VERSION {
            *self = Self::default();
            return None;
        }
        let (number, count) = (record.get_u32_le(), record.get_u32_le());
        if number == 0 {
            *self = Self::default();
        }
        if number != self.next {
            *self = Self::default();
            return None;
        }
        self.parts.extend_from_slice(&record);
        self.next += 1;
        (self.next == count).then(|| std::mem::take(self).parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_snapshot_comes_together_again_wherever_reading_begins() {
        let large: Vec<u8> = (0..3_000_000u32).map(|n| n as u8).collect();
        let small = b"{}".to_vec();
        let all: Vec<Bytes> = [records(&large), records(&small), records(&large)].concat();
        assert!(all.len() > 5);
        for from in 0..all.len() - 4 {
            let mut assembly = Assembly::default();
            let whole: Vec<Vec<u8>> = all[from..].iter().filter_map(|record| assembly.add(record.clone())).collect();
            assert_eq!(whole.last(), Some(&large), "from {from}");
            assert_eq!(whole.contains(&small), from <= 4, "from {from}");
        }
    }

    #[test]
    fn what_is_no_part_of_a_snapshot_is_passed_over() {
        let mut assembly = Assembly::default();
        for odd in [&b""[..], b"\x01", b"\x02\0\0\0\0\x01\0\0\0{}", b"\x01\x05\0\0\0\x09\0\0\0{}"] {
            assert_eq!(assembly.add(Bytes::copy_from_slice(odd)), None);
        }
        assert_eq!(records(b"{}").into_iter().find_map(|record| assembly.add(record)), Some(b"{}".to_vec()));
    }
}
