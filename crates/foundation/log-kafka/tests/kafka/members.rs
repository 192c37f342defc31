//! Groups of several members.

use std::time::Duration;

use prime_log::{Assignment, Membership, TransactionError};

use crate::support::{PATIENCE, open, options, partition, texts};
use crate::transactions::{at, begin, to};

#[tokio::test(flavor = "multi_thread")]
async fn members_share_the_partitions_and_take_over_from_who_leaves() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    partition(&one, 0);
    let mut first = one.join("processor", "events", 3).unwrap();
    assert_eq!(gained(&mut first).await, [0, 1, 2]);
    let mut second = other.join("processor", "events", 3).unwrap();
    let (lost, release) = lost(&mut first).await;
    let early = tokio::time::timeout(Duration::from_millis(500), second.next()).await;
    assert!(early.is_err(), "what is still worked on is nobody else's: {early:?}");
    drop(release);
    assert_eq!(gained(&mut second).await, lost);
    drop(first);
    let mut rest = gained(&mut second).await;
    rest.extend(lost);
    rest.sort_unstable();
    assert_eq!(rest, [0, 1, 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_zombie_loses_its_partition_and_cannot_write_for_it_any_more() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    let events = partition(&one, 0);
    let mut zombie = one.join("processor", "events", 3).unwrap();
    assert_eq!(gained(&mut zombie).await, [0, 1, 2]);
    let mut transactors: Vec<_> = (0..3).map(|number| begin(&one, &format!("processor-{number}"))).collect();
    // From here on nobody asks the first member's changes, nor releases anything.
    let mut heir = other.join("processor", "events", 3).unwrap();
    let moved = gained(&mut heir).await;
    let number = moved[0] as usize;
    let mut successor = begin(&other, &format!("processor-{number}"));
    let there = partition(&other, 0);
    successor.commit(vec![to(&there, vec!["heir".into()])], vec![at(&there, 1)]).await.unwrap();
    let refused = transactors[number].commit(vec![to(&events, vec!["zombie".into()])], vec![at(&events, 5)]).await;
    assert!(matches!(refused, Err(TransactionError::Fenced)), "{refused:?}");
    assert_eq!(texts(&crate::support::follow(&there, 0, 1).await), ["heir"]);
    assert_eq!(other.committed("processor", &there).unwrap(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn positions_can_be_set_while_a_group_has_members() {
    let log = open(&options());
    let events = partition(&log, 0);
    events.append(vec!["a".into()]).await.unwrap();
    let mut member = log.join("deliver", "events", 3).unwrap();
    gained(&mut member).await;
    log.commit("deliver", &events, 1).unwrap();
    assert_eq!(log.committed("deliver", &events).unwrap(), Some(1));
    assert_eq!(log.groups().unwrap(), ["deliver"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn closing_the_log_leaves_its_groups_at_once() {
    let mut options = options();
    options.session_timeout = Duration::from_secs(60);
    let (one, other) = (open(&options), open(&options));
    partition(&one, 0);
    let mut first = one.join("g", "events", 3).unwrap();
    gained(&mut first).await;
    let left = tokio::time::timeout(PATIENCE, one.close());
    let releasing = async { while first.next().await.is_some() {} };
    let (left, ()) = tokio::join!(left, releasing);
    left.expect("it does not take as long as a session");
    let mut second = other.join("g", "events", 3).unwrap();
    assert_eq!(gained(&mut second).await, [0, 1, 2]);
}

/// All partitions that the next changes bring, until one is lost.
pub(crate) async fn gained(member: &mut Membership) -> Vec<u32> {
    match tokio::time::timeout(PATIENCE, member.next()).await.expect("Kafka hands partitions out") {
        Some(Assignment::Gained(partitions)) => partitions,
        other => panic!("expected a gain, got {other:?}"),
    }
}

async fn lost(member: &mut Membership) -> (Vec<u32>, prime_log::Release) {
    match tokio::time::timeout(PATIENCE, member.next()).await.expect("Kafka takes partitions back") {
        Some(Assignment::Lost { partitions, release }) => (partitions, release),
        other => panic!("expected a loss, got {other:?}"),
    }
}
