//! What a history comes to, in the plainest way: all of it in memory, each question a pass over everything.

use std::collections::BTreeMap;

use prime_event::Timestamp;
use prime_receipts::{Dimensions, EventPlace, Lane, Receipt, ReceiptRecord, State, StateKind, Step, Totals};

use crate::history::Written;

#[derive(Clone)]
pub(crate) struct End {
    pub(crate) state: StateKind,
    pub(crate) at: Timestamp,
    pub(crate) dimensions: Dimensions,
    pub(crate) retries: u64,
}

#[derive(Default)]
pub(crate) struct Oracle {
    /// Each delivery by its lane and event: how it ended, or none while it waits.
    pub(crate) deliveries: BTreeMap<(Lane, EventPlace), Option<End>>,
    /// The receipts of those that were told of by one before they ended otherwise: as they were last told.
    pub(crate) receipts: BTreeMap<(Lane, EventPlace), Receipt>,
}

impl Oracle {
    pub(crate) fn of(history: &[Written]) -> Self {
        let mut oracle = Self::default();
        history.iter().for_each(|written| oracle.take(written));
        oracle
    }

    fn take(&mut self, written: &Written) {
        match &written.record {
            ReceiptRecord::Receipt(receipt) => self.take_receipt(receipt, written.at),
            ReceiptRecord::Counted(counted) => {
                for group in &counted.groups {
                    for unit in &group.units {
                        let delivery =
                            (counted.lane.clone(), EventPlace { partition: counted.partition, offset: unit.offset });
                        let dimensions = Dimensions {
                            event_name: group.event_name.clone(),
                            event_type: group.event_type.clone(),
                            app_version: group.app_version.clone(),
                            discard_reason: "successes.attempt.1".into(),
                            subscription_id: counted.lane.subscription.clone().unwrap_or_default(),
                        };
                        let at = unit.at.min(written.at);
                        let end = End { state: StateKind::Delivered, at, dimensions, retries: 0 };
                        let known = self.deliveries.entry(delivery.clone()).or_default();
                        if known.is_none()
                            && let Some(receipt) = self.receipts.get_mut(&delivery)
                        {
                            (receipt.state, receipt.at) = (State::Delivered, unit.at);
                        }
                        known.get_or_insert(end);
                    }
                }
            }
        }
    }

    fn take_receipt(&mut self, receipt: &Receipt, written_at: Timestamp) {
        let delivery = (receipt.lane.clone(), receipt.event);
        let known = self.deliveries.entry(delivery.clone()).or_default();
        if known.is_some() {
            return;
        }
        let state = receipt.state.kind();
        let discard_reason = match state {
            StateKind::Delivered => format!("successes.attempt.{}", receipt.retries + 1),
            _ => receipt.state.code().to_owned(),
        };
        if state != StateKind::Retrying {
            let dimensions = Dimensions {
                event_name: receipt.event_name.clone(),
                event_type: receipt.event_type.clone(),
                app_version: receipt.app_version.clone(),
                discard_reason,
                subscription_id: receipt.lane.subscription.clone().unwrap_or_default(),
            };
            let at = receipt.at.min(written_at);
            *known = Some(End { state, at, dimensions, retries: u64::from(receipt.retries) });
        }
        let kept = self.receipts.entry(delivery).or_insert_with(|| receipt.clone());
        kept.state = receipt.state.clone();
        kept.at = receipt.at;
        kept.retries = receipt.retries;
    }

    /// What a search comes to: receipts without their attempts, by lane and event.
    pub(crate) fn found(&self, replay: Option<u32>, state: Option<StateKind>) -> Vec<Receipt> {
        self.receipts
            .values()
            .filter(|receipt| replay.is_none_or(|replay| receipt.lane.replay == replay))
            .filter(|receipt| state.is_none_or(|state| receipt.state.kind() == state))
            .map(|receipt| Receipt { attempts: Vec::new(), ..receipt.clone() })
            .collect()
    }

    pub(crate) fn totals(&self, destination: &str) -> Totals {
        let mut totals = Totals::default();
        let own = self.deliveries.iter().filter(|((lane, _), _)| lane.destination.as_str() == destination);
        for (_, end) in own {
            totals.received += 1;
            match end.as_ref().map(|end| end.state) {
                None | Some(StateKind::Retrying) => totals.waiting += 1,
                Some(StateKind::Filtered) => totals.filtered += 1,
                Some(StateKind::Delivered) => totals.delivered += 1,
                Some(StateKind::Failed) => totals.failed += 1,
                Some(StateKind::Expired) => totals.expired += 1,
            }
        }
        totals
    }

    /// By hour and dimensions: how many, and how many retries.
    pub(crate) fn cells(&self, destination: &str, step: Step) -> BTreeMap<(i64, Dimensions), (u64, u64)> {
        let mut cells = BTreeMap::new();
        let own = self.deliveries.iter().filter(|((lane, _), _)| lane.destination.as_str() == destination);
        for end in own.filter_map(|(_, end)| end.as_ref()).filter(|end| Step::of(end.state) == Some(step)) {
            let hour = end.at.as_millis() / 3_600_000;
            let cell: &mut (u64, u64) = cells.entry((hour, end.dimensions.clone())).or_default();
            *cell = (cell.0 + 1, cell.1 + end.retries);
        }
        cells
    }
}
