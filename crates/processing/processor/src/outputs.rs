use bytes::Bytes;
use prime_event::{DuplicateRecord, Origin, RejectedRecord};

/// What a stretch of the input became and is not written yet, in order.
#[derive(Default)]
pub(crate) struct Outputs {
    /// As they are written.
    pub(crate) events: Vec<(Origin, Bytes)>,
    pub(crate) rejected: Vec<RejectedRecord>,
    pub(crate) duplicates: Vec<DuplicateRecord>,
}

/// The last message that each output holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ends {
    pub(crate) events: Option<Origin>,
    pub(crate) rejected: Option<Origin>,
    pub(crate) duplicates: Option<Origin>,
}

/// [`Outputs`] as they are written.
pub(crate) struct Encoded {
    pub(crate) events: Vec<Bytes>,
    pub(crate) rejected: Vec<Bytes>,
    pub(crate) duplicates: Vec<Bytes>,
    pub(crate) ends: Ends,
}

impl Outputs {
    pub(crate) fn encode(self) -> Encoded {
        Encoded {
            ends: self.ends(),
            events: self.events.into_iter().map(|(_, record)| record).collect(),
            rejected: self.rejected.iter().map(RejectedRecord::encode).collect(),
            duplicates: self.duplicates.iter().map(DuplicateRecord::encode).collect(),
        }
    }

    fn ends(&self) -> Ends {
        Ends {
            events: self.events.last().map(|(origin, _)| *origin),
            rejected: self.rejected.last().map(|record| record.origin),
            duplicates: self.duplicates.last().map(|record| record.origin),
        }
    }
}

impl Ends {
    /// Once more has been written.
    pub(crate) fn move_to(&mut self, later: Self) {
        self.events = self.events.max(later.events);
        self.rejected = self.rejected.max(later.rejected);
        self.duplicates = self.duplicates.max(later.duplicates);
    }
}
