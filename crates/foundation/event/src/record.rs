//! How processed events, rejected messages and duplicates are written to the log.
//!
//! All records begin with a format version and the [`Origin`] of what they hold, so that a stage which crashed can
//! read the tail of its output and go on exactly after it.

use std::ops::{Range, RangeInclusive};

use bytes::{BufMut, Bytes, BytesMut};
use thiserror::Error;

use crate::id::{SourceId, WorkspaceId};
use crate::timestamp::Timestamp;

const VERSION: u8 = 1;

/// Where in the journal a message came from. Ordered as the journal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// Offset of the request in the journal.
    pub offset: u64,
    /// Place of the message within the request.
    pub index: u32,
}

/// One processed event: a value of the `events` topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventRecord {
    pub origin: Origin,
    pub received_at: Timestamp,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    /// The normalised message: one compact JSON object in valid UTF-8, without lone surrogates.
    pub payload: Bytes,
}

/// One message or request that was not taken: a value of the `rejected` topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RejectedRecord {
    pub origin: Origin,
    pub received_at: Timestamp,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    /// A [`crate::DiscardCode`] as text, so that later codes stay readable.
    pub code: String,
    pub detail: String,
    /// The bytes as they arrived, decompressed, cut to a bound.
    pub original: Bytes,
}

/// One message that had been processed before: a value of the `duplicates` topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateRecord {
    pub origin: Origin,
    pub received_at: Timestamp,
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub message_id: String,
    pub first: FirstSeen,
    /// The message as it arrived, decompressed, cut to a bound.
    pub original: Bytes,
}

/// Where the message that a duplicate repeats went: what the deduplication still knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FirstSeen {
    /// It was received within this time, both ends included.
    pub received: RangeInclusive<Timestamp>,
    /// It is one of these records of `events`, in the partition of the same number; none where only the time is known.
    pub events: Option<Range<u64>>,
}

/// The bytes are not a record of this kind.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RecordError {
    #[error("record ends too early")]
    Short,
    #[error("record has the unknown format version {0}")]
    Version(u8),
    #[error("record holds text that is not UTF-8")]
    Text,
    #[error("record holds the unknown tag {0}")]
    Tag(u8),
}

impl EventRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64 + self.payload.len());
        put_head(&mut out, self.origin, self.received_at, &self.workspace, &self.source);
        out.put_slice(&self.payload);
        out.freeze()
    }

    /// Writes what stands before the payload of an event: a record is this and then the payload.
    pub fn encode_head(
        out: &mut Vec<u8>,
        origin: Origin,
        received_at: Timestamp,
        workspace: &WorkspaceId,
        source: &SourceId,
    ) {
        put_head(out, origin, received_at, workspace, source);
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        let (origin, received_at, workspace, source) = take_head(&mut reader)?;
        Ok(Self { origin, received_at, workspace, source, payload: reader.rest() })
    }
}

impl RejectedRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(128 + self.original.len());
        put_head(&mut out, self.origin, self.received_at, &self.workspace, &self.source);
        put_text(&mut out, &self.code);
        put_text(&mut out, &self.detail);
        out.put_slice(&self.original);
        out.freeze()
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        let (origin, received_at, workspace, source) = take_head(&mut reader)?;
        let (code, detail) = (reader.text()?, reader.text()?);
        Ok(Self { origin, received_at, workspace, source, code, detail, original: reader.rest() })
    }
}

impl DuplicateRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(192 + self.original.len());
        put_head(&mut out, self.origin, self.received_at, &self.workspace, &self.source);
        put_text(&mut out, &self.message_id);
        out.put_i64_le(self.first.received.start().as_millis());
        out.put_i64_le(self.first.received.end().as_millis());
        // An empty range stands for none: it holds no record either way.
        let events = self.first.events.clone().unwrap_or(0..0);
        out.put_u64_le(events.start);
        out.put_u64_le(events.end);
        out.put_slice(&self.original);
        out.freeze()
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        let (origin, received_at, workspace, source) = take_head(&mut reader)?;
        let message_id = reader.text()?;
        let received = reader.time()?..=reader.time()?;
        let events = Some(reader.u64()?..reader.u64()?).filter(|range| !range.is_empty());
        let first = FirstSeen { received, events };
        Ok(Self { origin, received_at, workspace, source, message_id, first, original: reader.rest() })
    }
}

