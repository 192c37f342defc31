use std::collections::{BTreeMap, BTreeSet};

use super::{Counts, Dimensions, Resolution, Step};

/// Rows of a page that have a name: an event name, version, reason and so on that occurs together. The most frequent ones
/// have a row; the others are counted together. As many as a person scrolls through, and more than most sources have names.
pub const ROWS_MAX: usize = 200;
/// Rows for what is counted together: by type, reason and mapping, as long as there are no more of these.
pub const OTHERS_MAX: usize = 64;

/// What a page counts: deliveries of one source to one destination that ended in one way within one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PageKey {
    pub(crate) resolution: Resolution,
    pub(crate) slot: u32,
    pub(crate) pair: u32,
    pub(crate) step: Step,
}

/// Counts by dimensions, within a bound. No count is lost: what has no row is among the others.
#[derive(Debug, Default)]
pub(crate) struct Page {
    named: BTreeMap<Dimensions, Counts>,
    others: BTreeMap<Dimensions, Counts>,
    /// Rows that changed or went since they were written.
    changed: BTreeSet<Dimensions>,
}

impl Page {
    pub(crate) fn of(rows: Vec<(Dimensions, Counts)>) -> Self {
        let (others, named) = rows.into_iter().partition(|(dimensions, _)| dimensions.is_others());
        Self { named, others, changed: BTreeSet::new() }
    }

    pub(crate) fn add(&mut self, dimensions: Dimensions, counts: &Counts) {
        if dimensions.is_others() {
            return self.add_to_others(&dimensions, counts);
        }
        if !self.named.contains_key(&dimensions) && self.named.len() >= ROWS_MAX {
            self.make_room();
        }
        self.changed.insert(dimensions.clone());
        self.named.entry(dimensions).or_default().add(counts);
    }

    /// The smallest row goes to the others, so that in a flood of names that come once those that come often stay.
    fn make_room(&mut self) {
        // Of equal ones the last in order, so that it does not depend on what came first.
        let smallest =
            self.named.iter().min_by_key(|(dimensions, counts)| (counts.total, std::cmp::Reverse(*dimensions)));
        let Some(smallest) = smallest.map(|(dimensions, _)| dimensions.clone()) else { return };
        if let Some(counts) = self.named.remove(&smallest) {
            self.add_to_others(&smallest, &counts);
        }
        self.changed.insert(smallest);
    }

    fn add_to_others(&mut self, dimensions: &Dimensions, counts: &Counts) {
        let wanted = dimensions.among_others();
        let has_room = self.others.contains_key(&wanted) || self.others.len() < OTHERS_MAX;
        let row = if has_room { wanted } else { Dimensions::all_others() };
        self.changed.insert(row.clone());
        self.others.entry(row).or_default().add(counts);
    }

    pub(crate) fn rows(&self) -> usize {
        self.named.len() + self.others.len()
    }

    /// The rows that changed since they were asked for last; none for those that went.
    pub(crate) fn take_changes(&mut self) -> Vec<(Dimensions, Option<Counts>)> {
        let changed = std::mem::take(&mut self.changed);
        let row = |dimensions: &Dimensions| self.named.get(dimensions).or_else(|| self.others.get(dimensions));
        changed.into_iter().map(|dimensions| (dimensions.clone(), row(&dimensions).cloned())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Dimensions {
        Dimensions { event_name: name.into(), discard_reason: "503".into(), ..Dimensions::default() }
    }

    fn one() -> Counts {
        Counts { total: 1, ..Counts::default() }
    }

    /// What a store would hold.
    fn written(page: &mut Page, rows: &mut BTreeMap<Dimensions, Counts>) {
        for (dimensions, counts) in page.take_changes() {
            match counts {
                Some(counts) => drop(rows.insert(dimensions, counts)),
                None => drop(rows.remove(&dimensions)),
            }
        }
    }

    #[test]
    fn in_a_flood_of_names_the_frequent_ones_keep_their_rows_and_nothing_is_lost() {
        let (mut page, mut rows) = (Page::default(), BTreeMap::new());
        for round in 0..5_000 {
            page.add(named("Order Completed"), &one());
            page.add(named(&format!("Viewed {round}")), &one());
            if round % 700 == 0 {
                written(&mut page, &mut rows);
            }
        }
        written(&mut page, &mut rows);
        assert_eq!(rows[&named("Order Completed")].total, 5_000);
        assert_eq!(rows.values().map(|counts| counts.total).sum::<u64>(), 10_000);
        assert_eq!(rows.len(), ROWS_MAX + 1);
        assert!(rows[&named("").among_others()].total > 4_700);
    }

    #[test]
    fn a_page_that_is_read_again_goes_on_as_if_it_had_not_been_written() {
        let (mut kept, mut reopened, mut rows) = (Page::default(), Page::default(), BTreeMap::new());
        for number in 0..2_000u64 {
            let name = named(&(number * number % 347).to_string());
            kept.add(name.clone(), &one());
            reopened.add(name, &one());
            written(&mut reopened, &mut rows);
            reopened = Page::of(rows.clone().into_iter().collect());
        }
        let mut expected = BTreeMap::new();
        written(&mut kept, &mut expected);
        assert_eq!(rows, expected);
    }

    #[test]
    fn rows_are_bounded_whatever_the_reasons() {
        let mut page = Page::default();
        for number in 0..1_000 {
            page.add(Dimensions { discard_reason: number.to_string(), ..named("x") }, &one());
        }
        assert_eq!(page.rows(), ROWS_MAX + OTHERS_MAX + 1);
    }
}
