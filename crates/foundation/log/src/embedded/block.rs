//! Some records in a segment file, stored together.

use bytes::{BufMut, Bytes};

use super::compat::v1;
use super::compression::{self, Compressor};
use crate::record::{BATCH_BYTES_MAX, Offset};

pub(super) const HEADER_BYTES: usize = 40;

/// A block takes no further record past this. LZ4 looks back 64 KiB, so that much more would not shrink more, and is quicker
/// below; and to read one record is to read all of its block, some 30 µs.
const RAW_BYTES_MAX: usize = (64 << 10) - 512;

const LENGTH_BYTES: usize = 4;

const BATCH_ENDS: u32 = 1;
const LZ4: u32 = 1 << 8;

/// How the blocks of a file are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    V1,
    Current,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    Lz4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) crc: u32,
    pub(super) header_bytes: u32,
    /// Length of the body in the file.
    pub(super) stored_bytes: u32,
    /// Length of the body before it was compressed.
    pub(super) raw_bytes: u32,
    /// `None` when it is not known.
    pub(super) compression: Option<Compression>,
    /// Offset of the first record.
    pub(super) first: Offset,
    pub(super) records: u32,
    pub(super) appended_at_ms: i64,
    /// Place of the first record in its commit.
    pub(super) commit_place: u32,
    /// The last record is the last of its batch. So are all others that end one: a block holds either whole batches, or
    /// a part of a single one, which whole ones may follow.
    pub(super) batch_ends: bool,
}

/// What stands at the front of some bytes where a block with a known first offset has to begin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Parsed {
    Block(Head),
    /// This many bytes are needed to tell.
    Needs(usize),
    Damaged(&'static str),
}

impl Format {
    pub(super) fn of_version(version: u32) -> Option<Self> {
        [Self::V1, Self::Current].into_iter().find(|format| format.version() == version)
    }

    pub(super) fn version(self) -> u32 {
        match self {
            Self::V1 => 1,
            Self::Current => 2,
        }
    }

    pub(super) fn header_bytes(self) -> usize {
        match self {
            Self::V1 => v1::FRAME_HEADER_BYTES,
            Self::Current => HEADER_BYTES,
        }
    }

    /// `bytes` are at least a header.
    pub(super) fn decode(self, bytes: &[u8]) -> Head {
        match self {
            Self::V1 => v1::decode(bytes),
            Self::Current => Head::decode(bytes),
        }
    }
}

impl Head {
    fn decode(bytes: &[u8]) -> Self {
        let flags = u32_at(bytes, 32);
        Self {
            crc: u32_at(bytes, 0),
            header_bytes: HEADER_BYTES as u32,
            stored_bytes: u32_at(bytes, 4),
            raw_bytes: u32_at(bytes, 36),
            compression: match flags & !BATCH_ENDS {
                0 => Some(Compression::None),
                LZ4 => Some(Compression::Lz4),
                _ => None,
            },
            first: u64_at(bytes, 8),
            records: u32_at(bytes, 28),
            appended_at_ms: u64_at(bytes, 16) as i64,
            commit_place: u32_at(bytes, 24),
            batch_ends: flags & BATCH_ENDS != 0,
        }
    }

    pub(super) fn block_bytes(&self) -> usize {
        self.header_bytes as usize + self.stored_bytes as usize
    }

    /// Memory that the block's values take when they are read.
    pub(super) fn memory_bytes(&self) -> usize {
        self.block_bytes() + if self.compression == Some(Compression::Lz4) { self.raw_bytes as usize } else { 0 }
    }

    /// Offset after the last record.
    pub(super) fn end(&self) -> Offset {
        self.first + u64::from(self.records)
    }

    /// Offset of the first record that was written together with these.
    pub(super) fn commit_first(&self) -> Offset {
        self.first.saturating_sub(u64::from(self.commit_place))
    }

