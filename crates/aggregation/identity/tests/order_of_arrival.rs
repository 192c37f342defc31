//! The profiles are those of flat matching over all events in the order of (timestamp, messageId), however they arrived.

mod support;

use std::collections::BTreeSet;

use prime_identity::{CompiledRules, IdentifiedEvent, Memory};
use support::follower::Follower;
use support::history::{random_history, random_rules};
use support::naive::{Decisions, Naive, NaiveProfile};
use support::node::Node;
use support::random::{Random, seeds};

/// The same events, however they arrive.
#[test]
fn random_histories_give_what_the_naive_reading_gives() {
    for seed in seeds(600, 60_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let length = 1 + random.below(60);
        let history = random_history(&mut random, length);
        let mut node = Node::new(&rules);
        history.iter().for_each(|event| drop(node.take(event)));
        let naive = Naive { rules: &rules, decisions: Decisions::default(), once_a_day: true };
        assert_eq!(node.profiles(), naive.profiles(&history), "seed {seed}");
    }
}

#[test]
fn any_permutation_duplication_batching_and_restart_gives_the_same_profiles_and_the_same_ids() {
    for seed in seeds(250, 20_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let length = 1 + random.below(40);
        let history = random_history(&mut random, length);
        let mut once = Node::new(&rules);
        history.iter().for_each(|event| drop(once.take(event)));
        let mut arrivals: Vec<_> = history.iter().collect();
        for _ in 0..random.below(20) {
            arrivals.push(&history[random.below(history.len())]);
        }
        random.shuffle(&mut arrivals);
        // Little memory, so that what was forgotten is looked for in the store.
        let sets_max = if random.chance(50) { 1 } else { 1_000 };
        let mut node = Node::with_memory(&rules, Memory { sets_max });
        for event in arrivals {
            node.take(event);
            match random.below(6) {
                0 => node.restart(),
                1 => node.commit(),
                _ => {}
            }
        }
        assert_eq!(node.profiles(), once.profiles(), "seed {seed}");
        assert_eq!(node.state_hash(), once.state_hash(), "seed {seed}");
        node.restart();
        assert_eq!(node.state_hash(), once.state_hash(), "seed {seed}");
    }
}

#[test]
fn with_limits_for_ever_it_makes_no_difference_that_sets_count_once_a_day() {
    for seed in seeds(150, 20_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, false);
        let length = 1 + random.below(60);
        let history = random_history(&mut random, length);
        let naive =
            |once_a_day| Naive { rules: &rules, decisions: Decisions::default(), once_a_day }.profiles(&history);
        assert_eq!(naive(true), naive(false), "seed {seed}");
    }
}

#[test]
fn following_the_changes_leads_to_the_profiles() {
    for seed in seeds(150, 10_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let length = 1 + random.below(60);
        let history = random_history(&mut random, length);
        let mut node = Node::new(&rules);
        let mut follower = Follower::default();
        for event in &history {
            follower.follow(&node.take(event).changes);
        }
        assert_eq!(follower, Follower::of(&node), "seed {seed}");
    }
}

#[test]
fn an_event_is_at_home_in_the_profile_that_holds_its_owner() {
    for seed in seeds(120, 10_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let history = random_history(&mut random, 50);
        let mut node = Node::new(&rules);
        for event in &history {
            let resolved = node.take(event);
            for place in [resolved.user, resolved.account].into_iter().flatten() {
                assert_eq!(node.graph.holder(place.owner), Some(place.profile), "seed {seed}");
                let owner = node.graph.identifier(place.owner).unwrap().unwrap();
                assert!(event.identifiers.contains(&owner));
            }
            let again = node.take(event);
            assert_eq!((again.user, again.account), (resolved.user, resolved.account), "seed {seed}");
            assert!(again.changes.is_empty());
        }
    }
}

#[test]
fn an_id_that_was_given_out_stands_for_the_profile_with_its_founder() {
    for seed in seeds(120, 10_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let history = random_history(&mut random, 50);
        let mut node = Node::new(&rules);
        let mut given_out = BTreeSet::new();
        for event in &history {
            given_out.extend(node.take(event).user.map(|place| place.profile));
        }
        for id in given_out {
            let now = node.graph.canonical(id);
            assert_eq!(now, node.graph.holder(id.founder()));
            if let Some(now) = now {
                assert!(node.graph.fragments(now).unwrap().contains(&id.founder()));
            }
        }
    }
}

#[test]
fn events_of_others_change_neither_id_nor_identifiers_of_a_profile() {
    for seed in seeds(100, 5_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let mut history = random_history(&mut random, 40);
        let mut alone = Node::new(&rules);
        history.iter().for_each(|event| drop(alone.take(event)));
        let others = random_history(&mut random, 40).into_iter().map(|mut event| {
            for identifier in &mut event.identifiers {
                identifier.value = format!("other-{}", identifier.value).into();
            }
            event
        });
        history.extend(others.collect::<Vec<_>>());
        random.shuffle(&mut history);
        let mut together = Node::new(&rules);
        history.iter().for_each(|event| drop(together.take(event)));
        let all = together.profiles();
        for profile in alone.profiles() {
            assert!(all.contains(&profile), "seed {seed}");
        }
    }
}

#[test]
fn limits_hold_after_every_event_and_every_identifier_is_in_one_profile() {
    for seed in seeds(120, 10_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let mut history = random_history(&mut random, 60);
        history.sort_by_key(|event| event.received_at_ms);
        let mut node = Node::new(&rules);
        for event in &mut history {
            event.timestamp_ms = event.received_at_ms;
            if let Some(place) = node.take(event).user {
                check_limits(&node.profile(place.profile), &rules, event.timestamp_ms);
            }
        }
        let mut held = BTreeSet::new();
        for (id, _) in node.profiles().into_iter().flat_map(|profile| profile.members) {
            assert!(held.insert(id.clone()), "seed {seed}: {id:?} is in two profiles");
        }
    }
}

fn check_limits(profile: &NaiveProfile, rules: &CompiledRules, now_ms: i64) {
    assert!(profile.members.len() <= rules.rules().caps.mappings as usize);
    assert!(profile.merged.len() <= rules.rules().caps.merges as usize);
    for rule in &rules.rules().types {
        let values = profile.members.iter().filter(|((identifier, _), (since, _, _))| {
            identifier.kind == rule.kind && rule.limit.window.covers(*since, now_ms)
        });
        assert!(values.count() <= rule.limit.values as usize, "{} in {profile:#?}", rule.kind);
    }
}

#[test]
fn events_that_tell_nothing_new_store_nothing() {
    let mut random = Random::new(1);
    let rules = random_rules(&mut random, true);
    let history = random_history(&mut random, 40);
    let mut node = Node::new(&rules);
    history.iter().for_each(|event| drop(node.take(event)));
    node.commit();
    let mut again = history;
    for event in &mut again {
        event.message_id.push_str("-again");
        event.timestamp_ms = node.graph.time_ms(&IdentifiedEvent {
            message_id: "",
            source: "",
            timestamp_ms: event.timestamp_ms,
            received_at_ms: event.received_at_ms,
            identifiers: &[],
        });
        node.take(event);
    }
    assert!(node.graph.take_changes().is_empty());
}
