use prime_event::{DestinationId, SourceId, WorkspaceId};
use prime_state::{Snapshot, StateError};

use super::{BYTES_KEY, Families, KeptReceipt, ReceiptId, damaged, keys};
use crate::codec::{FormatError, Reader, Writer};
use crate::fold::{Chunk, ChunkKey, Counts, Dimensions, PageKey, PairName, Past, Totals};

/// The store as it was at one moment.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    pub(crate) snapshot: Snapshot,
    pub(crate) families: Families,
}

impl Moment {
    /// The offset of the next record of a partition; none where none was taken yet.
    pub(crate) fn position(&self, partition: u32) -> Result<Option<u64>, StateError> {
        let found = self.snapshot.get(self.families.positions, &partition.to_be_bytes())?;
        found.map(|bytes| number(&bytes, "a position")).transpose()
    }

    pub(crate) fn receipt_bytes(&self) -> Result<u64, StateError> {
        let found = self.snapshot.get(self.families.bytes, BYTES_KEY)?;
        found.map_or(Ok(0), |bytes| number(&bytes, "the size"))
    }

    pub(crate) fn receipt(&self, id: ReceiptId) -> Result<Option<KeptReceipt>, StateError> {
        let found = self.snapshot.get(self.families.receipts, id.as_bytes())?;
        let decode = |bytes: prime_state::Value| KeptReceipt::decode(id, &bytes);
        found.map(decode).transpose().map_err(|error| damaged("a receipt", error))
    }

    /// The receipt of a delivery.
    pub(crate) fn receipt_of(&self, unit: &[u8]) -> Result<Option<KeptReceipt>, StateError> {
        let found = self.snapshot.get(self.families.units, unit)?;
        let id = found.and_then(|bytes| ReceiptId::from_bytes(&bytes));
        id.map_or(Ok(None), |id| self.receipt(id))
    }
}

impl Past for Moment {
    fn pairs(&self) -> Result<Vec<(PairName, u32)>, StateError> {
        let entries = self.snapshot.scan_prefix(self.families.pairs, b"");
        entries
            .map(|entry| {
                let (key, value) = entry?;
                let key = <[u8; 4]>::try_from(&key[..]).map_err(|_| damaged("a pair", FormatError::Short))?;
                let name = read_pair(&value).map_err(|error| damaged("a pair", error))?;
                Ok((name, u32::from_be_bytes(key)))
            })
            .collect()
    }

    fn totals(&self, pair: u32) -> Result<Totals, StateError> {
        let found = self.snapshot.get(self.families.totals, &pair.to_be_bytes())?;
        let read = |bytes: prime_state::Value| Totals::read(&mut Reader::versioned(&bytes, VERSION)?);
        found.map_or(Ok(Totals::default()), |bytes| read(bytes).map_err(|error| damaged("a total", error)))
    }

    fn chunk(&self, key: ChunkKey) -> Result<Option<Chunk>, StateError> {
        let found = self.snapshot.get(self.families.marks, &keys::chunk(&key))?;
        found.map(|bytes| read_chunk(&bytes).ok_or_else(|| damaged("a mark", FormatError::Short))).transpose()
    }

    fn page(&self, key: PageKey) -> Result<Vec<(Dimensions, Counts)>, StateError> {
        let rows = self.snapshot.scan_prefix(self.families.cells, &keys::page(&key));
        rows.map(|entry| read_row(&entry?.1).map_err(|error| damaged("a count", error))).collect()
    }
}

/// Of the small values that follow.
const VERSION: u8 = 1;

pub(super) fn write_pair(name: &PairName) -> Vec<u8> {
    let mut out = Writer::versioned(VERSION);
    [name.workspace.as_str(), name.source.as_str(), name.destination.as_str()]
        .into_iter()
        .for_each(|text| out.text(text));
    out.finish()
}

fn read_pair(bytes: &[u8]) -> Result<PairName, FormatError> {
    let mut reader = Reader::versioned(bytes, VERSION)?;
    Ok(PairName {
        workspace: WorkspaceId::new(reader.text()?),
        source: SourceId::new(reader.text()?),
        destination: DestinationId::new(reader.text()?),
    })
}

pub(super) fn write_totals(totals: &Totals) -> Vec<u8> {
    let mut out = Writer::versioned(VERSION);
    totals.write(&mut out);
    out.finish()
}

pub(super) fn write_chunk(chunk: &Chunk) -> Vec<u8> {
    [&chunk.day.to_be_bytes(), chunk.marks()].concat()
}

pub(super) fn read_chunk(bytes: &[u8]) -> Option<Chunk> {
    let (day, marks) = bytes.split_first_chunk()?;
    Some(Chunk::new(marks.try_into().ok()?, u32::from_be_bytes(*day)))
}

pub(super) fn write_row(dimensions: &Dimensions, counts: &Counts) -> Vec<u8> {
    let mut out = Writer::versioned(VERSION);
    dimensions.write(&mut out);
    counts.write(&mut out);
    out.finish()
}

pub(super) fn read_row(bytes: &[u8]) -> Result<(Dimensions, Counts), FormatError> {
    let mut reader = Reader::versioned(bytes, VERSION)?;
    Ok((Dimensions::read(&mut reader)?, Counts::read(&mut reader)?))
}

fn number(bytes: &[u8], what: &str) -> Result<u64, StateError> {
    let bytes = bytes.try_into().map_err(|_| damaged(what, FormatError::Short))?;
    Ok(u64::from_be_bytes(bytes))
}
