use prime_state::{Access, Batch, Family, FamilyOptions, Snapshot, State, StateError};

/// `commit-point`: one row, [`CommitPoint`]. Written with every batch.
const POINT: FamilyOptions = FamilyOptions { name: "commit-point", access: Access::Points };
/// `outbox`: from a sequence number to a record for `computed`. Written with an act of a person, removed once the record
/// is there.
const OUTBOX: FamilyOptions = FamilyOptions { name: "outbox", access: Access::Points };

const KEY: &[u8] = b"at";

/// Up to where everything else in the state goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct CommitPoint {
    /// The next event to be taken.
    pub(crate) events_next: u64,
    /// The number of the next record for `computed`.
    pub(crate) sequence_next: u64,
    /// Records of `computed` before this offset are older than the state.
    pub(crate) computed_next: u64,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct CommitFamilies {
    point: Family,
    outbox: Family,
}

impl CommitFamilies {
    pub(crate) fn open(state: &State) -> Result<Self, StateError> {
        Ok(Self { point: state.family(POINT)?, outbox: state.family(OUTBOX)? })
    }

    /// None in a new state.
    pub(crate) fn read(&self, snapshot: &Snapshot) -> Result<Option<CommitPoint>, StateError> {
        let Some(value) = snapshot.get(self.point, KEY)? else { return Ok(None) };
        let damaged = || StateError::Damaged("the commit point has another length".into());
        let numbers: &[u8; 24] = value[..].try_into().map_err(|_| damaged())?;
        let number = |place: usize| numbers[place * 8..].first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
        Ok(Some(CommitPoint { events_next: number(0), sequence_next: number(1), computed_next: number(2) }))
    }

    pub(crate) fn put(&self, point: CommitPoint, batch: &mut Batch) {
        let numbers = [point.events_next, point.sequence_next, point.computed_next];
        batch.put(self.point, KEY, numbers.map(u64::to_be_bytes).concat());
    }

    pub(crate) fn put_waiting(&self, sequence: u64, record: &[u8], batch: &mut Batch) {
        batch.put(self.outbox, sequence.to_be_bytes(), record);
    }

    pub(crate) fn remove_waiting(&self, sequence: u64, batch: &mut Batch) {
        batch.remove(self.outbox, sequence.to_be_bytes());
    }

    /// Records that may not have reached `computed`, with their numbers, in order.
    pub(crate) fn waiting(&self, snapshot: &Snapshot) -> Result<Vec<(u64, Vec<u8>)>, StateError> {
        let entries = snapshot.scan_prefix(self.outbox, b"").map(|entry| {
            let (key, value) = entry?;
            let sequence = key[..].try_into().map_err(|_| StateError::Damaged("a key of the outbox".into()))?;
            Ok((u64::from_be_bytes(sequence), value.to_vec()))
        });
        entries.collect()
    }
}
