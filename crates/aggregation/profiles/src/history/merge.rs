use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::place::Place;

/// From the oldest or from the newest event on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    OldestFirst,
    #[default]
    NewestFirst,
}

/// Histories merged into one while they are read. Each has to be in the order that is asked for. An event that stands in
/// several comes once, from any of them.
pub struct Merged<I, V, E> {
    order: Order,
    histories: Vec<I>,
    next: BinaryHeap<Next>,
    /// What stands at the front of each history.
    fronts: Vec<Option<V>>,
    failed: Option<E>,
    last: Option<Place>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Next {
    rank: Rank,
    history: Reverse<usize>,
}

/// Greater comes first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Oldest(Reverse<Place>),
    Newest(Place),
}

impl<I, V, E> Merged<I, V, E>
where
    I: Iterator<Item = Result<(Place, V), E>>,
{
    pub fn new(order: Order, histories: impl IntoIterator<Item = I>) -> Self {
        let histories: Vec<_> = histories.into_iter().collect();
        let fronts = histories.iter().map(|_| None).collect();
        let mut merged = Self {
            order,
            next: BinaryHeap::with_capacity(histories.len()),
            fronts,
            histories,
            failed: None,
            last: None,
        };
        for history in 0..merged.histories.len() {
            merged.advance(history);
        }
        merged
    }

    fn advance(&mut self, history: usize) {
        match self.histories[history].next() {
            None => {}
            Some(Err(error)) => self.failed = Some(error),
            Some(Ok((place, value))) => {
                self.fronts[history] = Some(value);
                self.next.push(Next { rank: self.rank(place), history: Reverse(history) });
            }
        }
    }

    fn rank(&self, place: Place) -> Rank {
        match self.order {
            Order::OldestFirst => Rank::Oldest(Reverse(place)),
            Order::NewestFirst => Rank::Newest(place),
        }
    }
}

impl<I, V, E> Iterator for Merged<I, V, E>
where
    I: Iterator<Item = Result<(Place, V), E>>,
{
    type Item = Result<(Place, V), E>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(error) = self.failed.take() {
                self.next.clear();
                return Some(Err(error));
            }
            let Next { rank: Rank::Oldest(Reverse(place)) | Rank::Newest(place), history } = self.next.pop()?;
            let value = self.fronts[history.0].take().expect("a history in the heap has a front");
            self.advance(history.0);
            if self.last != Some(place) {
                self.last = Some(place);
                return Some(Ok((place, value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use prime_event::Timestamp;

    use super::*;

    fn place(millis: i64) -> Place {
        Place { timestamp: Timestamp::from_millis(millis), fingerprint: 0 }
    }

    fn merge(order: Order, histories: &[&[i64]]) -> Vec<i64> {
        let histories = histories.iter().map(|history| {
            let mut places: Vec<_> = history.iter().map(|millis| Ok::<_, ()>((place(*millis), *millis))).collect();
            if order == Order::NewestFirst {
                places.reverse();
            }
            places.into_iter()
        });
        Merged::new(order, histories).map(|entry| entry.unwrap().1).collect()
    }

    #[test]
    fn histories_are_merged_in_both_orders_and_what_stands_twice_comes_once() {
        let histories: [&[i64]; 4] = [&[1, 4, 9], &[], &[2, 4, 5, 10], &[-3]];
        assert_eq!(merge(Order::OldestFirst, &histories), [-3, 1, 2, 4, 5, 9, 10]);
        assert_eq!(merge(Order::NewestFirst, &histories), [10, 9, 5, 4, 2, 1, -3]);
        assert!(merge(Order::OldestFirst, &[]).is_empty());
    }

    #[test]
    fn a_failure_is_told_before_anything_that_might_lie_behind_it() {
        let histories = [vec![Ok((place(1), 1)), Err("broken")], vec![Ok((place(2), 2))]];
        let mut merged = Merged::new(Order::OldestFirst, histories.map(Vec::into_iter));
        assert_eq!(merged.next(), Some(Ok((place(1), 1))));
        assert_eq!(merged.next(), Some(Err("broken")));
        assert_eq!(merged.next(), None);
    }
}