    /// Why this cannot be the header of the block that begins with a record, judged without its body. After none, no
    /// length in here asks for more memory than a batch may have.
    pub(super) fn objection(&self, expected: Offset) -> Option<&'static str> {
        let (stored, raw, records) = (self.stored_bytes as usize, self.raw_bytes as usize, self.records as usize);
        if self.first != expected {
            return Some("another offset stands where the record's own should");
        }
        if self.block_bytes() as u64 > BATCH_BYTES_MAX || self.raw_bytes as u64 > BATCH_BYTES_MAX {
            return Some("the record's length is out of range");
        }
        if records == 0 || self.first.checked_add(records as u64).is_none() || lengths_bytes(records) > raw {
            return Some("the number of records is out of range");
        }
        match self.compression {
            None => Some("the record is stored in a way that this version of the program does not know"),
            Some(Compression::None) if stored != raw => Some("the record's two lengths differ"),
            Some(Compression::Lz4) if !compression::is_possible(stored, raw) => {
                Some("the record's length is out of range")
            }
            Some(_) => None,
        }
    }

    /// The values of a block that was parsed, from its body. They share the body where it was not compressed.
    pub(super) fn values(&self, body: Bytes) -> Result<Vec<Bytes>, &'static str> {
        let raw_bytes = self.raw_bytes as usize;
        let raw = match self.compression {
            Some(Compression::Lz4) => {
                Bytes::from(compression::decompress(&body, raw_bytes).ok_or("the block cannot be decompressed")?)
            }
            _ => body,
        };
        let wrong = "the lengths of the block's records do not add up";
        let values_bytes = raw_bytes - lengths_bytes(self.records as usize);
        if self.records == 1 {
            return Ok(vec![raw]);
        }
        let mut values = Vec::with_capacity(self.records as usize);
        let mut at = 0;
        for length in raw[values_bytes..].chunks_exact(LENGTH_BYTES) {
            let end = at + u32_at(length, 0) as usize;
            if end > values_bytes {
                return Err(wrong);
            }
            values.push(raw.slice(at..end));
            at = end;
        }
        if at == values_bytes { Ok(values) } else { Err(wrong) }
    }
}

pub(super) fn parse(format: Format, bytes: &[u8], salt: u32, expected: Offset) -> Parsed {
    if bytes.len() < format.header_bytes() {
        return Parsed::Needs(format.header_bytes());
    }
    let head = format.decode(bytes);
    if let Some(what) = head.objection(expected) {
        return Parsed::Damaged(what);
    }
    match bytes.get(4..head.block_bytes()) {
        None => Parsed::Needs(head.block_bytes()),
        Some(covered) if crc32c::crc32c_append(salt, covered) != head.crc => {
            Parsed::Damaged("the record does not match its checksum")
        }
        Some(_) => Parsed::Block(head),
    }
}

/// Most bytes that a batch may take in a file: in blocks of its own, not compressed.
pub(super) fn batch_bytes_max(values: &[Bytes]) -> u64 {
    let (mut bytes, mut raw, mut records) = (0, 0, 0);
    for value in values {
        if records > 0 && raw + value.len() + lengths_bytes(records + 1) > RAW_BYTES_MAX {
            bytes += HEADER_BYTES + raw + lengths_bytes(records);
            (raw, records) = (0, 0);
        }
        raw += value.len();
        records += 1;
    }
    (bytes + HEADER_BYTES + raw + lengths_bytes(records)) as u64
}

/// A single record's length is that of the block.
fn lengths_bytes(records: usize) -> usize {
    if records > 1 { records * LENGTH_BYTES } else { 0 }
}

/// Blocks of one commit, to be written in one go.
#[derive(Default)]
pub(super) struct Blocks {
    /// Whole blocks and then, if one is open, room for its header and its values.
    buffer: Vec<u8>,
    open: Option<Open>,
    /// Lengths of the values of the open block.
    lengths: Vec<u32>,
    compressor: Compressor,
    starts: Vec<Start>,
}

