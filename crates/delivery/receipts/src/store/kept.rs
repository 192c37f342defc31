use prime_event::Timestamp;

use super::ReceiptId;
use crate::codec::{FormatError, Reader, Writer};
use crate::record::{Attempt, Reason, Receipt, put_reason, put_receipt, take_reason, take_receipt};

const VERSION: u8 = 1;

/// A receipt as it is kept: what became of one event at one destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptReceipt {
    pub id: ReceiptId,
    /// The step that was told last, until an end was told; without attempts, which are kept apart.
    pub receipt: Receipt,
    /// Attempts that were told of.
    pub attempts_total: u32,
    pub last_attempt: Option<LastAttempt>,
    /// Bytes that this receipt and its attempts take.
    pub(crate) bytes: u64,
}

/// The last attempt without what was sent and came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastAttempt {
    pub at: Timestamp,
    pub number: u32,
    pub status: Option<u16>,
    pub latency_ms: u64,
    pub reason: Reason,
}

impl From<&Attempt> for LastAttempt {
    fn from(attempt: &Attempt) -> Self {
        let Attempt { at, number, status, latency_ms, reason, .. } = attempt;
        Self { at: *at, number: *number, status: *status, latency_ms: *latency_ms, reason: reason.clone() }
    }
}

impl KeptReceipt {
    /// Whether an attempt comes after all that were told of. One that does not was told of before.
    pub(crate) fn is_new(&self, attempt: &Attempt) -> bool {
        self.last_attempt.as_ref().is_none_or(|last| (attempt.at, attempt.number) > (last.at, last.number))
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer::versioned(VERSION);
        put_receipt(&mut out, &self.receipt);
        out.number(u64::from(self.attempts_total));
        out.option(self.last_attempt.as_ref(), |out, last| {
            out.time(last.at);
            out.number(u64::from(last.number));
            out.option(last.status, |out, status| out.number(u64::from(status)));
            out.number(last.latency_ms);
            put_reason(out, &last.reason);
        });
        out.number(self.bytes);
        out.finish()
    }

    pub(crate) fn decode(id: ReceiptId, bytes: &[u8]) -> Result<Self, FormatError> {
        let mut reader = Reader::versioned(bytes, VERSION)?;
        let receipt = take_receipt(&mut reader)?;
        let attempts_total = reader.small()?;
        let last_attempt = reader.option(|reader| {
            Ok(LastAttempt {
                at: reader.time()?,
                number: reader.small()?,
                status: reader.option(Reader::small)?,
                latency_ms: reader.number()?,
                reason: take_reason(reader)?,
            })
        })?;
        Ok(Self { id, receipt, attempts_total, last_attempt, bytes: reader.number()? })
    }
}
