use std::collections::HashMap;
use std::time::{Duration, Instant};

use prime_event::{EventRecord, MessageIdentity, RejectedRecord};
use serde_json::{Value, json};

use crate::house::{House, eventually, metric};
use crate::load::{Load, Sent};

/// After this without a sign of life, the brokers give a member's partitions to others.
const SESSION_TIMEOUT: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_processed_once_and_in_order_whoever_is_killed() {
    let began = Instant::now();
    let mut house = House::start().await;
    println!("started after {:?}", began.elapsed());
    counters_add_up_over_the_nodes(&house).await;
    println!("counted after {:?}", began.elapsed());
    collectors_hear_of_a_new_source(&house).await;
    println!("told after {:?}", began.elapsed());
    the_console_shows_what_waits_on_all_nodes(&house).await;
    println!("shown after {:?}", began.elapsed());

    let rounds = if std::env::var_os("PRIMEDATA_TEST_LONG").is_some() { 5 } else { 1 };
    let write_key = house.write_key();
    let load = Load::start("kills", &[house.collectors[0].url(), house.collectors[1].url()], &write_key);
    for _ in 0..rounds {
        for number in 0..2 {
            under_load().await;
            house.collectors[number].kill();
            under_load().await;
            house.collectors[number].restart().await;
            under_load().await;
            house.processors[number].kill();
            under_load().await;
            house.processors[number].restart().await;
        }
        under_load().await;
        a_processor_sleeps_through_the_loss_of_its_partitions(&house).await;
        under_load().await;
        collectors_go_on_without_the_broker(&mut house, &load).await;
    }
    under_load().await;
    let sent = load.stop().await;
    println!("sent after {:?}", began.elapsed());

    let acknowledged = sent.values().filter(|sent| sent.is_acknowledged).count();
    eventually("everything acknowledged is processed", async || {
        let (events, rejected) = house.outputs().await;
        let outputs = count(&events, &rejected);
        sent.iter().filter(|(_, sent)| sent.is_acknowledged).all(|(id, _)| outputs.contains_key(id.as_str()))
    })
    .await;
    let (events, rejected) = house.outputs().await;
    println!(
        "{acknowledged} of {} acknowledged, {} events, {} rejected, after {:?}",
        sent.len(),
        events.iter().map(Vec::len).sum::<usize>(),
        rejected.len(),
        began.elapsed()
    );
    assert!(acknowledged > 2_000, "the load was too small to prove anything: {acknowledged}");
    assert_once(&sent, &count(&events, &rejected));
    house.ledger_counts_all_events(events.iter().map(Vec::len).sum()).await;
    assert_in_order(&events);
    the_console_finds_what_any_node_processed(&house, &sent).await;
    every_event_is_its_persons_once(&house, &events).await;
}

/// Whatever partition it is in, and whoever was killed while profiles were made.
async fn every_event_is_its_persons_once(house: &House, events: &[Vec<EventRecord>]) {
    let mut people: HashMap<String, u64> = HashMap::new();
    for event in events.iter().flatten() {
        let message: Value = serde_json::from_slice(&event.payload).expect("a payload is JSON");
        *people.entry(message["userId"].as_str().expect("a good message names a person").to_owned()).or_default() += 1;
    }
    for (person, events) in &people {
        eventually("profiles show every event", async || {
            let found = house.processors[0].api(&format!("/profiles?query=user_id:{person}")).await;
            let shown = found["profiles"][0]["events"].as_u64().unwrap_or(0);
            assert!(shown <= *events, "{person} has {shown} events of {events}");
            shown == *events
        })
        .await;
    }
    println!("{} people have all of their events", people.len());
}

async fn under_load() {
    tokio::time::sleep(Duration::from_millis(800)).await;
}