/// A block and where in the buffer it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Start {
    pub(super) first: Offset,
    pub(super) at: usize,
}

struct Open {
    start: Start,
    /// Bytes of values that may shrink.
    promising_bytes: usize,
    batch_ends: bool,
}

/// A block whose body is in the buffer.
struct Written {
    start: Start,
    records: u32,
    raw_bytes: usize,
    shrunk: bool,
    batch_ends: bool,
}

/// What all records of a commit have in common.
#[derive(Clone, Copy, Debug)]
pub(super) struct CommitPlace {
    pub(super) salt: u32,
    pub(super) first: Offset,
    pub(super) appended_at_ms: i64,
}

impl Blocks {
    /// Takes a batch that begins with an offset.
    pub(super) fn add(&mut self, commit: CommitPlace, first: Offset, batch: &[Bytes]) {
        let bytes = batch.iter().map(Bytes::len).sum();
        if self.raw_bytes_with(bytes, batch.len()) > RAW_BYTES_MAX {
            self.close(commit);
        }
        for (offset, value) in (first..).zip(batch) {
            if self.raw_bytes_with(value.len(), 1) > RAW_BYTES_MAX {
                self.close(commit);
            }
            let batch_ends = offset + 1 == first + batch.len() as u64;
            let promising = compression::may_shrink(value);
            if promising && value.len() > RAW_BYTES_MAX {
                self.add_large(commit, offset, value, batch_ends);
                continue;
            }
            let open = self.open.get_or_insert_with(|| {
                let start = begin(&mut self.buffer, offset);
                Open { start, promising_bytes: 0, batch_ends }
            });
            open.batch_ends = batch_ends;
            open.promising_bytes += if promising { value.len() } else { 0 };
            self.lengths.push(value.len() as u32);
            self.buffer.extend_from_slice(value);
        }
    }

    /// Completes the block to which the next batch would have been added.
    pub(super) fn close(&mut self, commit: CommitPlace) {
        let Some(Open { start, promising_bytes, batch_ends }) = self.open.take() else { return };
        let body = start.at + HEADER_BYTES;
        let records = self.lengths.len() as u32;
        if records > 1 {
            self.buffer.extend(self.lengths.iter().flat_map(|length| length.to_le_bytes()));
        }
        self.lengths.clear();
        let raw_bytes = self.buffer.len() - body;
        let promising = promising_bytes * 2 >= raw_bytes;
        let compressed = if promising { self.compressor.compress(&self.buffer[body..]) } else { None };
        let shrunk = compressed.is_some();
        if let Some(compressed) = compressed {
            self.buffer.truncate(body);
            self.buffer.extend_from_slice(compressed);
        }
        self.complete(commit, Written { start, records, raw_bytes, shrunk, batch_ends });
    }

    /// Adds a value in a block of its own, without having it in the buffer first.
    fn add_large(&mut self, commit: CommitPlace, offset: Offset, value: &[u8], batch_ends: bool) {
        debug_assert!(self.open.is_none(), "nothing shares a block with a value that is larger");
        let start = begin(&mut self.buffer, offset);
        let compressed = self.compressor.compress(value);
        let shrunk = compressed.is_some();
        self.buffer.extend_from_slice(compressed.unwrap_or(value));
        self.complete(commit, Written { start, records: 1, raw_bytes: value.len(), shrunk, batch_ends });
    }

    /// Fills in the header of the last block, whose body is there.
    fn complete(&mut self, commit: CommitPlace, written: Written) {
        let Written { start, records, raw_bytes, shrunk, batch_ends } = written;
        let body = start.at + HEADER_BYTES;
        let stored_bytes = self.buffer.len() - body;
        let flags = if batch_ends { BATCH_ENDS } else { 0 } | if shrunk { LZ4 } else { 0 };
        let mut header = &mut self.buffer[start.at + 4..body];
        header.put_u32_le(stored_bytes as u32);
        header.put_u64_le(start.first);
        header.put_i64_le(commit.appended_at_ms);
        header.put_u32_le((start.first - commit.first) as u32);
        header.put_u32_le(records);
        header.put_u32_le(flags);
        header.put_u32_le(raw_bytes as u32);
        let crc = crc32c::crc32c_append(commit.salt, &self.buffer[start.at + 4..]);
        self.buffer[start.at..start.at + 4].copy_from_slice(&crc.to_le_bytes());
        self.starts.push(start);
    }

