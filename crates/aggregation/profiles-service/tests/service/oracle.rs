//! Any arrival, batching and restarts give the same state.

use std::collections::BTreeMap;
use std::sync::Arc;

use prime_profiles_service::{SpaceProfiles, SpaceStates, fragment_id, profile_number};
use prime_state::conformance::Random;
use prime_state::{Access, FamilyOptions, State};

use crate::house::{House, MemoryStates};
use crate::town::{self, SPACE};

/// Everything about profiles, without the records of how it came to be.
pub(crate) fn dump(state: &State) -> Vec<(&'static str, Vec<u8>, Vec<u8>)> {
    let snapshot = state.snapshot();
    let mut all = Vec::new();
    for name in ["fragments", "history", "links", "members", "profiles", "lives"] {
        let family = state.family(FamilyOptions { name, access: Access::Points }).unwrap();
        for entry in snapshot.scan_prefix(family, b"") {
            let (key, value) = entry.unwrap();
            all.push((name, key.to_vec(), value.to_vec()));
        }
    }
    all
}

/// Every profile of the graph has the members that readers see, and readers see no other profile.
pub(crate) fn check_members(space: &SpaceProfiles) {
    let reader = prime_profile_api::Space::reader(space);
    space
        .look(|graph| {
            let mut profiles = Vec::new();
            graph.each_profile(|id| {
                profiles.push(id);
                true
            });
            let mut homes = BTreeMap::new();
            for id in profiles {
                let mut expected: Vec<_> = graph.fragments(id).unwrap().into_iter().map(fragment_id).collect();
                expected.sort();
                let shown = reader.find_profile(profile_number(id)).unwrap().expect("readers find the profile");
                assert_eq!(shown.number, profile_number(id));
                let members: Vec<_> = shown.members.iter().map(|member| member.fragment).collect();
                assert_eq!(members, expected, "{id}");
                for fragment in expected {
                    assert!(homes.insert(fragment, id).is_none(), "an identifier is in one profile only");
                    assert_eq!(reader.number_with(fragment).unwrap(), Some(profile_number(id)));
                }
            }
        })
        .expect("the space is open");
}

async fn state_after(events: &[String], random: &mut Random) -> (State, Arc<SpaceProfiles>) {
    let states = Arc::new(MemoryStates::default());
    let house = House::new();
    let mut rest = events;
    let mut running = house.start(states.clone()).await;
    while !rest.is_empty() {
        let (some, later) = rest.split_at(rest.len().min(1 + random.below(40) as usize));
        rest = later;
        house.append(some).await;
        if random.below(5) == 0 {
            running.stop().await;
            running = house.start(states.clone()).await;
        }
    }
    house.settled(&running).await;
    let space = running.space();
    check_members(&space);
    running.stop().await;
    (states.open(&prime_event::WorkspaceId::new(SPACE)).unwrap(), space)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn any_order_repetition_batching_and_restarts_give_the_same_profiles() {
    let histories = if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 300 } else { 12 };
    for seed in 0..histories {
        let mut random = Random(seed);
        let events = town::events(&mut random, 150);
        let mut dumps = Vec::new();
        for _ in 0..3 {
            let mut arrival = events.clone();
            for _ in 0..30 {
                arrival.push(events[random.below(events.len() as u64) as usize].clone());
            }
            town::shuffle(&mut arrival, &mut random);
            let (state, space) = state_after(&arrival, &mut random).await;
            dumps.push(dump(&state));
            assert!(space.counts().dropped.is_empty());
        }
        assert!(dumps[0].len() > 150);
        for other in &dumps[1..] {
            let differs = dumps[0].iter().zip(other).find(|(one, other)| one != other);
            assert!(dumps[0] == *other, "seed {seed}: {:?}", differs.map(|(one, other)| (one.0, other.0)));
        }
    }
}
