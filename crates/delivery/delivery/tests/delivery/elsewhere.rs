//! How destinations stand, seen from a process that does not deliver.

use std::time::Duration;

use prime_archive::{ArchiveHandle, ArchiveOptions};
use prime_delivery::{DeliveryHandle, QueueState, StandingsService};
use prime_event::DestinationId;
use prime_log::Partition;
use prime_log_kafka::{KafkaLog, KafkaOptions};
use prime_runtime::Shutdown;
use prime_test_broker::Broker;
use serde_json::json;

use crate::house::{House, eventually};
use crate::receiver::{Receiver, status};

/// Follows these partitions as a node does that shows people what others deliver.
fn watch(house: &House, progress: Vec<Partition>) -> (DeliveryHandle, Shutdown) {
    let archives = ArchiveHandle::of_several(&ArchiveOptions::default());
    let handle = DeliveryHandle::of_several(&house.options, archives).unwrap();
    let (service, shutdown) = (StandingsService::new(progress, &handle), Shutdown::new());
    tokio::spawn(service.run(shutdown.signal()));
    (handle, shutdown)
}

fn waiting(handle: &DeliveryHandle, id: &DestinationId) -> Option<u64> {
    handle.queue(id).map(|queue| queue.waiting)
}

/// Tells others, and tries nothing again for a while.
fn telling(house: House) -> House {
    let mut house = house;
    house.options.tell_others = true;
    (house.options.backoff_first, house.options.backoff_max) = (Duration::from_secs(60), Duration::from_secs(60));
    house
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_seen_elsewhere_until_it_has_ended_and_the_destination_is_gone() {
    let (house, receiver) = (telling(House::build()), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    let idle = house.webhook_of(&house.another_source(), json!({"url": receiver.url()})).id.clone();
    receiver.always(status(500));
    let service = house.start().await;
    let (seen, _following) = watch(&house, vec![house.progress()]);
    eventually("whoever begins to look knows of the idle one, too", || waiting(&seen, &idle) == Some(0)).await;
    house.track(&["A", "B"]).await;
    let is_retried = |queue: QueueState| (queue.waiting, queue.retries) == (2, 2);
    eventually("both are seen to wait", || seen.queue(&id).is_some_and(is_retried)).await;
    let state = seen.state(&id).unwrap();
    assert!(state.waiting && state.behind == 2 && state.last_error.is_some(), "{state:?}");
    let repaired = Receiver::open().await;
    house.set(&id, json!({"url": repaired.url()}));
    let is_well = || seen.state(&id).is_some_and(|state| state.behind == 0 && state.last_error.is_none());
    eventually("it is seen that nothing waits any more", || waiting(&seen, &id) == Some(0) && is_well()).await;
    house.switch(&id, false);
    eventually("it is seen that it is switched off", || seen.queue(&id).is_none() && seen.state(&id).is_some()).await;
    house.delete(&id);
    eventually("it is forgotten", || seen.state(&id).is_none()).await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_delivers_nothing_sees_all_partitions_whoever_delivers_them() {
    let broker = tokio::task::spawn_blocking(Broker::start).await.unwrap();
    let options =
        KafkaOptions { partitions: 2, prefix: "elsewhere.".into(), ..KafkaOptions::new(broker.bootstrap_servers()) };
    let open = || KafkaLog::open(options.clone()).unwrap();
    let receiver = Receiver::open().await;
    let first = telling(House::build_on(open()));
    let second = telling(first.beside(open()).at(1));
    let id = first.webhook(json!({"url": receiver.url()}));
    receiver.always(status(500));
    let (victim, other) = (first.start_victim().await, second.start().await);
    let onlooker = first.beside(open());
    let progress_of_first = onlooker.progress();
    let onlooker = onlooker.at(1);
    let (seen, following) = watch(&onlooker, vec![progress_of_first, onlooker.progress()]);

    first.track(&["A", "B"]).await;
    second.track(&["C"]).await;
    eventually("what waits in both is added up", || waiting(&seen, &id) == Some(3)).await;
    assert_eq!((waiting(&victim.handle, &id), waiting(&other.handle, &id)), (Some(2), Some(1)));

    victim.kill();
    let successor = telling(first.beside(open()));
    let service = successor.start().await;
    successor.track(&["D", "E"]).await;
    eventually("the successor's numbers are seen", || waiting(&seen, &id) == Some(5)).await;
    let repaired = Receiver::open().await;
    first.set(&id, json!({"url": repaired.url()}));
    eventually("all of it ends", || waiting(&seen, &id) == Some(0)).await;
    following.begin();
    other.stop().await;
    service.stop().await;
}
