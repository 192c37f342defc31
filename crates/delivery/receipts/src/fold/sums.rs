use std::collections::HashMap;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_state::StateError;
use xxhash_rust::xxh3::xxh3_64;

use super::working_set::{Changes, WorkingSet};
use super::{Chunk, ChunkKey, Counts, Dimensions, Latencies, Mark, PageKey, Resolution, Step, Totals};
use crate::record::{CountedGroup, CountedRecord, CountedUnit, EventPlace, Lane, Receipt, State, StateKind};

/// A source and one of its destinations.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PairName {
    pub(crate) workspace: WorkspaceId,
    pub(crate) source: SourceId,
    pub(crate) destination: DestinationId,
}

/// What the records before came to.
pub(crate) trait Past {
    /// All pairs with their numbers, which are dense from 0.
    fn pairs(&self) -> Result<Vec<(PairName, u32)>, StateError>;
    fn totals(&self, pair: u32) -> Result<Totals, StateError>;
    fn chunk(&self, key: ChunkKey) -> Result<Option<Chunk>, StateError>;
    fn page(&self, key: PageKey) -> Result<Vec<(Dimensions, Counts)>, StateError>;
}

/// How far a delivery had come before a record, and how far it has come with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Took {
    pub(crate) before: Mark,
    pub(crate) after: Mark,
}

/// The sums over the records of the `receipts` stream.
#[derive(Debug)]
pub(crate) struct Fold {
    pairs: HashMap<PairName, u32>,
    working: WorkingSet,
}

/// What a record says of one delivery.
struct News {
    state: StateKind,
    /// When it came to the state, and when the record was written.
    at: Timestamp,
    written_at: Timestamp,
    retries: u32,
    end_to_end_ms: u64,
}

impl Fold {
    /// Goes on from what was before.
    pub(crate) fn resume(past: &impl Past) -> Result<Self, StateError> {
        Ok(Self { pairs: past.pairs()?.into_iter().collect(), working: WorkingSet::default() })
    }

    pub(crate) fn take_receipt(
        &mut self,
        past: &impl Past,
        receipt: &Receipt,
        written_at: Timestamp,
    ) -> Result<Took, StateError> {
        let news = News {
            state: receipt.state.kind(),
            at: receipt.at.min(written_at),
            written_at,
            retries: receipt.retries,
            end_to_end_ms: receipt.end_to_end_ms(),
        };
        self.take(past, &receipt.lane, receipt.event, &news, || dimensions_of(receipt))
    }

    /// Gives back those that had been waiting: they may have a receipt, which ends with this.
    pub(crate) fn take_counted(
        &mut self,
        past: &impl Past,
        counted: &CountedRecord,
        written_at: Timestamp,
    ) -> Result<Vec<CountedUnit>, StateError> {
        let mut had_begun = Vec::new();
        for group in &counted.groups {
            for unit in &group.units {
                let at = unit.at.min(written_at);
                let (state, end_to_end_ms) = (StateKind::Delivered, unit.latency_ms);
                let news = News { state, at, written_at, retries: 0, end_to_end_ms };
                let dimensions = || of_group(&counted.lane, group);
                let took = self.take(past, &counted.lane, counted.place(unit), &news, dimensions)?;
                if took.before == Mark::Waiting {
                    had_begun.push(*unit);
                }
            }
        }
        Ok(had_begun)
    }

    fn take(
        &mut self,
        past: &impl Past,
        lane: &Lane,
        event: EventPlace,
        news: &News,
        dimensions: impl FnOnce() -> Dimensions,
    ) -> Result<Took, StateError> {
        let pair = self.pair(lane);
        let key = chunk_key(pair, lane, event);
        let day = Resolution::Day.slot(news.written_at);
        let chunk = self.working.chunk(past, key, day)?;
        let before = chunk.get(event.offset);
        let after = before.then(news.state);
        if before == after {
            return Ok(Took { before, after });
        }
        chunk.set(event.offset, after);
        let totals = self.working.totals(past, pair)?;
        match before {
            Mark::Waiting => totals.waiting = totals.waiting.saturating_sub(1),
            _ => totals.received += 1,
        }
        *totals.of(news.state) += 1;
        if let Some(step) = Step::of(news.state) {
            self.tally(past, pair, step, news, &dimensions())?;
        }
        Ok(Took { before, after })
    }

    fn tally(
        &mut self,
        past: &impl Past,
        pair: u32,
        step: Step,
        news: &News,
        dimensions: &Dimensions,
    ) -> Result<(), StateError> {
        let retries = u64::from(news.retries);
        let mut counts = Counts { total: 1, retried: retries.min(1), retries, latencies: Latencies::default() };
        if step == Step::Delivered {
            counts.latencies.add(news.end_to_end_ms);
        }
        for resolution in Resolution::ALL {
            let slot = resolution.slot(news.at);
            if slot >= resolution.oldest_slot(news.written_at) {
                let page = self.working.page(past, PageKey { resolution, slot, pair, step })?;
                page.add(dimensions.clone(), &counts);
            }
        }
        Ok(())
    }

    /// What changed since this was asked last; to be written before anything else is taken.
    pub(crate) fn take_changes(&mut self) -> Changes {
        self.working.take_changes()
    }

    /// The number of a pair; a new one where it is new.
    pub(crate) fn pair(&mut self, lane: &Lane) -> u32 {
        let name = PairName {
            workspace: lane.workspace.clone(),
            source: lane.source.clone(),
            destination: lane.destination.clone(),
        };
        if let Some(number) = self.pairs.get(&name) {
            return *number;
        }
        let number = self.pairs.len() as u32;
        self.working.new_pairs.push((name.clone(), number));
        self.pairs.insert(name, number);
        number
    }
}

pub(crate) fn chunk_key(pair: u32, lane: &Lane, event: EventPlace) -> ChunkKey {
    ChunkKey {
        pair,
        subscription: lane.subscription.as_deref().map_or(0, |id| xxh3_64(id.as_bytes())),
        replay: lane.replay,
        partition: event.partition,
        number: Chunk::number_of(event.offset),
    }
}

fn dimensions_of(receipt: &Receipt) -> Dimensions {
    let discard_reason = match receipt.state {
        State::Delivered => attempt_that_succeeded(receipt.retries),
        _ => receipt.state.code().to_owned(),
    };
    Dimensions {
        event_name: receipt.event_name.clone(),
        event_type: receipt.event_type.clone(),
        app_version: receipt.app_version.clone(),
        discard_reason,
        subscription_id: receipt.lane.subscription.clone().unwrap_or_default(),
    }
}

fn of_group(lane: &Lane, group: &CountedGroup) -> Dimensions {
    Dimensions {
        event_name: group.event_name.clone(),
        event_type: group.event_type.clone(),
        app_version: group.app_version.clone(),
        discard_reason: attempt_that_succeeded(0),
        subscription_id: lane.subscription.clone().unwrap_or_default(),
    }
}

/// Segment's API divides successes by the attempt that succeeded, up to the tenth.
fn attempt_that_succeeded(retries: u32) -> String {
    format!("successes.attempt.{}", retries.saturating_add(1).min(10))
}
