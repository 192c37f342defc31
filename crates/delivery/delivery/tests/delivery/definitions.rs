use std::time::Duration;

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
async fn what_waits_goes_on_when_a_destination_is_soon_switched_on_again() {
    let (mut house, receiver) = (House::build(), Receiver::open().await);
    house.options.second_thoughts = Duration::from_secs(60);
    receiver.always(status(503));
    let id = house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    let names: Vec<_> = (0..60).map(|number| format!("E{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("its circuit is open, and most were never tried", || receiver.count() >= 10).await;
    house.switch(&id, false);
    let says = || service.handle.queue(&id)?.reason;
    eventually("it says what becomes of those", || {
        says().is_some_and(|reason| reason.starts_with("It is switched off."))
    })
    .await;
    let tried = receiver.count();
    house.track(&["Meanwhile"]).await;
    a_moment().await;
    assert_eq!(receiver.count(), tried, "nothing is sent");
    assert!(house.committed() < Some(60), "they are still owed");
    receiver.always(status(200));
    house.switch(&id, true);
    eventually("all are delivered", || house.counts(&id)[0] == 60).await;
    assert!(!receiver.events().contains(&"Meanwhile".to_owned()));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_position_of_what_is_switched_off_passes_while_others_are_busy() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let off = house.webhook(json!({"url": receiver.url()}));
    house.webhook(json!({"url": receiver.url()}));
    let service = house.start().await;
    house.switch(&off, false);
    let begun = std::time::Instant::now();
    while service.handle.state(&off).is_none_or(|state| state.position == 0) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it stands still");
        house.track(&["Busy"]).await;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
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