    /// Most bytes that these blocks may take in a file.
    pub(super) fn bytes_max(&self) -> u64 {
        (self.buffer.len() + lengths_bytes(self.lengths.len())) as u64
    }

    /// What is to be written, once the last block is closed.
    pub(super) fn bytes(&self) -> &[u8] {
        debug_assert!(self.open.is_none(), "the last block is closed before it is written");
        &self.buffer
    }

    pub(super) fn starts(&self) -> &[Start] {
        &self.starts
    }

    /// Forgets all, but keeps memory up to so many bytes.
    pub(super) fn clear(&mut self, bytes_kept: usize) {
        self.buffer.clear();
        self.buffer.shrink_to(bytes_kept);
        self.compressor.shrink_to(bytes_kept);
        self.starts.clear();
        self.starts.shrink_to(bytes_kept / HEADER_BYTES);
        self.lengths.clear();
        self.lengths.shrink_to(bytes_kept / LENGTH_BYTES);
        self.open = None;
    }

    /// Length of the open block with so many bytes in so many values more.
    fn raw_bytes_with(&self, bytes: usize, values: usize) -> usize {
        let held = self.open.as_ref().map_or(0, |open| self.buffer.len() - open.start.at - HEADER_BYTES);
        held + bytes + lengths_bytes(self.lengths.len() + values)
    }
}