/// Before anybody is killed: what the collectors took is what the processors made events of, or rejected.
async fn counters_add_up_over_the_nodes(house: &House) {
    let load = Load::start("count", &[house.collectors[0].url(), house.collectors[1].url()], &house.write_key());
    tokio::time::sleep(Duration::from_millis(500)).await;
    load.stop().await;
    eventually("accepted = processed + duplicate + rejected over all nodes", async || {
        let mut sums = [0; 4];
        for server in house.collectors.iter().chain(&house.processors) {
            for (sum, name) in sums.iter_mut().zip(["accepted", "processed", "duplicate", "rejected"]) {
                *sum += metric(server, &format!("primedata_messages_{name}_total")).await;
            }
        }
        let [accepted, processed, duplicates, rejected] = sums;
        let ended = processed + duplicates + rejected;
        assert!(accepted >= ended, "{accepted} < {processed} + {duplicates} + {rejected}");
        duplicates > 10 && accepted == ended
    })
    .await;
}

/// What is changed on one node is known on the others.
async fn collectors_hear_of_a_new_source(house: &House) {
    let source = json!({ "slug": "second", "metadataId": "node" });
    let (status, created) = house.processors[0].api_post("/sources", &source).await;
    assert_eq!(status, 200, "{created}");
    let key = created["data"]["source"]["writeKeys"][0].as_str().expect("a source has a key");
    for collector in &house.collectors {
        let settings = format!("{}/v1/projects/{key}/settings", collector.url());
        eventually("a collector knows the new source", async || reqwest::get(&settings).await.unwrap().status() == 200)
            .await;
    }
}

/// Each of the two that deliver has a share of the people, and the one with the console sees what waits at both.
async fn the_console_shows_what_waits_on_all_nodes(house: &House) {
    const EVENTS: u64 = 40;
    let console = &house.processors[0];
    let sources = console.api("/sources").await;
    let first = sources["sources"].as_array().expect("sources").iter();
    let first =
        first.clone().find(|source| source["writeKeys"][0] == house.write_key().as_str()).expect("the first source");
    // Nobody listens there.
    let hook = json!({
        "sourceId": first["id"], "metadataId": "webhook", "name": "Away", "enabled": true,
        "settings": {"url": "http://127.0.0.1:1/"},
    });
    let (status, created) = console.api_post("/destinations", &hook).await;
    assert_eq!(status, 200, "{created}");
    let id = created["data"]["destination"]["id"].as_str().expect("a destination has an id").to_owned();
    // A destination begins with what comes after it is known, in each partition for itself.
    for server in &house.processors {
        let metrics = format!("{}/metrics", server.url());
        eventually("the node follows the new destination", async || {
            reqwest::get(&metrics).await.unwrap().text().await.unwrap().contains(&id)
        })
        .await;
    }
    tokio::time::sleep(Duration::from_secs(3)).await;
    let message = |number| {
        let properties = json!({"number": 1});
        json!({"type": "track", "event": "Waits", "userId": format!("person-{number}"), "properties": properties})
            .to_string()
    };
    let messages: Vec<_> = (0..EVENTS).map(message).collect();
    let (status, answer) = house.collectors[0].post("/v1/batch", house.batch(&messages.join(","))).await;
    assert_eq!(status, 200, "{answer}");
    eventually("what waits at both nodes is seen", async || {
        let queues = console.api("/delivery/queues").await;
        let queue =
            queues["queues"].as_array().expect("queues").iter().find(|queue| queue["destinationId"] == id.as_str());
        queue.is_some_and(|queue| queue["waiting"] == EVENTS && queue["reason"].is_string())
    })
    .await;
    console.api_delete(&format!("/destinations/{id}")).await;
}

/// The others of its group take its partitions over. When it wakes it goes on writing where it stopped, and nobody may
/// ever see that.
async fn a_processor_sleeps_through_the_loss_of_its_partitions(house: &House) {
    house.processors[1].pause();
    tokio::time::sleep(SESSION_TIMEOUT + Duration::from_secs(3)).await;
    house.processors[1].wake();
}

