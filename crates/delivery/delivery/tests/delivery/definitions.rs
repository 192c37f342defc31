use serde_json::json;

use crate::house::{House, a_moment, eventually};
use crate::receiver::{Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_destination_begins_at_the_end_of_the_stream() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let service = house.start().await;
    house.track(&["Before"]).await;
    let id = house.webhook(json!({"url": receiver.url()}));
    eventually("it is followed", || house.committed() == Some(1)).await;
    house.track(&["After"]).await;
    eventually("one is delivered", || house.counts(&id)[0] == 1).await;
    a_moment().await;
    assert_eq!(receiver.events(), ["After"]);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switched_off_destination_receives_nothing_also_later() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.switch(&id, false);
    a_moment().await;
    house.track(&["While off"]).await;
    a_moment().await;
    house.switch(&id, true);
    a_moment().await;
    house.track(&["While on"]).await;
    eventually("the later one is delivered", || receiver.count() == 1).await;
    a_moment().await;
    assert_eq!(receiver.events(), ["While on"]);
    assert_eq!(service.handle.state(&id).unwrap().behind, 0);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_a_destination_off_ends_what_waits_for_a_retry() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.track(&["A", "B"]).await;
    eventually("both were tried", || house.counts(&id)[3] >= 2).await;
    house.switch(&id, false);
    eventually("the position passes them", || house.committed() == Some(2)).await;
    let tried = receiver.count();
    a_moment().await;
    assert_eq!(receiver.count(), tried);
    assert!(!service.handle.state(&id).unwrap().waiting);
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_destination_is_forgotten() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.always(status(500));
    let (gone, stays) = (house.webhook(json!({"url": receiver.url()})), house.webhook(json!({"url": receiver.url()})));
    let service = house.start().await;
    house.track(&["A"]).await;
    eventually("it was tried", || house.counts(&gone)[3] >= 1).await;
    house.delete(&gone);
    eventually("it is followed no more", || service.handle.state(&gone).is_none()).await;
    assert!(service.handle.state(&stays).is_some());
    service.stop().await;
    assert_eq!(house.committed(), Some(0), "the other one is still owed the event");
    house.delete(&stays);
    let service = house.start().await;
    eventually("also what was deleted meanwhile needs nothing", || house.committed() == Some(1)).await;
    service.stop().await;
}
