//! The ledger of conservation: what became of every message that was accepted, by source and minute.
//!
//! The processor writes one record for each stretch of its input, after the outputs of that stretch. Records of one
//! partition join without a gap and without an overlap, so their sums count every accepted message exactly once, whatever
//! crashed in between; and where the last one ends, the processor goes on.

use bytes::{BufMut, Bytes, BytesMut};

use crate::code::DiscardCode;
use crate::id::{SourceId, WorkspaceId};
use crate::record::{Reader, RecordError, put_text};
use crate::timestamp::Timestamp;

const VERSION: u8 = 1;
const MINUTE_MS: i64 = 60_000;

/// What became of one stretch of the processor's input: a value of the `ledger` topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerRecord {
    /// The first offset of the stretch.
    pub from: u64,
    /// The offset after its last.
    pub next: u64,
    /// In order of workspace, source and minute; each of them once.
    pub lines: Vec<LedgerLine>,
}

/// What a stretch held of one source's messages that were received within one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerLine {
    pub workspace: WorkspaceId,
    pub source: SourceId,
    /// The start of the minute in which the requests were received.
    pub minute: Timestamp,
    pub counts: LedgerCounts,
}

/// Messages by what became of them: `accepted = processed + duplicates + the sum of rejected`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerCounts {
    /// Acknowledged to their sender. A batch without messages counts as one.
    pub accepted: u64,
    /// Written to `events`.
    pub processed: u64,
    /// Known already, and kept out of `events`.
    pub duplicates: u64,
    /// Written to `rejected`, by reason, in the order of the codes; each code once.
    pub rejected: Vec<(DiscardCode, u64)>,
}

impl LedgerCounts {
    pub fn add_rejected(&mut self, code: DiscardCode, messages: u64) {
        match self.rejected.binary_search_by_key(&code, |(code, _)| *code) {
            Ok(place) => self.rejected[place].1 += messages,
            Err(place) => self.rejected.insert(place, (code, messages)),
        }
    }

    pub fn rejected_total(&self) -> u64 {
        self.rejected.iter().map(|(_, messages)| messages).sum()
    }

    /// Whether every accepted message has come to exactly one end.
    pub fn is_balanced(&self) -> bool {
        self.accepted == self.processed + self.duplicates + self.rejected_total()
    }

    pub fn add(&mut self, other: &Self) {
        self.accepted += other.accepted;
        self.processed += other.processed;
        self.duplicates += other.duplicates;
        for (code, messages) in &other.rejected {
            self.add_rejected(*code, *messages);
        }
    }
}

impl LedgerLine {
    /// The minute of the ledger that a time belongs to.
    pub fn minute_of(time: Timestamp) -> Timestamp {
        Timestamp::from_millis(time.as_millis().div_euclid(MINUTE_MS) * MINUTE_MS)
    }
}

impl LedgerRecord {
    pub fn encode(&self) -> Bytes {
        let mut out = BytesMut::with_capacity(64 + 96 * self.lines.len());
        out.put_u8(VERSION);
        out.put_u64_le(self.from);
        out.put_u64_le(self.next);
        out.put_u32_le(self.lines.len() as u32);
        for line in &self.lines {
            put_text(&mut out, line.workspace.as_str());
            put_text(&mut out, line.source.as_str());
            out.put_i64_le(line.minute.as_millis());
            let LedgerCounts { accepted, processed, duplicates, rejected } = &line.counts;
            [accepted, processed, duplicates].into_iter().for_each(|count| out.put_u64_le(*count));
            out.put_u32_le(rejected.len() as u32);
            for (code, messages) in rejected {
                put_text(&mut out, code.as_str());
                out.put_u64_le(*messages);
            }
        }
        out.freeze()
    }

    /// A code that this version does not know counts as a message that could not be read, so that sums still add up.
    pub fn decode(bytes: Bytes) -> Result<Self, RecordError> {
        let mut reader = Reader::new(bytes);
        match reader.u8()? {
            VERSION => {}
            other => return Err(RecordError::Version(other)),
        }
        let (from, next) = (reader.u64()?, reader.u64()?);
        let lines = reader.u32()?;
        let lines = (0..lines).map(|_| take_line(&mut reader)).collect::<Result<_, _>>()?;
        Ok(Self { from, next, lines })
    }
}

fn take_line(reader: &mut Reader) -> Result<LedgerLine, RecordError> {
    let (workspace, source) = (WorkspaceId::new(reader.text()?), SourceId::new(reader.text()?));
    let minute = reader.time()?;
    let (accepted, processed, duplicates) = (reader.u64()?, reader.u64()?, reader.u64()?);
    let mut counts = LedgerCounts { accepted, processed, duplicates, rejected: Vec::new() };
    for _ in 0..reader.u32()? {
        let code = DiscardCode::parse(&reader.text()?).unwrap_or(DiscardCode::BadRequest);
        counts.add_rejected(code, reader.u64()?);
    }
    Ok(LedgerLine { workspace, source, minute, counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> LedgerRecord {
        let mut counts = LedgerCounts { accepted: 9, processed: 4, duplicates: 2, rejected: Vec::new() };
        counts.add_rejected(DiscardCode::NoUserAnonId, 1);
        counts.add_rejected(DiscardCode::EmptyBatch, 1);
        counts.add_rejected(DiscardCode::NoUserAnonId, 1);
        let line = LedgerLine {
            workspace: WorkspaceId::new("w"),
            source: SourceId::new("s"),
            minute: LedgerLine::minute_of(Timestamp::from_millis(1_700_000_000_123)),
            counts,
        };
        LedgerRecord { from: 3, next: 9, lines: vec![line.clone(), LedgerLine { source: SourceId::new("t"), ..line }] }
    }

    #[test]
    fn a_record_reads_back_as_it_was_written_and_a_cut_one_is_an_error() {
        let bytes = record().encode();
        for length in 0..bytes.len() {
            assert!(LedgerRecord::decode(bytes.slice(..length)).is_err(), "{length}");
        }
        assert_eq!(LedgerRecord::decode(bytes), Ok(record()));
    }

    #[test]
    fn counts_are_balanced_when_every_message_has_come_to_one_end() {
        let mut counts = record().lines[0].counts.clone();
        assert_eq!(counts.rejected, [(DiscardCode::EmptyBatch, 1), (DiscardCode::NoUserAnonId, 2)]);
        assert!(counts.is_balanced());
        counts.add(&counts.clone());
        assert!(counts.is_balanced());
        counts.duplicates += 1;
        assert!(!counts.is_balanced());
    }
}
