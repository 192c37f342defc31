//! Other rules for all of history give what these rules would have given from the first event on.

mod support;

use std::collections::{BTreeMap, BTreeSet};

use prime_identity::{Collection, CompiledRules, Identifier, Rules};
use support::follower::Follower;
use support::history::{random_history, random_rules};
use support::naive::{Decisions, Event, Id, Naive, NaiveProfile};
use support::node::Node;
use support::random::{Random, seeds};

/// Rules of the same types whose lateness, which applies to later events only, is the same.
fn two_rules(random: &mut Random) -> (CompiledRules, CompiledRules) {
    let one = random_rules(random, true);
    let mut other = random_rules(random, true).rules().clone();
    other.lateness = one.rules().lateness;
    (one, other.compile().unwrap())
}

#[test]
fn a_change_of_rules_is_a_rebuild_from_scratch_and_going_back_is_too() {
    for seed in seeds(200, 20_000) {
        let mut random = Random::new(seed);
        let (one, other) = two_rules(&mut random);
        let length = 1 + random.below(50);
        let history = random_history(&mut random, length);
        let mut node = Node::new(&one);
        history.iter().for_each(|event| drop(node.take(event)));
        let (before, hash) = (node.profiles(), node.state_hash());
        let mut follower = Follower::of(&node);

        let preview = node.graph.preview_rules(&other).unwrap();
        assert_eq!(node.profiles(), before, "a preview changes nothing");
        let change = node.graph.apply_rules(&other).unwrap();
        follower.follow(&change.changes);
        assert_eq!((change.from_version, change.to_version), (1, 2));
        let naive = Naive { rules: &other, decisions: Decisions::default(), once_a_day: true };
        let after = node.profiles();
        assert_eq!(after, naive.profiles(&history), "seed {seed}");
        assert_eq!(follower, Follower::of(&node), "seed {seed}");
        assert_eq!((preview.profiles_before, preview.profiles_after), (before.len() as u64, after.len() as u64));
        let (split, merged, moved) = compare(&before, &after);
        assert_eq!((preview.split, preview.merged, preview.identifiers_moved), (split, merged, moved), "seed {seed}");
        assert_eq!(preview.samples.is_empty(), split + merged == 0);

        node.restart();
        assert_eq!(node.graph.rules().rules().version, 2);
        let former = node.graph.rules_of(1).unwrap().unwrap().compile().unwrap();
        node.graph.apply_rules(&former).unwrap();
        assert_eq!(node.profiles(), before, "seed {seed}");
        assert_eq!(node.state_hash(), hash, "seed {seed}");
    }
}

#[test]
fn events_after_a_change_of_rules_are_taken_as_if_the_rules_had_always_been_so() {
    for seed in seeds(150, 10_000) {
        let mut random = Random::new(seed);
        let (one, other) = two_rules(&mut random);
        let history = random_history(&mut random, 50);
        let mut node = Node::new(&one);
        for (number, event) in history.iter().enumerate() {
            if number == 20 {
                node.graph.apply_rules(&other).unwrap();
            }
            node.take(event);
        }
        let naive = Naive { rules: &other, decisions: Decisions::default(), once_a_day: true };
        assert_eq!(node.profiles(), naive.profiles(&history), "seed {seed}");
    }
}

#[test]
fn a_type_that_is_learned_changes_nothing_that_was_decided() {
    let mut node = Node::new(&Rules::default().compile().unwrap());
    let identifiers = |values: &[(&'static str, &'static str)]| {
        values.iter().map(|(kind, value)| Identifier::user(*kind, *value)).collect::<Vec<_>>()
    };
    let event = |at: i64, values: &[(&'static str, &'static str)]| Event {
        timestamp_ms: at,
        received_at_ms: at,
        message_id: at.to_string(),
        identifiers: identifiers(values),
    };
    let history = [
        event(1, &[("crm", "c"), ("anonymous_id", "a")]),
        event(2, &[("crm", "c"), ("user_id", "u")]),
        event(3, &[("crm", "c"), ("user_id", "v")]),
    ];
    node.take(&history[0]);
    node.take(&history[1]);
    let before = node.profiles();
    node.graph.learn_type(Collection::Users, "crm").unwrap();
    assert_eq!(node.profiles(), before);
    node.restart();
    assert!(node.graph.rules().rules().rule(Collection::Users, "crm").is_some());
    node.take(&history[2]);
    let rules = node.graph.rules().clone();
    let naive = Naive { rules: &rules, decisions: Decisions::default(), once_a_day: true };
    assert_eq!(node.profiles(), naive.profiles(&history));
}

/// Profiles that split, profiles made of several, and identifiers that moved.
fn compare(before: &[NaiveProfile], after: &[NaiveProfile]) -> (u64, u64, u64) {
    let holders = |profiles: &[NaiveProfile]| -> BTreeMap<Id, Id> {
        let of = |profile: &NaiveProfile| {
            profile.members.keys().map(|member| (member.clone(), profile.founder.clone())).collect::<Vec<_>>()
        };
        profiles.iter().flat_map(of).collect()
    };
    let (was, is) = (holders(before), holders(after));
    let spread = |profiles: &[NaiveProfile], holder: &BTreeMap<Id, Id>, nobody_counts: bool| {
        let several = profiles.iter().filter(|profile| {
            let with: BTreeSet<_> = profile.members.keys().map(|member| holder.get(member)).collect();
            with.iter().filter(|holder| nobody_counts || holder.is_some()).count() > 1
        });
        several.count() as u64
    };
    let all: BTreeSet<_> = was.keys().chain(is.keys()).collect();
    let moved = all.into_iter().filter(|id| was.get(id) != is.get(id)).count() as u64;
    (spread(before, &is, true), spread(after, &was, false), moved)
}
