//! What a part of the journal becomes: pure but for reading it.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroU32;

use bytes::Bytes;
use prime_event::{RequestRecord, share_out};
use prime_log::{Offset, Partition, ReadLimit, Record};

use crate::forwarder::ForwardError;

/// A round writes at most this much more than it reads, and one request, whatever bodies inflate to.
const INFLATION_MAX: usize = 4;

/// A part of the journal, shared out.
pub(crate) struct Round {
    /// By partition of `collected`, each in the order of the journal.
    pub(crate) values: BTreeMap<u32, Vec<Bytes>>,
    /// The place in the journal after it.
    pub(crate) next: Offset,
}

/// Shares out what `waiting` holds, reading on where it holds nothing. None at the end of the journal. Blocking.
pub(crate) fn round(
    journal: &Partition,
    waiting: &mut VecDeque<Record>,
    next: Offset,
    partitions: NonZeroU32,
    bytes_max: usize,
) -> Result<Option<Round>, ForwardError> {
    if waiting.is_empty() {
        if journal.bounds().end <= next {
            return Ok(None);
        }
        waiting.extend(journal.read(next, ReadLimit { bytes_max, records_max: usize::MAX })?);
    }
    let mut round = Round { values: BTreeMap::new(), next };
    let mut bytes = 0;
    while bytes < bytes_max * INFLATION_MAX
        && let Some(record) = waiting.pop_front()
    {
        for (partition, collected) in share_out(RequestRecord::decode(record.value)?, partitions) {
            let value = collected.encode();
            bytes += value.len();
            round.values.entry(partition).or_default().push(value);
        }
        round.next = record.offset + 1;
    }
    Ok(Some(round))
}
