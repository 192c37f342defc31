use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::task::JoinHandle;

use super::support::{PATIENCE, unbounded, until};
use super::{Harness, Instance, Settings};
use crate::{Assignment, Log, Membership, Release};

const GROUP: &str = "stage";
const TOPIC: &str = "events";
const PARTITIONS: u32 = 6;

async fn shared_topic(harness: &dyn Harness) -> Box<dyn Instance> {
    let instance = harness.fresh(Settings::default()).await;
    for number in 0..PARTITIONS {
        instance.log().partition(TOPIC, number, unbounded()).unwrap();
    }
    instance
}

fn join(log: &Log) -> Membership {
    log.join(GROUP, TOPIC, PARTITIONS).unwrap()
}

async fn next(member: &mut Membership) -> Assignment {
    tokio::time::timeout(PATIENCE, member.next())
        .await
        .expect("a change comes")
        .expect("the member belongs to the group")
}

/// Takes changes, releasing at once what is lost, until the member has this many partitions.
async fn until_it_has(member: &mut Membership, has: &mut Vec<u32>, count: usize) {
    while has.len() != count {
        match next(member).await {
            Assignment::Gained(gained) => has.extend(gained),
            Assignment::Lost { partitions, .. } => has.retain(|number| !partitions.contains(number)),
        }
    }
}

pub(super) async fn a_lone_member_has_all_partitions(harness: &dyn Harness) {
    let instance = shared_topic(harness).await;
    let (mut member, mut has) = (join(instance.log()), Vec::new());
    until_it_has(&mut member, &mut has, PARTITIONS as usize).await;
    has.sort_unstable();
    assert_eq!(has, (0..PARTITIONS).collect::<Vec<_>>());
}

/// Who has which partition, as the members believe.
type Ledger = Arc<Mutex<BTreeMap<u32, usize>>>;

/// A member that works on what it has until it is told to stop.
fn working_member(log: &Log, name: usize, ledger: &Ledger) -> JoinHandle<()> {
    let (mut member, ledger) = (join(log), ledger.clone());
    tokio::spawn(async move {
        let _leaves = Leaves { name, ledger: ledger.clone() };
        while let Some(change) = member.next().await {
            match change {
                Assignment::Gained(gained) => {
                    for number in gained {
                        let other = ledger.lock().insert(number, name);
                        assert!(other.is_none(), "partition {number} is {name}'s and still {other:?}'s");
                    }
                }
                Assignment::Lost { partitions, release } => {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    for number in partitions {
                        let mine = ledger.lock().remove(&number);
                        assert_eq!(mine, Some(name), "only what it has can be lost");
                    }
                    drop(release);
                }
            }
        }
    })
}

/// Stops working before the membership, which is dropped after it, ends.
struct Leaves {
    name: usize,
    ledger: Ledger,
}

impl Drop for Leaves {
    fn drop(&mut self) {
        self.ledger.lock().retain(|_, member| *member != self.name);
    }
}

pub(super) async fn members_share_and_no_partition_ever_has_two(harness: &dyn Harness) {
    let instance = shared_topic(harness).await;
    let ledger = Ledger::default();
    let shares = |ledger: &Ledger| {
        let mut shares = BTreeMap::new();
        ledger.lock().values().for_each(|member| *shares.entry(*member).or_insert(0) += 1);
        shares.into_values().collect::<Vec<usize>>()
    };
    let first = working_member(instance.log(), 1, &ledger);
    until("one member has all", || shares(&ledger) == [6]).await;
    let second = working_member(&instance.another(), 2, &ledger);
    until("two members share", || shares(&ledger) == [3, 3]).await;
    let third = working_member(&instance.another(), 3, &ledger);
    until("three members share", || shares(&ledger) == [2, 2, 2]).await;
    assert!(!first.is_finished() && !second.is_finished() && !third.is_finished(), "a member found a broken promise");
    second.abort();
    until("two members share again", || shares(&ledger) == [3, 3]).await;
    first.abort();
    until("the last has all", || ledger.lock().values().filter(|member| **member == 3).count() == 6).await;
    assert!(!third.is_finished(), "a member found a broken promise");
    third.abort();
}

/// Takes changes until something is lost, and holds it.
async fn until_it_loses(member: &mut Membership) -> (Vec<u32>, Release) {
    loop {
        if let Assignment::Lost { partitions, release } = next(member).await {
            return (partitions, release);
        }
    }
}

pub(super) async fn lost_partitions_wait_for_their_release(harness: &dyn Harness) {
    let instance = shared_topic(harness).await;
    let (mut first, mut has) = (join(instance.log()), Vec::new());
    until_it_has(&mut first, &mut has, 6).await;
    let mut second = join(&instance.another());
    let (lost, release) = until_it_loses(&mut first).await;
    let too_early = async {
        loop {
            if let Assignment::Gained(gained) = next(&mut second).await
                && gained.iter().any(|number| lost.contains(number))
            {
                return;
            }
        }
    };
    let early = tokio::time::timeout(Duration::from_millis(150), too_early).await;
    assert!(early.is_err(), "nobody else has what is not released");
    // From here on the first serves its group in the background, as a broker may need more than one round.
    let ledger = tokio::spawn(async move {
        drop(release);
        while first.next().await.is_some() {}
    });
    until_it_has(&mut second, &mut Vec::new(), 3).await;
    ledger.abort();
}

pub(super) async fn who_does_not_release_is_overruled(harness: &dyn Harness) {
    if harness.capabilities().release_max.is_none() {
        return;
    }
    let instance = shared_topic(harness).await;
    let (mut first, mut has) = (join(instance.log()), Vec::new());
    until_it_has(&mut first, &mut has, 6).await;
    let mut second = join(&instance.another());
    let (_lost, _never_released) = until_it_loses(&mut first).await;
    let mut gained = Vec::new();
    until_it_has(&mut second, &mut gained, 3).await;
    drop(first);
    until_it_has(&mut second, &mut gained, 6).await;
}
