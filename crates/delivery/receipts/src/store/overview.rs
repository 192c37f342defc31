use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use prime_state::StateError;

use super::Moment;
use crate::fold::{Counts, Dimension, Dimensions, PageKey, PairName, Past, Resolution, Step, Totals};

/// What is asked of the counts.
#[derive(Clone, Debug)]
pub struct OverviewQuery {
    pub workspace: WorkspaceId,
    pub source: SourceId,
    pub destination: DestinationId,
    pub step: Step,
    pub resolution: Resolution,
    /// The minutes, hours or days in which it begins and which begin in it.
    pub range: Range<Timestamp>,
    /// A group for each combination of their values; one for all where this is empty.
    pub group_by: Vec<Dimension>,
    /// Only what has one of the values, for each of the dimensions.
    pub filter: Vec<(Dimension, Vec<String>)>,
}

/// Counts that have the same values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverviewGroup {
    /// As many as were asked to group by, in that order.
    pub values: Vec<String>,
    pub total: Counts,
    /// The minutes, hours or days in which anything was counted, oldest first.
    pub series: Vec<(Timestamp, Counts)>,
}

impl OverviewQuery {
    fn wants(&self, dimensions: &Dimensions) -> bool {
        self.filter.iter().all(|(dimension, values)| values.iter().any(|value| value == dimensions.get(*dimension)))
    }

    fn slots(&self) -> Range<u32> {
        let last = Timestamp::from_millis(self.range.end.as_millis().saturating_sub(1));
        self.resolution.slot(self.range.start)..self.resolution.slot(last) + 1
    }
}

impl Moment {
    /// The groups with the highest totals first.
    pub(crate) fn overview(&self, query: &OverviewQuery) -> Result<Vec<OverviewGroup>, StateError> {
        let Some(pair) = self.pair(query)? else { return Ok(Vec::new()) };
        let mut groups: BTreeMap<Vec<String>, OverviewGroup> = BTreeMap::new();
        for slot in query.slots() {
            let key = PageKey { resolution: query.resolution, slot, pair, step: query.step };
            let mut sums: BTreeMap<Vec<String>, Counts> = BTreeMap::new();
            for (dimensions, counts) in self.page(key)?.iter().filter(|(dimensions, _)| query.wants(dimensions)) {
                let values = query.group_by.iter().map(|dimension| dimensions.get(*dimension).to_owned()).collect();
                sums.entry(values).or_default().add(counts);
            }
            for (values, counts) in sums {
                let group = groups.entry(values).or_default();
                group.total.add(&counts);
                group.series.push((query.resolution.start(slot), counts));
            }
        }
        let mut groups: Vec<_> = groups.into_iter().map(|(values, group)| OverviewGroup { values, ..group }).collect();
        groups.sort_by_key(|group| Reverse(group.total.total));
        Ok(groups)
    }

    fn pair(&self, query: &OverviewQuery) -> Result<Option<u32>, StateError> {
        let OverviewQuery { workspace, source, destination, .. } = query;
        let is_wanted =
            |name: &PairName| (&name.workspace, &name.source, &name.destination) == (workspace, source, destination);
        Ok(self.pairs()?.into_iter().find(|(name, _)| is_wanted(name)).map(|(_, pair)| pair))
    }

    /// What became of everything that was begun for a destination.
    pub(crate) fn destination_totals(
        &self,
        workspace: &WorkspaceId,
        destination: &DestinationId,
    ) -> Result<Totals, StateError> {
        let own = |(name, pair): (PairName, u32)| {
            ((&name.workspace, &name.destination) == (workspace, destination)).then_some(pair)
        };
        self.pairs()?.into_iter().filter_map(own).map(|pair| self.totals(pair)).sum()
    }
}