fn put_head(out: &mut impl BufMut, origin: Origin, received_at: Timestamp, workspace: &WorkspaceId, source: &SourceId) {
    out.put_u8(VERSION);
    out.put_u64_le(origin.offset);
    out.put_u32_le(origin.index);
    out.put_i64_le(received_at.as_millis());
    put_text(out, workspace.as_str());
    put_text(out, source.as_str());
}

fn take_head(reader: &mut Reader) -> Result<(Origin, Timestamp, WorkspaceId, SourceId), RecordError> {
    match reader.u8()? {
        VERSION => {}
        other => return Err(RecordError::Version(other)),
    }
    let origin = Origin { offset: reader.u64()?, index: reader.u32()? };
    let received_at = reader.time()?;
    Ok((origin, received_at, WorkspaceId::new(reader.text()?), SourceId::new(reader.text()?)))
}

/// Writes at most 65,535 bytes of a text, cut at a character, after their length.
pub(crate) fn put_text(out: &mut impl BufMut, text: &str) {
    let end = text.floor_char_boundary(usize::from(u16::MAX));
    out.put_u16_le(end as u16);
    out.put_slice(&text.as_bytes()[..end]);
}

/// Takes fields from the front of a record.
pub(crate) struct Reader(Bytes);

impl Reader {
    pub(crate) fn new(bytes: Bytes) -> Self {
        Self(bytes)
    }

    pub(crate) fn take(&mut self, length: usize) -> Result<Bytes, RecordError> {
        if self.0.len() < length {
            return Err(RecordError::Short);
        }
        Ok(self.0.split_to(length))
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], RecordError> {
        let mut array = [0; N];
        array.copy_from_slice(&self.take(N)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self) -> Result<u8, RecordError> {
        Ok(self.array::<1>()?[0])
    }

    pub(crate) fn u32(&mut self) -> Result<u32, RecordError> {
        self.array().map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self) -> Result<u64, RecordError> {
        self.array().map(u64::from_le_bytes)
    }

    pub(crate) fn time(&mut self) -> Result<Timestamp, RecordError> {
        self.array().map(i64::from_le_bytes).map(Timestamp::from_millis)
    }

    pub(crate) fn text(&mut self) -> Result<String, RecordError> {
        let length = u16::from_le_bytes(self.array()?);
        let bytes = self.take(usize::from(length))?;
        String::from_utf8(bytes.into()).map_err(|_| RecordError::Text)
    }

    pub(crate) fn rest(self) -> Bytes {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event() -> EventRecord {
        EventRecord {
            origin: Origin { offset: 7, index: 3 },
            received_at: Timestamp::from_millis(1_700_000_000_123),
            workspace: WorkspaceId::new("ws"),
            source: SourceId::new("source"),
            payload: Bytes::from_static(b"{}"),
        }
    }

    #[test]
    fn records_read_back_as_they_were_written() {
        assert_eq!(EventRecord::decode(event().encode()), Ok(event()));
        let rejected = RejectedRecord {
            origin: event().origin,
            received_at: event().received_at,
            workspace: event().workspace,
            source: event().source,
            code: "bad_request".into(),
            detail: "no".into(),
            original: Bytes::from_static(b"\x00\xff"),
        };
        assert_eq!(RejectedRecord::decode(rejected.encode()), Ok(rejected));
        for events in [None, Some(5..900)] {
            let duplicate = DuplicateRecord {
                origin: event().origin,
                received_at: event().received_at,
                workspace: event().workspace,
                source: event().source,
                message_id: "m-1".into(),
                first: FirstSeen { received: Timestamp::from_millis(-1)..=event().received_at, events },
                original: Bytes::from_static(b"{}"),
            };
            assert_eq!(DuplicateRecord::decode(duplicate.encode()), Ok(duplicate));
        }
    }

    #[test]
    fn a_cut_record_is_an_error_and_never_a_panic() {
        let bytes = event().encode();
        for length in 0..bytes.len() - 2 {
            assert_eq!(EventRecord::decode(bytes.slice(..length)), Err(RecordError::Short));
        }
        assert_eq!(EventRecord::decode(Bytes::from_static(&[9])), Err(RecordError::Version(9)));
    }
}
