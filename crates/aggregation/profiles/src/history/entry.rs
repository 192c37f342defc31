//! One event of a history as it is stored.
//!
//! Version, kind, name's hash, source, the fragments of the other identifiers on the event; then the payload, compressed with
//! what events have in common ([`DICTIONARY`]), as a single event repeats little of itself. Reading a page takes few
//! blocks, since neighbours in a history are neighbours on disk.

use bytes::Bytes;
use lz4_flex::block::decompress_into_with_dict;
use prime_event::{MessageType, SourceId};
use xxhash_rust::xxh3::xxh3_64;

use super::place::Place;
use crate::encoding::{Damaged, Reader, put_number, put_text};
use crate::event::ProfileEvent;
use crate::fragment::FragmentId;

const VERSION: u8 = 1;
/// What payloads are compressed with under version 1: it never changes, as what was written with it could not be read.
pub(super) const DICTIONARY: &[u8] = include_bytes!("dictionary.v1.txt");
/// An event is smaller by far; whatever claims to be larger is damaged.
const PAYLOAD_BYTES_MAX: usize = 1 << 20;

/// One event in the history of a fragment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistoryEntry {
    /// In whose history it stands.
    pub owner: FragmentId,
    pub place: Place,
    pub kind: MessageType,
    pub source: SourceId,
    /// The other identifiers on the event.
    pub named: Vec<FragmentId>,
    /// The message itself.
    pub payload: Bytes,
}

/// What can be told of an entry without its payload.
pub(crate) struct EntryHead {
    pub(crate) kind: MessageType,
    pub(crate) name: u32,
}

/// By what names are compared before anything is decompressed: none is 0.
pub(crate) fn name_hash(name: Option<&str>) -> u32 {
    name.map_or(0, |name| xxh3_64(name.as_bytes()) as u32 | 1)
}

impl HistoryEntry {
    pub fn encode(event: &ProfileEvent, named: &[FragmentId]) -> Vec<u8> {
        let packed = event.pack();
        let mut out = Vec::with_capacity(64 + named.len() * 16 + packed.len());
        out.push(VERSION);
        out.push(kind_byte(event.kind));
        out.extend_from_slice(&name_hash(event.name.as_deref()).to_le_bytes());
        put_text(&mut out, event.stamp.source.as_str());
        put_number(&mut out, named.len() as u64);
        for fragment in named {
            out.extend_from_slice(fragment.as_bytes());
        }
        put_number(&mut out, event.payload.len() as u64);
        out.extend_from_slice(packed);
        out
    }

    /// The name by which it is filtered: that of a track call, "Page Viewed" and "Screen Viewed".
    pub fn name(&self) -> Option<Box<str>> {
        ProfileEvent::name_in(self.kind, &self.payload)
    }

    pub(crate) fn head(bytes: &[u8]) -> Result<EntryHead, Damaged> {
        let mut reader = Reader::new(bytes, "event of a history");
        head(&mut reader)
    }

    pub fn decode(owner: FragmentId, place: Place, bytes: &[u8]) -> Result<Self, Damaged> {
        let mut reader = Reader::new(bytes, "event of a history");
        let kind = head(&mut reader)?.kind;
        let source = SourceId::new(reader.text()?);
        let named = reader.length()?;
        let named = (0..named).map(|_| reader.fragment()).collect::<Result<_, _>>()?;
        let length = reader.length()?;
        let damaged = reader.damaged();
        if length > PAYLOAD_BYTES_MAX {
            return Err(damaged);
        }
        let mut payload = vec![0; length];
        match decompress_into_with_dict(reader.rest(), &mut payload, DICTIONARY) {
            Ok(unpacked) if unpacked == length => {}
            _ => return Err(damaged),
        }
        Ok(Self { owner, place, kind, source, named, payload: payload.into() })
    }
}

fn head(reader: &mut Reader<'_>) -> Result<EntryHead, Damaged> {
    if reader.u8()? != VERSION {
        return Err(reader.damaged());
    }
    let kind = usize::from(reader.u8()?);
    let kind = MessageType::ALL.get(kind).copied().ok_or(reader.damaged())?;
    let name = u32::from_le_bytes(reader.bytes(4)?.try_into().expect("four bytes were taken"));
    Ok(EntryHead { kind, name })
}

fn kind_byte(kind: MessageType) -> u8 {
    MessageType::ALL.iter().position(|known| *known == kind).expect("all kinds are listed") as u8
}

#[cfg(test)]
mod tests {
    use prime_event::Timestamp;

    use super::*;
    use crate::stamp::Stamp;

    fn event(payload: &'static [u8]) -> ProfileEvent {
        ProfileEvent {
            stamp: Stamp::new(Timestamp::from_millis(3), "m", SourceId::new("web")),
            kind: MessageType::Page,
            name: Some("Page Viewed".into()),
            traits: Vec::new(),
            zoneless_traits: 0,
            payload: Bytes::from_static(payload),
            packed: std::sync::OnceLock::new(),
        }
    }

    #[test]
    fn an_event_reads_back_digit_for_digit() {
        for payload in [&b"{}"[..], br#"{"type":"page","properties":{"n":1.50},"context":{"locale":"de-DE"}}"#] {
            let event = event(payload);
            let named = [[1; 16], [7; 16]].map(FragmentId::from_bytes);
            let bytes = HistoryEntry::encode(&event, &named);
            let entry = HistoryEntry::decode(named[0], Place::of(&event.stamp), &bytes).unwrap();
            assert_eq!((&entry.payload[..], &entry.named[..]), (payload, &named[..]));
            assert_eq!((entry.kind, entry.source.as_str()), (MessageType::Page, "web"));
            for length in 0..bytes.len() {
                assert!(HistoryEntry::decode(entry.owner, entry.place, &bytes[..length]).is_err(), "cut at {length}");
            }
        }
    }

    #[test]
    fn the_dictionary_of_the_first_version_never_changes() {
        assert_eq!((DICTIONARY.len(), xxh3_64(DICTIONARY)), (7938, 14_941_749_643_754_886_402));
    }
}
