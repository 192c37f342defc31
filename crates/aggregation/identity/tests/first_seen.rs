//! Who follows a graph is told which identifiers nobody can know anything of yet.

use prime_identity::{IdentifiedEvent, Identifier, IdentityGraph, Memory, MemoryStore, Rules};

type Seen = Vec<&'static str>;

fn take(graph: &mut IdentityGraph<MemoryStore>, at_ms: i64, values: &[&'static str]) -> Seen {
    let identifiers: Vec<_> = values.iter().map(|value| Identifier::user("user_id", *value)).collect();
    let event = IdentifiedEvent {
        message_id: "m",
        source: "web",
        timestamp_ms: at_ms,
        received_at_ms: at_ms,
        identifiers: &identifiers,
    };
    let first_seen = graph.resolve(&event).unwrap().first_seen;
    values
        .iter()
        .copied()
        .filter(|value| first_seen.contains(&graph.fragment_key().fragment(&Identifier::user("user_id", *value))))
        .collect()
}

#[test]
fn an_identifier_is_first_seen_once_also_where_it_is_blocked_or_dropped_and_after_a_restart() {
    let rules = Rules::default().compile().unwrap();
    let mut graph = IdentityGraph::open(MemoryStore::new(), rules.clone(), [3; 16], Memory::default()).unwrap();
    assert_eq!(take(&mut graph, 1_000, &["a", "null"]), ["a", "null"], "one of them is blocked");
    assert_eq!(take(&mut graph, 2_000, &["a", "b"]), ["b"], "it is dropped for a limit");
    assert!(take(&mut graph, 3_000, &["a", "b"]).is_empty());
    assert!(take(&mut graph, 4_000, &["b", "null"]).is_empty(), "a new set of known ones");
    let changes = graph.take_changes();
    graph.store_mut().write(changes);
    let mut graph = IdentityGraph::open(graph.store_mut().clone(), rules, [0; 16], Memory::default()).unwrap();
    assert!(take(&mut graph, 5_000, &["null"]).is_empty());
    assert_eq!(take(&mut graph, 6_000, &["null", "b", "c"]), ["c"]);
    assert_eq!(take(&mut graph, 500, &["d"]), ["d"], "earlier than all others");
}
