//! A chunk of the id log: ids in the order in which they were kept, with what a restart and a hit need to know.
//!
//! ```text
//! 0   magic "PDCH"          16  ids: u32              40  events_from: u64      64  base generation: i32
//! 4   version: u32          20  room for ids: u32     48  events_to: u64        68  checksum of the body: u32
//! 8   number: u64           24  first_ms: i64         56  covers: u64           72  covers_clock_ms: i64
//!                           32  last_ms: i64                                    80  checksum of the head: u32
//! 84  keys, 16 bytes each, then generations, 2 bytes each, then zeros up to the room
//! ```

use crate::bytes::{i32_at, i64_at, u16_at, u32_at, u64_at, u128_at};
use crate::key::MessageKey;

pub(crate) const HEAD_BYTES: usize = 84;
const MAGIC: &[u8; 4] = b"PDCH";
const VERSION: u32 = 1;
const KEY_BYTES: usize = 16;
const GENERATION_BYTES: usize = 2;
const UNTIMED: u16 = u16::MAX;
/// Generations are stored above this distance from the base, so that some lie before it.
const BASE_PLACE: i64 = 32_768;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Chunks count up over all epochs.
    pub(crate) number: u64,
    pub(crate) ids: u32,
    /// The clock at the first and at the last id.
    pub(crate) first_ms: i64,
    pub(crate) last_ms: i64,
    /// Where in `events` its messages are.
    pub(crate) events_from: u64,
    pub(crate) events_to: u64,
    /// With this chunk and all before, the log has everything of `events` below.
    pub(crate) covers: u64,
    /// The clock when `events` had come to there.
    pub(crate) covers_clock_ms: i64,
    pub(crate) base_generation: i32,
    pub(crate) body_checksum: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) key: MessageKey,
    pub(crate) generation: Option<i32>,
}

/// What a chunk takes on disk.
pub(crate) fn chunk_bytes(room: usize) -> usize {
    HEAD_BYTES + room * (KEY_BYTES + GENERATION_BYTES)
}

/// Adds a whole chunk to `out`. `ids` and `body_checksum` of the head are taken from the entries.
pub(crate) fn encode(head: &Head, entries: &[Entry], room: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.resize(start + HEAD_BYTES, 0);
    for entry in entries {
        out.extend_from_slice(&entry.key.0.to_le_bytes());
    }
    for entry in entries {
        out.extend_from_slice(&stored(entry.generation, head.base_generation).to_le_bytes());
    }
    let body_checksum = crc32c::crc32c(&out[start + HEAD_BYTES..]);
    out.resize(start + chunk_bytes(room), 0);
    let bytes = &mut out[start..start + HEAD_BYTES];
    let mut put = |at: usize, field: &[u8]| bytes[at..at + field.len()].copy_from_slice(field);
    put(0, MAGIC);
    put(4, &VERSION.to_le_bytes());
    put(8, &head.number.to_le_bytes());
    put(16, &(entries.len() as u32).to_le_bytes());
    put(20, &(room as u32).to_le_bytes());
    put(24, &head.first_ms.to_le_bytes());
    put(32, &head.last_ms.to_le_bytes());
    put(40, &head.events_from.to_le_bytes());
    put(48, &head.events_to.to_le_bytes());
    put(56, &head.covers.to_le_bytes());
    put(64, &head.base_generation.to_le_bytes());
    put(68, &body_checksum.to_le_bytes());
    put(72, &head.covers_clock_ms.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..80]);
    bytes[80..84].copy_from_slice(&checksum.to_le_bytes());
}

impl Head {
    /// None unless these bytes are the head of that chunk, as it was written.
    pub(crate) fn decode(bytes: &[u8], number: u64, room: usize) -> Option<Self> {
        if bytes.len() < HEAD_BYTES || &bytes[..4] != MAGIC || crc32c::crc32c(&bytes[..80]) != u32_at(bytes, 80) {
            return None;
        }
        let head = Self {
            number: u64_at(bytes, 8),
            ids: u32_at(bytes, 16),
            first_ms: i64_at(bytes, 24),
            last_ms: i64_at(bytes, 32),
            events_from: u64_at(bytes, 40),
            events_to: u64_at(bytes, 48),
            covers: u64_at(bytes, 56),
            covers_clock_ms: i64_at(bytes, 72),
            base_generation: i32_at(bytes, 64),
            body_checksum: u32_at(bytes, 68),
        };
        let is_it = u32_at(bytes, 4) == VERSION && head.number == number && u32_at(bytes, 20) as usize == room;
        (is_it && head.ids as usize <= room).then_some(head)
    }
}

