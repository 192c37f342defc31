//! Profiles are folds: of their fragments, and of their history.

use std::collections::BTreeMap;

use prime_event::{EventRecord, MessageType, Origin, WorkspaceId};
use prime_profiles::history::{HistoryFilter, Order, PageLimits};
use prime_profiles::{Fragment, Part, Profile, ProfileEvent, ProfileStore};
use prime_state::conformance::Random;

use crate::town::{self, IDENTIFIERS, Placed, Step};

const EVENTS: u64 = 120;

fn histories() -> u64 {
    if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 2_000 } else { 40 }
}

/// Events in some order, some of them twice, with moves in between whose own order stays.
fn arrival(events: &[Placed], moves: &[Step], random: &mut Random) -> Vec<Step> {
    let mut steps: Vec<_> = events.iter().cloned().map(Step::of).collect();
    for _ in 0..events.len() / 4 {
        steps.push(Step::of(events[random.below(events.len() as u64) as usize].clone()));
    }
    town::shuffle(&mut steps, random);
    let mut places: Vec<_> = moves.iter().map(|_| random.below(steps.len() as u64 + 1) as usize).collect();
    places.sort_unstable();
    for (place, step) in places.into_iter().zip(moves).rev() {
        steps.insert(place, step.clone());
    }
    let mut founded = town::founded();
    founded.append(&mut steps);
    founded
}

#[test]
fn any_order_repetition_and_batching_of_arrival_gives_the_same_state() {
    for seed in 0..histories() {
        let mut random = Random(seed);
        let events: Vec<_> = (0..EVENTS).map(|number| town::event(&mut random, number)).collect();
        let moves: Vec<_> = (0..12).map(|_| Step::Move(town::random_move(&mut random))).collect();
        let dumps = [0; 3].map(|_| {
            let store = town::store();
            town::write(&store, &arrival(&events, &moves, &mut random), &mut random);
            town::dump(&store)
        });
        assert!(!dumps[0].is_empty());
        assert!(dumps[0] == dumps[1] && dumps[1] == dumps[2], "seed {seed}");
    }
}

#[test]
fn moving_away_and_back_leaves_no_trace() {
    for seed in 0..histories() {
        let mut random = Random(seed);
        let events: Vec<_> = (0..EVENTS).map(|number| Step::of(town::event(&mut random, number))).collect();
        let (left, right) = (town::store(), town::store());
        let plain: Vec<_> = town::founded().into_iter().chain(events.clone()).collect();
        town::write(&left, &plain, &mut random);
        let mut moved = town::founded();
        moved.extend(events);
        for _ in 0..10 {
            moved.insert(moved.len() / 2, Step::Move(town::random_move(&mut random)));
        }
        // Whoever was removed stands for the identifier again before it goes home.
        for number in 0..IDENTIFIERS {
            let fragment = town::fragment(number);
            moved.push(Step::Move(prime_profiles::Move::Removed { fragment, is_removed: false }));
        }
        moved.extend(town::founded());
        town::write(&right, &moved, &mut random);
        assert!(town::dump(&left) == town::dump(&right), "seed {seed}");
    }
}

#[test]
fn the_traits_and_counters_of_a_profile_are_the_fold_of_its_history() {
    for seed in 0..histories() {
        let mut random = Random(seed);
        let events: Vec<_> = (0..EVENTS).map(|number| town::event(&mut random, number)).collect();
        let moves: Vec<_> = (0..12).map(|_| Step::Move(town::random_move(&mut random))).collect();
        let store = town::store();
        town::write(&store, &arrival(&events, &moves, &mut random), &mut random);
        let mut seen = BTreeMap::new();
        for number in 0..IDENTIFIERS {
            check_profile(&store, number, &mut seen);
        }
        for number in 0..town::ACCOUNTS {
            let profile = store.reader().profile_with(town::account(number)).unwrap();
            let Some(profile) = profile else { continue };
            let fold = folded(&store, &profile, MessageType::Group);
            assert_eq!(store.reader().profile(&profile).unwrap().traits(), fold.traits());
        }
        let owners = seen.values().sum::<u64>();
        assert!(owners <= EVENTS, "no event is in two profiles");
    }
}

fn check_profile(store: &ProfileStore, number: u64, seen: &mut BTreeMap<prime_profiles::ProfileNumber, u64>) {
    let reader = store.reader();
    let Some(profile) = reader.profile_with(town::fragment(number)).unwrap() else { return };
    assert!(profile.members.iter().any(|member| member.fragment == town::fragment(number)));
    let stored = reader.profile(&profile).unwrap();
    let fold = folded(store, &profile, MessageType::Identify);
    assert_eq!(stored.traits(), fold.traits());
    assert_eq!(stored.counts(), fold.counts());
    if fold.counts().total() > 0 {
        assert_eq!((stored.first(), stored.last()), (fold.first(), fold.last()));
    }
    seen.insert(profile.number, stored.counts().total());
}

/// Reads a profile's whole history and adds up what it says. `about` is the call whose traits are the profile's own.
fn folded(store: &ProfileStore, profile: &prime_profiles::ProfileRef, about: MessageType) -> Profile {
    let limits = PageLimits { entries_max: usize::MAX, bytes_max: usize::MAX, looked_at_max: usize::MAX };
    let page = store.reader().history(profile, Order::OldestFirst, None, &HistoryFilter::default(), limits).unwrap();
    assert!(page.next.is_none());
    let fragments = page.entries.into_iter().map(|entry| {
        let record = EventRecord {
            origin: Origin { offset: 0, index: 0 },
            received_at: entry.place.timestamp,
            workspace: WorkspaceId::new("w"),
            source: entry.source,
            payload: entry.payload,
        };
        let event = ProfileEvent::read(&record).unwrap();
        let part = if event.traits.is_empty() || event.kind == about { Part::Owner } else { Part::Witness };
        Fragment::of(&event, part)
    });
    Profile::fold(fragments)
}
