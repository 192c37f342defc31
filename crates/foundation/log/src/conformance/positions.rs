use std::io::ErrorKind;

use super::Harness;
use super::support::{fresh, unbounded, values_named};

pub(super) async fn groups_and_partitions_keep_their_own_positions(harness: &dyn Harness) {
    let (instance, partition) = fresh(harness).await;
    let log = instance.log();
    let other = log.partition("rejected", 0, unbounded()).unwrap();
    let start = partition.append(values_named(0..10, 1)).await.unwrap().start;
    let other_start = other.append(values_named(0..10, 1)).await.unwrap().start;
    assert_eq!(log.committed("destination/a", &partition).unwrap(), None);
    log.commit("destination/a", &partition, start + 7).unwrap();
    log.commit("destination/b", &partition, start + 9).unwrap();
    log.commit("destination/a", &other, other_start + 1).unwrap();
    log.commit("destination/b", &partition, start + 2).unwrap();
    assert_eq!(log.committed("destination/a", &partition).unwrap(), Some(start + 7));
    assert_eq!(log.committed("destination/b", &partition).unwrap(), Some(start + 2), "a group may go back");
    assert_eq!(log.committed("destination/a", &other).unwrap(), Some(other_start + 1));
    assert_eq!(log.committed("destination/b", &other).unwrap(), None);
    assert_eq!(log.groups().unwrap(), ["destination/a", "destination/b"]);
}

pub(super) async fn committed_positions_survive_reopening(harness: &dyn Harness) {
    let (mut instance, partition) = fresh(harness).await;
    let start = partition.append(values_named(0..10, 1)).await.unwrap().start;
    instance.log().commit("destination/a", &partition, start + 7).unwrap();
    instance.log().commit("destination/b", &partition, start + 3).unwrap();
    instance.log().forget("destination/b").unwrap();
    drop(partition);
    instance.reopen().await;
    let log = instance.log();
    let partition = log.partition("events", 0, unbounded()).unwrap();
    assert_eq!(log.committed("destination/a", &partition).unwrap(), Some(start + 7));
    assert_eq!(log.committed("destination/b", &partition).unwrap(), None);
    assert_eq!(log.groups().unwrap(), ["destination/a"]);
    assert_eq!(log.position("destination/a", &partition).await, Some(start + 7));
}

pub(super) async fn a_forgotten_group_is_gone_for_good_and_may_begin_again(harness: &dyn Harness) {
    let (instance, partition) = fresh(harness).await;
    let (log, start) = (instance.log(), partition.bounds().start);
    log.commit("a", &partition, start).unwrap();
    log.commit("b", &partition, start).unwrap();
    log.forget("a").unwrap();
    log.forget("unknown").unwrap();
    assert_eq!(log.groups().unwrap(), ["b"]);
    assert_eq!(log.committed("a", &partition).unwrap(), None);
    log.commit("a", &partition, start).unwrap();
    assert_eq!(log.groups().unwrap(), ["a", "b"]);
}

pub(super) async fn positions_that_cannot_be_are_refused(harness: &dyn Harness) {
    let (instance, partition) = fresh(harness).await;
    let (log, end) = (instance.log(), partition.bounds().end);
    let refused = |group: &str, next| log.commit(group, &partition, next).unwrap_err().kind();
    assert_eq!(refused("group", end + 1), ErrorKind::InvalidInput, "nothing was appended yet");
    assert_eq!(refused("", end), ErrorKind::InvalidInput);
    assert_eq!(refused(&"g".repeat(1025), end), ErrorKind::InvalidInput);
    assert!(log.groups().unwrap().is_empty());
}