/// A chunk that was read and is as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Chunk<'a> {
    pub(crate) head: Head,
    body: &'a [u8],
}

impl<'a> Chunk<'a> {
    pub(crate) fn decode(bytes: &'a [u8], number: u64, room: usize) -> Option<Self> {
        let head = Head::decode(bytes, number, room)?;
        let body = bytes.get(HEAD_BYTES..HEAD_BYTES + head.ids as usize * (KEY_BYTES + GENERATION_BYTES))?;
        (crc32c::crc32c(body) == head.body_checksum).then_some(Self { head, body })
    }

    pub(crate) fn find(&self, key: MessageKey) -> Option<Entry> {
        let wanted = key.0.to_le_bytes();
        let keys = self.body[..self.ids() * KEY_BYTES].as_chunks::<KEY_BYTES>().0;
        keys.iter().position(|stored| *stored == wanted).map(|place| self.entry(place))
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = Entry> + 'a {
        let chunk = *self;
        (0..self.ids()).map(move |place| chunk.entry(place))
    }

    fn ids(&self) -> usize {
        self.head.ids as usize
    }

    fn entry(&self, place: usize) -> Entry {
        let key = MessageKey(u128_at(self.body, place * KEY_BYTES));
        let stored = u16_at(self.body, self.ids() * KEY_BYTES + place * GENERATION_BYTES);
        let generation = (stored != UNTIMED)
            .then(|| i32::try_from(i64::from(stored) - BASE_PLACE + i64::from(self.head.base_generation)).ok());
        Entry { key, generation: generation.flatten() }
    }
}

/// Generations lie within some hundred of the arrival's. One that does not fit would be a message without time.
fn stored(generation: Option<i32>, base: i32) -> u16 {
    let distance = generation.map(|generation| i64::from(generation) - i64::from(base) + BASE_PLACE);
    distance.and_then(|distance| u16::try_from(distance).ok()).unwrap_or(UNTIMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head() -> Head {
        Head {
            number: 9,
            ids: 3,
            first_ms: -5,
            last_ms: 7,
            events_from: 1,
            events_to: 4,
            covers: 3,
            covers_clock_ms: 6,
            base_generation: 100,
            body_checksum: 0,
        }
    }

    fn entries() -> [Entry; 3] {
        [(1, Some(100)), (u128::MAX, Some(-20)), (7, None)]
            .map(|(key, generation)| Entry { key: MessageKey(key), generation })
    }

    fn encoded() -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(&head(), &entries(), 5, &mut bytes);
        bytes
    }

    #[test]
    fn a_chunk_is_read_as_it_was_written() {
        let bytes = encoded();
        assert_eq!(bytes.len(), chunk_bytes(5));
        let chunk = Chunk::decode(&bytes, 9, 5).unwrap();
        assert_eq!(chunk.head, Head { body_checksum: chunk.head.body_checksum, ..head() });
        assert_eq!(chunk.entries().collect::<Vec<_>>(), entries());
        assert_eq!(chunk.find(MessageKey(7)), Some(entries()[2]));
        assert_eq!(chunk.find(MessageKey(8)), None);
    }

    #[test]
    fn no_flipped_bit_of_a_chunk_goes_unnoticed() {
        let bytes = encoded();
        let used = HEAD_BYTES + 3 * (KEY_BYTES + GENERATION_BYTES);
        for bit in 0..used * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(Chunk::decode(&damaged, 9, 5).is_none(), "bit {bit}");
        }
        assert!(Chunk::decode(&bytes, 10, 5).is_none(), "another chunk");
        assert!(Chunk::decode(&bytes, 9, 6).is_none(), "another room");
        assert!(Chunk::decode(&bytes[..used - 1], 9, 5).is_none(), "cut off");
    }

    #[test]
    fn a_generation_too_far_from_the_arrival_reads_as_none() {
        let far = [Entry { key: MessageKey(1), generation: Some(i32::MAX) }];
        let mut bytes = Vec::new();
        encode(&head(), &far, 5, &mut bytes);
        assert_eq!(Chunk::decode(&bytes, 9, 5).unwrap().entries().next().unwrap().generation, None);
    }
}
