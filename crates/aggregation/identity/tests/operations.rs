//! What people do to the graph is planned, carried out, undone, and gives what the naive reading gives.

mod support;

use std::collections::BTreeSet;

use prime_identity::{Change, CompiledRules, Identifier, Operation, OwnedIdentifier, PlanError, RemoveError, Rules};
use support::follower::Follower;
use support::history::{START_MS, random_history, random_rules};
use support::naive::{Decisions, Event, Naive};
use support::node::Node;
use support::random::{NamedSeed, Random, seeds};

fn event(minute: i64, identifiers: &[(&'static str, &str)]) -> Event {
    let identifiers = identifiers.iter().map(|(kind, value)| Identifier::user(*kind, (*value).to_owned()));
    let timestamp_ms = START_MS + minute * 60_000;
    Event {
        timestamp_ms,
        received_at_ms: timestamp_ms,
        message_id: format!("m{minute}"),
        identifiers: identifiers.collect(),
    }
}

fn node(events: &[Event]) -> Node {
    let mut node = Node::new(&Rules::default().compile().unwrap());
    events.iter().for_each(|event| drop(node.take(event)));
    node
}

fn user(kind: &'static str, value: &'static str) -> OwnedIdentifier {
    Identifier::user(kind, value)
}

fn holders(node: &Node, identifiers: &[(&'static str, &'static str)]) -> Vec<Option<usize>> {
    let ids: Vec<_> =
        identifiers.iter().map(|(kind, value)| node.graph.profile_of(&Identifier::user(*kind, *value))).collect();
    let known: Vec<_> = ids.iter().flatten().collect::<BTreeSet<_>>().into_iter().collect();
    ids.iter().map(|id| id.as_ref().map(|id| known.iter().position(|known| *known == id).unwrap())).collect()
}

/// Two people whose devices were joined by one visit.
fn joined_couple() -> Vec<Event> {
    vec![
        event(0, &[("anonymous_id", "a1")]),
        event(1, &[("anonymous_id", "a2")]),
        event(2, &[("anonymous_id", "a1"), ("email", "e1")]),
        event(3, &[("anonymous_id", "a2"), ("email", "e2")]),
        event(4, &[("anonymous_id", "a2"), ("email", "e1")]),
    ]
}

#[test]
fn identifiers_kept_apart_are_as_if_nothing_had_joined_them_and_undone_as_before() {
    let mut node = node(&joined_couple());
    let all = [("anonymous_id", "a1"), ("email", "e1"), ("anonymous_id", "a2"), ("email", "e2")];
    assert_eq!(holders(&node, &all), [Some(0); 4]);
    let before = node.state_hash();

    let plan = node.graph.plan_apart(&[user("email", "e1")], &[user("email", "e2")]).unwrap();
    assert!(plan.changes().iter().any(|change| matches!(change, Change::Split { .. })));
    assert_eq!(plan.profiles().len(), 2);
    assert_eq!(holders(&node, &all), [Some(0); 4], "a plan changes nothing");
    let (number, _) = node.carry_out(plan);
    let now = holders(&node, &all);
    assert!(now[0] == now[1] && now[2] == now[3] && now[0] != now[2], "{now:?}");

    node.take(&event(9, &[("email", "e1"), ("email", "e2")]));
    let now = holders(&node, &all);
    assert!(now[0] != now[2], "later events do not join them either");

    node.restart();
    let undo = node.graph.plan_undo(number).unwrap();
    node.carry_out(undo);
    assert_eq!(holders(&node, &all), [Some(0); 4]);
    assert_ne!(node.state_hash(), before, "an event came meanwhile");
    assert!(matches!(node.graph.plan_undo(number), Err(PlanError::NoOperation(_))));
}

#[test]
fn a_profile_is_split_along_the_identifiers_that_are_named() {
    let mut node = node(&joined_couple());
    let profile = node.graph.profile_of(&user("email", "e1")).unwrap();
    let side = [user("anonymous_id", "a2"), user("email", "e2")];
    let plan = node.graph.plan_split(profile, &side).unwrap();
    node.carry_out(plan);
    let all = [("anonymous_id", "a1"), ("email", "e1"), ("anonymous_id", "a2"), ("email", "e2")];
    let now = holders(&node, &all);
    assert!(now[0] == now[1] && now[2] == now[3] && now[0] != now[2], "{now:?}");
    let profile = node.graph.profile_of(&user("email", "e1")).unwrap();
    assert!(matches!(node.graph.plan_split(profile, &side), Err(PlanError::Sides)), "they are not of this profile");
    assert!(matches!(node.graph.plan_split(profile, &[]), Err(PlanError::Sides)));
}

#[test]
fn a_link_that_is_added_and_then_disregarded_is_as_if_it_had_never_been_added() {
    for seed in seeds(120, 10_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let history = random_history(&mut random, 40);
        let mut node = Node::new(&rules);
        history.iter().for_each(|event| drop(node.take(event)));
        let before = node.profiles();
        // Beyond what any event has seen, of identifiers that are all known in a profile.
        let (one, other) = (&history[random.below(40)].identifiers, &history[random.below(40)].identifiers);
        let identifiers: BTreeSet<_> =
            one.iter().chain(other).filter(|id| node.graph.profile_of(id).is_some()).cloned().collect();
        let set: Vec<OwnedIdentifier> =
            identifiers.into_iter().filter(|id| id.collection == Default::default()).collect();
        let is_new = history.iter().all(|event| {
            let users = event.identifiers.iter().filter(|id| id.collection == Default::default());
            users.collect::<BTreeSet<_>>() != set.iter().collect::<BTreeSet<_>>()
        });
        let time = history.iter().map(|event| event.received_at_ms).max().unwrap() + 1;
        if set.len() < 2 || !is_new {
            continue;
        }
        let link =
            Event { timestamp_ms: time, received_at_ms: time, message_id: "link".to_owned(), identifiers: set.clone() };
        if !node.take(&link).quarantined.is_empty() {
            continue;
        }
        let joined = node.profiles();
        let plan = node.graph.plan_disregard(&set).unwrap();
        let (number, _) = node.carry_out(plan);
        assert_eq!(node.profiles(), before, "seed {seed}");
        node.restart();
        let undo = node.graph.plan_undo(number).unwrap();
        node.carry_out(undo);
        assert_eq!(node.profiles(), joined, "seed {seed}");
    }
}

#[test]
fn a_removed_identifier_leaves_what_was_collected_and_may_come_back() {
    let mut node = node(&[event(0, &[("user_id", "u"), ("email", "old@x.com"), ("anonymous_id", "a")])]);
    let profile = node.graph.profile_of(&user("user_id", "u")).unwrap();
    let email = user("email", "old@x.com");
    let fragment = node.graph.fragment_at(&email, i64::MAX);
    let plan = node.graph.plan_removal(&user("user_id", "u"), &email, START_MS + 60_000).unwrap();
    assert_eq!(plan.changes(), [Change::Removed { fragment, profile }]);
    let (number, _) = node.carry_out(plan);
    node.restart();
    assert_eq!(node.graph.profile_of(&email), None);
    assert!(node.graph.fragments(profile).unwrap().contains(&fragment), "what was collected under it stays");
    assert!(node.graph.profile(profile).unwrap().unwrap().mappings.iter().any(|mapping| mapping.is_removed));

    // The same event again is of a time before the removal.
    node.take(&event(0, &[("user_id", "u"), ("email", "old@x.com"), ("anonymous_id", "a")]));
    assert_eq!(node.graph.profile_of(&email), None);
    // A later one brings it back, even on the same day, and even to another profile.
    node.take(&event(5, &[("user_id", "other"), ("email", "old@x.com")]));
    assert_eq!(node.graph.profile_of(&email), node.graph.profile_of(&user("user_id", "other")));
    let later = node.graph.fragment_at(&email, i64::MAX);
    assert_ne!(later, fragment);

    let undo = node.graph.plan_undo(number).unwrap();
    node.carry_out(undo);
    assert_eq!(node.graph.profile_of(&email), Some(profile));
    assert_eq!(node.graph.holder(later), Some(profile), "what was collected meanwhile came with it");
    let fragments = node.graph.fragments(profile).unwrap();
    assert!(fragments.contains(&fragment) && fragments.contains(&later));
    assert_ne!(node.graph.profile_of(&user("user_id", "other")), Some(profile));
}

#[test]
fn what_may_not_be_removed_is_refused() {
    let mut node = node(&[event(0, &[("user_id", "u"), ("email", "e")]), event(1, &[("user_id", "v")])]);
    let remove = |node: &Node, lookup: &OwnedIdentifier, id: &OwnedIdentifier| {
        node.graph.plan_removal(lookup, id, START_MS).map(drop).map_err(|error| error.to_string())
    };
    let u = user("user_id", "u");
    assert_eq!(remove(&node, &user("user_id", "w"), &u), Err(RemoveError::NoProfile.to_string()));
    assert_eq!(remove(&node, &u, &user("email", "other")), Err(RemoveError::NoIdentifier.to_string()));
    assert_eq!(remove(&node, &u, &user("user_id", "v")), Err(RemoveError::NoIdentifier.to_string()));
    assert_eq!(remove(&node, &u, &u), Err(RemoveError::LookupId.to_string()));
    assert_eq!(remove(&node, &user("email", "e"), &u), Err(RemoveError::LastUserId.to_string()));
    let group = Identifier::account("group_id", "g");
    assert_eq!(remove(&node, &u, &group), Err(RemoveError::GroupId.to_string()));
    let plan = node.graph.plan_removal(&u, &user("email", "e"), START_MS).unwrap();
    node.carry_out(plan);
    assert_eq!(remove(&node, &u, &user("email", "e")), Err(RemoveError::NoIdentifier.to_string()));
}

#[test]
fn a_plan_that_is_no_longer_true_is_not_carried_out() {
    let mut node = node(&joined_couple());
    let plan = node.graph.plan_apart(&[user("email", "e1")], &[user("email", "e2")]).unwrap();
    node.take(&event(20, &[("anonymous_id", "a2"), ("email", "e3")]));
    let cause = prime_identity::Cause { at_ms: 0, by: String::new(), reason: String::new() };
    assert!(node.graph.carry_out(plan, cause).is_err());
}

/// Any operations at any time, done and undone, beside events that come in any order.
#[test]
fn random_operations_give_what_the_naive_reading_gives() {
    for seed in seeds(400, 40_000) {
        let _named = NamedSeed(seed);
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let mut node = Node::new(&rules);
        let mut follower = Follower::default();
        let history = random_history(&mut random, 50);
        let mut taken = Vec::new();
        for event in &history {
            follower.follow(&node.take(event).changes);
            taken.push(event.clone());
            if random.chance(12) {
                follower.follow(&act(&mut node, &mut random, &taken));
            }
            if random.chance(5) {
                node.restart();
            }
        }
        let naive = Naive { rules: &rules, decisions: decisions(&node), once_a_day: true };
        assert_eq!(node.profiles(), naive.profiles(&taken), "seed {seed}");
        assert_eq!(follower, Follower::of(&node), "seed {seed}");
    }
}

fn act(node: &mut Node, random: &mut Random, taken: &[Event]) -> Vec<Change> {
    let mut some = || {
        let event = &taken[random.below(taken.len())];
        (!event.identifiers.is_empty()).then(|| event.identifiers[random.below(event.identifiers.len())].clone())
    };
    let (Some(one), Some(other)) = (some(), some()) else { return Vec::new() };
    let now_ms = taken.iter().map(|event| event.received_at_ms).max().unwrap();
    let plan = match random.below(6) {
        0 => node.graph.plan_removal(&one, &other, now_ms).ok(),
        1 => node.graph.plan_apart(&[one], &[other]).ok(),
        2 => {
            let users: Vec<_> = taken[random.below(taken.len())].identifiers.clone();
            let users: Vec<_> = users.into_iter().filter(|id| id.collection == one.collection).collect();
            let users: BTreeSet<_> = users.into_iter().collect();
            node.graph.plan_disregard(&users.into_iter().collect::<Vec<_>>()).ok()
        }
        3 => node.graph.plan_release(&one).ok(),
        _ => {
            let open: Vec<_> = node.graph.operations().unwrap();
            let open: Vec<_> = open.into_iter().filter(|record| record.undone.is_none()).collect();
            if open.is_empty() {
                return Vec::new();
            }
            let number = open[random.below(open.len())].number;
            node.graph.plan_undo(number).ok()
        }
    };
    let Some(plan) = plan else { return Vec::new() };
    let planned = plan.changes().to_vec();
    let (_, changes) = node.carry_out(plan);
    assert_eq!(planned, changes);
    changes
}

fn decisions(node: &Node) -> Decisions {
    let name = |fragment| node.graph.identifier(fragment).unwrap().unwrap();
    let names = |side: Vec<_>| side.into_iter().map(name).collect::<Vec<_>>();
    let mut decisions = Decisions::default();
    for record in node.graph.operations().unwrap().into_iter().filter(|record| record.undone.is_none()) {
        match record.operation {
            Operation::Remove { life, at_ms, .. } => decisions.removals.push((at_ms, name(life))),
            Operation::KeepApart { left, right } => decisions.apart.push((names(left), names(right))),
            Operation::Disregard { identifiers } => {
                decisions.disregarded.push(names(identifiers).into_iter().collect());
            }
            Operation::Release { fragment } => decisions.released.push(name(fragment)),
        }
    }
    decisions.removals.sort();
    decisions
}

#[test]
fn an_explanation_is_the_way_of_events_between_two_identifiers() {
    let node = node(&joined_couple());
    let explained = node.graph.explain(&user("email", "e2"), &user("anonymous_id", "a1")).unwrap().unwrap();
    let way: Vec<_> = explained.steps.iter().map(|step| (step.message_id.as_str(), step.to.to_string())).collect();
    assert_eq!(
        way,
        [("m3", "anonymous_id:a2"), ("m4", "email:e1"), ("m2", "anonymous_id:a1")]
            .map(|(message, to)| (message, to.to_owned()))
    );
    assert_eq!(explained.steps[1].kept, [user("email", "e1"), user("anonymous_id", "a2")]);
    assert_eq!(explained.steps[1].source, "web");
    assert!(node.graph.explain(&user("email", "e2"), &user("email", "unknown")).unwrap().is_none());
    assert!(node.graph.explain(&user("email", "e2"), &user("email", "e2")).unwrap().unwrap().steps.is_empty());
}

#[test]
fn every_pair_of_identifiers_of_a_profile_is_explained_by_events_that_carried_them() {
    for seed in seeds(150, 5_000) {
        let mut random = Random::new(seed);
        let rules = random_rules(&mut random, true);
        let history = random_history(&mut random, 60);
        let mut node = Node::new(&rules);
        history.iter().for_each(|event| drop(node.take(event)));
        for profile in node.profiles() {
            let members: Vec<_> = profile.members.keys().map(|(identifier, _)| identifier).collect();
            for one in &members {
                for other in &members {
                    let explained = node.graph.explain(one, other).unwrap().unwrap();
                    let mut at = &explained.from;
                    for step in &explained.steps {
                        let event = history.iter().find(|event| event.message_id == step.message_id).unwrap();
                        assert!(event.identifiers.contains(at) && event.identifiers.contains(&step.to));
                        at = &step.to;
                    }
                    assert_eq!(&at, other);
                }
            }
        }
    }
}

fn few_sets() -> CompiledRules {
    let mut rules = Rules::default();
    rules.hairballs.sets = 5;
    rules.compile().unwrap()
}

#[test]
fn an_identifier_that_joins_too_many_is_taken_out_and_can_be_released_again() {
    let mut node = Node::new(&few_sets());
    let mut visitors = Vec::new();
    for visitor in 0..6 {
        let name = format!("a{visitor}");
        visitors.push(event(visitor, &[("anonymous_id", &name), ("email", "kiosk@x.com")]));
        let resolved = node.take(visitors.last().unwrap());
        assert_eq!(resolved.quarantined.len(), usize::from(visitor == 5));
    }
    let kiosk = user("email", "kiosk@x.com");
    assert_eq!(node.graph.profile_of(&kiosk), None);
    assert_eq!(node.profiles().len(), 6, "each visitor is a person of their own");
    assert_eq!(node.graph.hairballs().unwrap()[0].1, kiosk);
    node.restart();
    assert_eq!(node.graph.figures().quarantined, 1);
    let before = node.state_hash();
    let plan = node.graph.plan_release(&kiosk).unwrap();
    let (number, _) = node.carry_out(plan);
    let naive = Naive {
        rules: &few_sets(),
        decisions: Decisions { released: vec![kiosk.clone()], ..Decisions::default() },
        once_a_day: true,
    };
    assert_eq!(node.profiles(), naive.profiles(&visitors));
    assert!(node.graph.hairballs().unwrap().is_empty());
    let undo = node.graph.plan_undo(number).unwrap();
    node.carry_out(undo);
    assert_eq!(node.state_hash(), before);
}
