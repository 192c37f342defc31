//! Paging through a history while people are merged and unmerged.

use std::collections::BTreeSet;

use prime_profiles::history::{Cursor, HistoryFilter, HistoryPage, Order, PageLimits, Place};
use prime_profiles::{Move, ProfileNumber, ProfileStore};
use prime_state::conformance::Random;

use crate::town::{self, IDENTIFIERS, Step};

const EVENTS: u64 = 200;

fn limits(entries_max: usize) -> PageLimits {
    PageLimits { entries_max, bytes_max: usize::MAX, looked_at_max: 25 }
}

fn page(store: &ProfileStore, order: Order, cursor: Option<Cursor>, filter: &HistoryFilter, max: usize) -> HistoryPage {
    let reader = store.reader();
    let profile = reader.profile_with(town::fragment(0)).unwrap().expect("the first identifier always has a profile");
    reader.history(&profile, order, cursor, filter, limits(max)).unwrap()
}

/// A town in which some identifiers are with the first one for good.
fn town(random: &mut Random) -> ProfileStore {
    let store = town::store();
    let mut steps = town::founded();
    steps.extend((0..EVENTS).map(|number| Step::of(town::event(random, number))));
    steps.push(to(1, 0));
    town::write(&store, &steps, random);
    store
}

fn to(number: u64, profile: u64) -> Step {
    let profile = Some(ProfileNumber::founded_by(town::fragment(profile)));
    Step::Move(Move::To { fragment: town::fragment(number), profile })
}

fn places_of(store: &ProfileStore, number: u64) -> BTreeSet<Place> {
    let reader = store.reader();
    let fragment = town::fragment(number);
    let mut alone = reader.profile_with(fragment).unwrap().unwrap();
    alone.members.retain(|member| member.fragment == fragment);
    let all = PageLimits { entries_max: usize::MAX, bytes_max: usize::MAX, looked_at_max: usize::MAX };
    let page = reader.history(&alone, Order::OldestFirst, None, &HistoryFilter::default(), all).unwrap();
    page.entries.iter().map(|entry| entry.place).collect()
}

#[test]
fn paging_while_others_are_merged_and_unmerged_neither_skips_nor_repeats() {
    for seed in 0..30 {
        for order in [Order::OldestFirst, Order::NewestFirst] {
            let mut random = Random(seed);
            let store = town(&mut random);
            let (mut read, mut cursor) = (Vec::new(), None);
            loop {
                let page = page(&store, order, cursor, &HistoryFilter::default(), 1 + random.below(7) as usize);
                read.extend(page.entries.iter().map(|entry| entry.place));
                let Some(next) = page.next else { break };
                // As a client would: through text.
                cursor = Some(Cursor::from_bytes(&next.to_bytes()).unwrap());
                let wanderer = 2 + random.below(IDENTIFIERS - 2);
                let home = if random.below(2) == 0 { 0 } else { wanderer };
                town::write(&store, &[to(wanderer, home)], &mut random);
            }
            let distinct: BTreeSet<_> = read.iter().copied().collect();
            assert_eq!(distinct.len(), read.len(), "nothing comes twice");
            match order {
                Order::OldestFirst => assert!(read.is_sorted()),
                Order::NewestFirst => assert!(read.is_sorted_by(|a, b| a > b)),
            }
            for stayed in [0, 1] {
                assert!(places_of(&store, stayed).is_subset(&distinct), "who stayed is there in full, seed {seed}");
            }
        }
    }
}

#[test]
fn a_filtered_history_is_what_filtering_the_whole_gives() {
    let mut random = Random(3);
    let store = town(&mut random);
    let all = page_through(&store, &HistoryFilter::default());
    let name = |payload: &[u8]| {
        let value: serde_json::Value = serde_json::from_slice(payload).unwrap();
        value["event"].as_str().map(str::to_owned)
    };
    let middle = all[all.len() / 2].place.timestamp;
    for (include, exclude, start, end) in [
        (vec!["E1"], vec![], None, None),
        (vec!["E1", "E2"], vec!["E2"], None, None),
        (vec![], vec!["E0", "E1"], None, None),
        (vec!["nothing"], vec![], None, None),
        (vec![], vec![], Some(middle), None),
        (vec!["E0"], vec![], None, Some(middle)),
        (vec![], vec![], Some(middle), Some(middle)),
    ] {
        let boxed = |names: &[&str]| names.iter().map(|name| Box::from(*name)).collect::<Vec<Box<str>>>();
        let filter = HistoryFilter { start, end, include: boxed(&include), exclude: boxed(&exclude) };
        let expected: Vec<_> = all
            .iter()
            .filter(|entry| {
                let name = name(&entry.payload);
                let among = |names: &[&str]| name.as_deref().is_some_and(|name| names.contains(&name));
                (include.is_empty() || among(&include))
                    && !among(&exclude)
                    && start.is_none_or(|start| entry.place.timestamp >= start)
                    && end.is_none_or(|end| entry.place.timestamp <= end)
            })
            .cloned()
            .collect();
        assert_eq!(page_through(&store, &filter), expected, "{filter:?}");
    }
}

fn page_through(store: &ProfileStore, filter: &HistoryFilter) -> Vec<prime_profiles::history::HistoryEntry> {
    let (mut read, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(store, Order::NewestFirst, cursor, filter, 4);
        read.extend(page.entries);
        match page.next {
            Some(next) => cursor = Some(next),
            None => return read,
        }
    }
}