/// Leaves room for the header of a block that begins with a record.
fn begin(buffer: &mut Vec<u8>, first: Offset) -> Start {
    let start = Start { first, at: buffer.len() };
    buffer.resize(start.at + HEADER_BYTES, 0);
    start
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: CommitPlace = CommitPlace { salt: 7, first: 38, appended_at_ms: -5 };

    fn text(length: usize) -> Bytes {
        br#"{"event":"Order Completed"},"#.iter().copied().cycle().take(length).collect()
    }

    /// Blocks of batches, of which the first begins with offset 41.
    fn blocks(batches: &[Vec<Bytes>]) -> Blocks {
        let mut blocks = Blocks::default();
        let mut first = 41;
        for batch in batches {
            let most = blocks.bytes_max() + batch_bytes_max(batch);
            blocks.add(COMMIT, first, batch);
            assert!(blocks.bytes_max() <= most, "a batch takes no more than it may");
            first += batch.len() as u64;
        }
        blocks.close(COMMIT);
        blocks
    }

    /// Heads and values of all blocks in some bytes.
    fn read(mut bytes: &[u8]) -> Vec<(Head, Vec<Bytes>)> {
        let (mut found, mut expected) = (Vec::new(), 41);
        while !bytes.is_empty() {
            let Parsed::Block(head) = parse(Format::Current, bytes, COMMIT.salt, expected) else { panic!("no block") };
            let (block, rest) = bytes.split_at(head.block_bytes());
            found.push((head, head.values(Bytes::copy_from_slice(&block[HEADER_BYTES..])).unwrap()));
            (bytes, expected) = (rest, head.end());
        }
        found
    }

    #[test]
    fn a_block_reads_back_as_it_was_written() {
        let batches = [vec!["one".into(), Bytes::new()], vec![text(500)]];
        let found = read(blocks(&batches).bytes());
        let [(head, values)] = &found[..] else { panic!("{} blocks", found.len()) };
        assert_eq!(values, &batches.concat());
        assert_eq!((head.first, head.end(), head.appended_at_ms, head.commit_first()), (41, 44, -5, 38));
        assert!(head.batch_ends && head.compression == Some(Compression::Lz4));
    }

    #[test]
    fn many_short_records_are_compressed_together_and_compressed_ones_are_left_as_they_are() {
        let short = blocks(&vec![vec![text(100)]; 600]);
        assert_eq!(short.starts().len(), 1);
        assert!(short.bytes().len() < 2_000, "{}", short.bytes().len());
        let mut state = 1_u64;
        let random: Bytes = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(10_000)
        .collect();
        let mut found = read(blocks(&[vec![random.clone()]]).bytes());
        let (head, values) = found.remove(0);
        assert_eq!((head.compression, head.block_bytes()), (Some(Compression::None), 10_000 + HEADER_BYTES));
        assert_eq!(values, [random]);
    }

    #[test]
    fn a_block_holds_whole_batches_or_a_part_of_one_and_says_where_batches_end() {
        let batches =
            [vec![text(30_000)], vec![text(40_000)], vec![text(50_000); 3], vec![text(10)], vec![text(99_999)]];
        let found = read(blocks(&batches).bytes());
        let shape: Vec<_> = found.iter().map(|(head, _)| (head.first, head.records, head.batch_ends)).collect();
        let expected = [(41, 1, true), (42, 1, true), (43, 1, false), (44, 1, false), (45, 2, true), (47, 1, true)];
        assert_eq!(shape, expected);
        assert!(found.into_iter().flat_map(|(_, values)| values).eq(batches.concat()));
    }

    #[test]
    fn a_block_that_is_cut_asks_for_what_is_missing() {
        let blocks = blocks(&[vec!["value".into(), "other".into()]]);
        let bytes = blocks.bytes();
        for length in 0..bytes.len() {
            let needs = if length < HEADER_BYTES { HEADER_BYTES } else { bytes.len() };
            assert_eq!(parse(Format::Current, &bytes[..length], COMMIT.salt, 41), Parsed::Needs(needs));
        }
    }

    #[test]
    fn no_flipped_bit_goes_unnoticed() {
        for batch in [vec!["value".into(), "other".into()], vec![text(300)]] {
            let blocks = blocks(&[batch]);
            let bytes = blocks.bytes();
            for bit in 0..bytes.len() * 8 {
                let mut flipped = bytes.to_vec();
                flipped[bit / 8] ^= 1 << (bit % 8);
                let parsed = parse(Format::Current, &flipped, COMMIT.salt, 41);
                assert!(!matches!(parsed, Parsed::Block(_)), "bit {bit}");
            }
        }
    }

    #[test]
    fn a_block_of_another_file_or_another_place_is_damage() {
        let blocks = blocks(&[vec!["value".into()]]);
        let parse = |salt, expected| parse(Format::Current, blocks.bytes(), salt, expected);
        assert!(matches!(parse(COMMIT.salt + 1, 41), Parsed::Damaged(_)));
        assert!(matches!(parse(COMMIT.salt, 42), Parsed::Damaged(_)));
    }

    /// Headers that a checksum would not let through, should whoever wrote them know how to make one.
    #[test]
    fn no_header_makes_its_reader_take_more_memory_than_a_batch_may_have() {
        let honest = Head::decode(blocks(&[vec![text(300)]]).bytes());
        assert_eq!(honest.objection(41), None);
        let lies = [
            Head { raw_bytes: u32::MAX, ..honest },
            Head { raw_bytes: 64 << 20, ..honest },
            Head { stored_bytes: u32::MAX, ..honest },
            Head { records: u32::MAX, ..honest },
            Head { records: 0, ..honest },
            Head { records: 76, ..honest },
            Head { compression: Some(Compression::None), ..honest },
            Head { compression: None, ..honest },
        ];
        for lie in lies {
            assert!(lie.objection(41).is_some(), "{lie:?}");
        }
        let beyond = Head { first: Offset::MAX, ..honest };
        assert!(beyond.objection(Offset::MAX).is_some());
    }
}
