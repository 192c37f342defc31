use std::iter::Sum;

use crate::codec::{FormatError, Reader, Writer};
use crate::record::StateKind;

/// What became of everything that was begun for a destination, since the first record:
/// `received = filtered + delivered + failed + expired + waiting`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    pub received: u64,
    pub filtered: u64,
    pub delivered: u64,
    pub failed: u64,
    pub expired: u64,
    /// An attempt failed and another one follows.
    pub waiting: u64,
}

impl Totals {
    /// Whether everything has come to exactly one end or waits.
    pub fn is_balanced(&self) -> bool {
        self.received == self.filtered + self.delivered + self.failed + self.expired + self.waiting
    }

    pub(crate) fn of(&mut self, state: StateKind) -> &mut u64 {
        match state {
            StateKind::Filtered => &mut self.filtered,
            StateKind::Delivered => &mut self.delivered,
            StateKind::Retrying => &mut self.waiting,
            StateKind::Failed => &mut self.failed,
            StateKind::Expired => &mut self.expired,
        }
    }

    fn numbers(&self) -> [u64; 6] {
        [self.received, self.filtered, self.delivered, self.failed, self.expired, self.waiting]
    }

    fn from_numbers([received, filtered, delivered, failed, expired, waiting]: [u64; 6]) -> Self {
        Self { received, filtered, delivered, failed, expired, waiting }
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        self.numbers().into_iter().for_each(|number| out.number(number));
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, FormatError> {
        let mut numbers = [0; 6];
        for number in &mut numbers {
            *number = reader.number()?;
        }
        Ok(Self::from_numbers(numbers))
    }
}

impl Sum for Totals {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        let add = |sum: [u64; 6], one: Self| std::array::from_fn(|place| sum[place] + one.numbers()[place]);
        Self::from_numbers(all.fold([0; 6], add))
    }
}
