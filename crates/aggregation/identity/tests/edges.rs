//! A profile is drawn with what joined it, and with what did not.

use prime_identity::{
    DropReason, IdentifiedEvent, Identifier, IdentityGraph, Memory, MemoryStore, OwnedIdentifier, Rules,
};

fn graph(events: &[(&str, &[(&'static str, &'static str)])]) -> IdentityGraph<MemoryStore> {
    let rules = Rules::default().compile().unwrap();
    let mut graph = IdentityGraph::open(MemoryStore::new(), rules, [3; 16], Memory::default()).unwrap();
    for (at, (message_id, identifiers)) in (1i64..).zip(events) {
        let identifiers: Vec<OwnedIdentifier> =
            identifiers.iter().map(|(kind, value)| Identifier::user(*kind, *value).into_owned()).collect();
        let event = IdentifiedEvent {
            message_id,
            source: "web",
            timestamp_ms: at * 1_000,
            received_at_ms: at * 1_000,
            identifiers: &identifiers,
        };
        graph.resolve(&event).unwrap();
    }
    graph
}

#[test]
fn an_edge_tells_what_an_event_joined_and_what_it_dropped_for_a_limit() {
    let graph = graph(&[
        ("m1", &[("anonymous_id", "a1"), ("user_id", "u1")]),
        ("m2", &[("anonymous_id", "a1"), ("user_id", "u2")]),
        ("m3", &[("user_id", "u2")]),
        ("m4", &[("user_id", "u2"), ("email", "-1")]),
    ]);
    let profile = |value| graph.profile_of(&Identifier::user("user_id", value)).unwrap();
    let edges = graph.edges(profile("u2"), 100).unwrap();
    let fragment = |kind, value| graph.fragment_key().fragment(&Identifier::user(kind, value));
    assert!(!edges.is_cut);
    assert_eq!(edges.edges.len(), 2, "a single identifier is no edge: {edges:?}");
    let [second, fourth] = &edges.edges[..] else { panic!("{edges:?}") };
    assert_eq!((second.message_id.as_str(), second.kept.as_slice()), ("m2", &[fragment("user_id", "u2")][..]));
    assert_eq!((second.dropped[0].1.value.as_ref(), second.dropped[0].2), ("a1", DropReason::Limit));
    assert_eq!((fourth.dropped[0].1.kind.as_ref(), fourth.dropped[0].2), ("email", DropReason::Blocked));

    let edges = graph.edges(profile("u1"), 100).unwrap();
    let joined = edges.edges.iter().find(|edge| edge.message_id == "m1").unwrap();
    assert_eq!(joined.kept.len(), 2);
    assert!(graph.edges(profile("u1"), 1).unwrap().is_cut);
}