/// A broker that is killed costs its senders nothing: the journals take what comes, of a collector that is started
/// meanwhile, too.
async fn collectors_go_on_without_the_broker(house: &mut House, load: &Load) {
    house.broker.kill();
    let before = load.acknowledged();
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    house.collectors[0].kill();
    house.collectors[0].restart().await;
    let restarted = house.collectors[0].post("/v1/batch", house.batch("")).await;
    assert_eq!(restarted.0, 200, "{}", restarted.1);
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let meanwhile = load.acknowledged() - before;
    println!("{meanwhile} acknowledged while the broker was away");
    assert!(meanwhile > 200, "only {meanwhile} were acknowledged while the broker was away");
    let broker = &mut house.broker;
    tokio::task::block_in_place(|| broker.restart());
}

/// The console's node reads what all nodes wrote.
async fn the_console_finds_what_any_node_processed(house: &House, sent: &HashMap<String, Sent>) {
    let (id, _) = sent.iter().find(|(_, sent)| sent.is_acknowledged && sent.is_good).expect("some were good");
    // One answer looks at a bounded part of the stream.
    let mut query = format!("/events?messageId={id}&limit=1");
    let found = loop {
        let page = house.processors[0].api(&query).await;
        if let Some(found) = page["events"].get(0) {
            break found.clone();
        }
        let next = page["pagination"]["next"].as_str().expect("it is in a part that was not looked at yet");
        query = format!("/events?messageId={id}&limit=1&pagination[cursor]={next}");
    };
    assert_eq!(found["messageId"], id.as_str(), "{found}");
    let mut cursor = String::new();
    let mut places = Vec::new();
    for _ in 0..5 {
        let page = house.processors[0].api(&format!("/events?limit=100&pagination[cursor]={cursor}")).await;
        let events = page["events"].as_array().expect("a page has events");
        places.extend(events.iter().map(|event| event["offset"].as_u64().expect("a place")));
        cursor = page["pagination"]["next"].as_str().expect("there are more").to_owned();
    }
    places.sort_unstable();
    places.dedup();
    assert_eq!(places.len(), 500, "pages repeat nothing");
}

/// How often each message became something, by its id. One that was rejected is rejected again each time it is sent.
fn count<'a>(events: &'a [Vec<EventRecord>], rejected: &'a [RejectedRecord]) -> HashMap<String, usize> {
    let mut times = HashMap::new();
    for event in events.iter().flatten() {
        let identity = MessageIdentity::read(&event.payload).expect("an event has an id");
        *times.entry(identity.message_id).or_default() += 1;
    }
    for record in rejected {
        if let Some(identity) = MessageIdentity::read(&record.original) {
            times.insert(identity.message_id, 1);
        }
    }
    times
}

/// Nothing acknowledged is missing, and nothing at all is there twice.
fn assert_once(sent: &HashMap<String, Sent>, times: &HashMap<String, usize>) {
    for (id, sent) in sent {
        let times = times.get(id).copied().unwrap_or(0);
        match sent.is_acknowledged {
            true => assert_eq!(times, 1, "{id}, acknowledged"),
            false => assert!(times <= 1, "{id}, whose answer was lost, is there {times} times"),
        }
    }
}

/// Each person's messages are in one partition, in the order they were sent.
fn assert_in_order(events: &[Vec<EventRecord>]) {
    let mut homes: HashMap<String, (usize, u64)> = HashMap::new();
    for (partition, events) in events.iter().enumerate() {
        for event in events {
            let message: Value = serde_json::from_slice(&event.payload).expect("a payload is JSON");
            let person = message["userId"].as_str().expect("a good message names a person").to_owned();
            let number = message["properties"]["number"].as_u64().expect("a number");
            let (home, last) = homes.entry(person.clone()).or_insert((partition, 0));
            assert_eq!(*home, partition, "{person} is in two partitions");
            assert!(*last < number, "{person}: {number} follows {last}");
            *last = number;
        }
    }
    assert!(homes.len() > 20);
}
