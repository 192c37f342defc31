use std::collections::HashMap;

use serde_json::{Value, json};

use crate::house::{House, a_moment, eventually};
use crate::receiver::{Receiver, status};

/// The names of the events of each request that was answered so.
fn batches(receiver: &Receiver, answered: u16) -> Vec<Vec<String>> {
    let got = receiver.got();
    let names = |body: &[u8]| {
        let events: Vec<Value> = serde_json::from_slice(body).unwrap();
        events.iter().map(|event| event["event"].as_str().unwrap().to_owned()).collect()
    };
    got.iter().filter(|got| got.status == answered).map(|got| names(&got.body)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn events_share_requests_up_to_the_batch_size() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    let id = house.webhook(json!({"url": receiver.url(), "batchSize": 10}));
    let service = house.start().await;
    let names: Vec<_> = (0..35).map(|number| format!("e{number}")).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("all are delivered", || house.counts(&id)[0] == 35).await;
    let sent = batches(&receiver, 200);
    assert!(sent.iter().all(|batch| batch.len() <= 10), "{sent:?}");
    assert!(sent.len() <= 6, "{} requests for 35 events", sent.len());
    let mut all = sent.concat();
    all.sort();
    let mut expected = names.clone();
    expected.sort();
    assert_eq!(all, expected, "each is sent once");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_refused_is_found_and_the_others_of_its_batch_are_delivered_once() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.refuse("poison");
    let id = house.webhook(json!({"url": receiver.url(), "batchSize": 16}));
    let service = house.start().await;
    let names: Vec<_> =
        (0..16).map(|number| if number == 5 { "poison".to_owned() } else { format!("e{number}") }).collect();
    house.track(&names.iter().map(String::as_str).collect::<Vec<_>>()).await;
    eventually("all have ended", || house.counts(&id)[0] + house.counts(&id)[1] == 16).await;
    assert_eq!((house.counts(&id)[0], house.counts(&id)[1]), (15, 1));
    let mut taken: HashMap<String, usize> = HashMap::new();
    batches(&receiver, 200).concat().into_iter().for_each(|name| *taken.entry(name).or_default() += 1);
    assert!(taken.len() == 15 && taken.values().all(|times| *times == 1), "{taken:?}");
    // Halving sixteen: four refusals on the way, and the one alone.
    assert!(batches(&receiver, 400).len() <= 6, "{:?}", batches(&receiver, 400));
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_may_yet_succeed_is_sent_again() {
    let (house, receiver) = (House::build(), Receiver::open().await);
    receiver.script([status(503)]);
    let id = house.webhook(json!({"url": receiver.url(), "batchSize": 5}));
    let service = house.start().await;
    house.track(&["a", "b", "c", "d", "e"]).await;
    eventually("all are delivered", || house.counts(&id)[0] == 5).await;
    let mut all = batches(&receiver, 200).concat();
    all.sort();
    assert_eq!(all, ["a", "b", "c", "d", "e"]);
    a_moment().await;
    assert_eq!(house.counts(&id)[1], 0);
    service.stop().await;
}
