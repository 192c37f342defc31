use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prime_event::{DestinationId, WorkspaceId};
use prime_state::{State, StateError};

use crate::fold::Totals;
use crate::record::{Attempt, EventPlace, Lane};
use crate::store::{
    Families, KeptReceipt, KnownDelivery, Moment, OverviewGroup, OverviewQuery, ReceiptId, ReceiptPage, ReceiptQuery,
};

/// Answers questions about receipts, each on the store as it is at that moment. Cheap to clone.
///
/// The default is that of a node which follows no receipts: it knows of nothing and is never caught up.
///
/// All questions read files: ask them where blocking is allowed.
#[derive(Clone, Debug, Default)]
pub struct ReceiptsHandle {
    pub(crate) shared: Option<Arc<Shared>>,
}

/// What the service and its handles share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) state: State,
    pub(crate) families: Families,
    /// Of each partition, whether it was read to where it ended at that moment.
    pub(crate) caught_up: Vec<AtomicBool>,
    pub(crate) taken: AtomicU64,
    pub(crate) unreadable: AtomicU64,
}

/// How the following of receipts stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceiptsStatus {
    /// Whether everything that was written was read when it was last looked at.
    pub is_caught_up: bool,
    /// Records that were read since the service was opened.
    pub records_taken: u64,
    /// Those of them that could not be understood.
    pub records_unreadable: u64,
    /// Bytes of the receipts that are kept, before the disk compresses them.
    pub receipt_bytes: u64,
    /// Bytes on disk of everything.
    pub disk_bytes: u64,
}

impl ReceiptsHandle {
    /// Receipts that were begun before `before`, at most `count`, those begun last first.
    pub fn search(
        &self,
        query: &ReceiptQuery,
        before: Option<ReceiptId>,
        count: usize,
    ) -> Result<ReceiptPage, StateError> {
        self.moment().map_or(Ok(ReceiptPage::default()), |moment| moment.search(query, before, count))
    }

    /// One receipt of a workspace, with the attempts of it that are kept, oldest first.
    pub fn get(
        &self,
        workspace: &WorkspaceId,
        id: ReceiptId,
    ) -> Result<Option<(KeptReceipt, Vec<Attempt>)>, StateError> {
        let Some(moment) = self.moment() else { return Ok(None) };
        let found = moment.receipt(id)?.filter(|found| found.receipt.lane.workspace == *workspace);
        found.map(|found| Ok((found, moment.attempts(id)?))).transpose()
    }

    /// What is known of one delivery; none where nothing was told of it.
    pub fn delivery(&self, lane: &Lane, event: EventPlace) -> Result<Option<KnownDelivery>, StateError> {
        self.moment().map_or(Ok(None), |moment| moment.delivery(lane, event))
    }

    /// The attempts of a receipt that are kept, oldest first.
    pub fn attempts(&self, id: ReceiptId) -> Result<Vec<Attempt>, StateError> {
        self.moment().map_or(Ok(Vec::new()), |moment| moment.attempts(id))
    }

    /// Counts over time, the group with the highest total first.
    pub fn overview(&self, query: &OverviewQuery) -> Result<Vec<OverviewGroup>, StateError> {
        self.moment().map_or(Ok(Vec::new()), |moment| moment.overview(query))
    }

    /// What became of everything that was begun for a destination, since its first receipt.
    pub fn totals(&self, workspace: &WorkspaceId, destination: &DestinationId) -> Result<Totals, StateError> {
        self.moment().map_or(Ok(Totals::default()), |moment| moment.destination_totals(workspace, destination))
    }

    /// None on a node that follows no receipts.
    pub fn status(&self) -> Result<Option<ReceiptsStatus>, StateError> {
        let Some(shared) = &self.shared else { return Ok(None) };
        let moment = Moment { snapshot: shared.state.snapshot(), families: shared.families };
        Ok(Some(ReceiptsStatus {
            is_caught_up: shared.caught_up.iter().all(|caught_up| caught_up.load(Ordering::Acquire)),
            records_taken: shared.taken.load(Ordering::Relaxed),
            records_unreadable: shared.unreadable.load(Ordering::Relaxed),
            receipt_bytes: moment.receipt_bytes()?,
            disk_bytes: shared.state.bytes(),
        }))
    }

    /// The offset of the next record of a partition that will be read; none where none was read yet.
    pub fn position(&self, partition: u32) -> Result<Option<u64>, StateError> {
        self.moment().map_or(Ok(None), |moment| moment.position(partition))
    }

    fn moment(&self) -> Option<Moment> {
        let shared = self.shared.as_ref()?;
        Some(Moment { snapshot: shared.state.snapshot(), families: shared.families })
    }
}
