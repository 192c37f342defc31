use bytes::{BufMut, Bytes, BytesMut};

use crate::id::WorkspaceId;
use crate::record::{Reader, RecordError, put_text};
use crate::timestamp::Timestamp;

const VERSION: u8 = 1;

/// Something that was found out: a value of the `computed` topic.
///
/// Its producer numbers what it writes about a workspace without gaps, and gives the same numbers when it does the same
/// work again: so after a crash it knows what is there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ComputedRecord {
    /// Who found it out, `identity` for example.
    pub producer: String,
    pub workspace: WorkspaceId,
    pub sequence: u64,
    /// Where in `events` it came from; the next event's offset where a person caused it.
    pub events_offset: u64,
    /// The time of the event or of the act that caused it.
    pub at: Timestamp,
    /// What was found out, as a JSON object with a `type`.
    pub payload: Bytes,
}

impl ComputedRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64 + self.payload.len());
        out.put_u8(VERSION);
        put_text(&mut out, &self.producer);
        put_text(&mut out, self.workspace.as_str());
        out.put_u64_le(self.sequence);
        out.put_u64_le(self.events_offset);
        out.put_i64_le(self.at.as_millis());
        out.put_slice(&self.payload);
        out.freeze()
    }

    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(RecordError::Version(other)),
        }
        let (producer, workspace) = (reader.text()?, WorkspaceId::new(reader.text()?));
        let (sequence, events_offset) = (reader.u64()?, reader.u64()?);
        let at = Timestamp::from_millis(reader.u64()? as i64);
        Ok(Self { producer, workspace, sequence, events_offset, at, payload: reader.rest() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_read_back_as_they_were_written() {
        let record = ComputedRecord {
            producer: "identity".into(),
            workspace: WorkspaceId::new("w"),
            sequence: 7,
            events_offset: 9,
            at: Timestamp::from_millis(-3),
            payload: Bytes::from_static(b"{}"),
        };
        let bytes = record.encode();
        assert_eq!(ComputedRecord::decode(bytes.clone()), Ok(record));
        for length in 0..bytes.len() - 2 {
            assert_eq!(ComputedRecord::decode(bytes.slice(..length)), Err(RecordError::Short));
        }
    }
}
