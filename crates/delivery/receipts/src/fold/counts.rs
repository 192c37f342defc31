use super::Latencies;
use crate::codec::{FormatError, Reader, Writer};
use crate::record::StateKind;

/// The end that a delivery has come to, as the delivery overview divides them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    Filtered,
    Delivered,
    /// What expired is among them.
    Failed,
}

impl Step {
    pub const ALL: [Self; 3] = [Self::Filtered, Self::Delivered, Self::Failed];

    /// None for a delivery that has not ended.
    pub fn of(state: StateKind) -> Option<Self> {
        match state {
            StateKind::Filtered => Some(Self::Filtered),
            StateKind::Delivered => Some(Self::Delivered),
            StateKind::Failed | StateKind::Expired => Some(Self::Failed),
            StateKind::Retrying => None,
        }
    }

    pub(crate) fn number(self) -> u8 {
        self as u8
    }
}

/// Deliveries that ended in one way within one time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub total: u64,
    /// Those of them that took more than one attempt.
    pub retried: u64,
    /// Attempts of theirs after the first one.
    pub retries: u64,
    /// From the arrival of the event to its delivery. Empty where nothing was delivered.
    pub latencies: Latencies,
}

impl Counts {
    pub fn add(&mut self, other: &Self) {
        self.total += other.total;
        self.retried += other.retried;
        self.retries += other.retries;
        self.latencies.merge(&other.latencies);
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        [self.total, self.retried, self.retries].into_iter().for_each(|number| out.number(number));
        self.latencies.write(out);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let [total, retried, retries] = [reader.number()?, reader.number()?, reader.number()?];
        Ok(Self { total, retried, retries, latencies: Latencies::read(reader)? })
    }
}
