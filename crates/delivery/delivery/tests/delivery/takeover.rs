//! Two processes that both believe to own a partition, on a log that they share.

use std::time::Duration;

use prime_log_kafka::{KafkaLog, KafkaOptions};
use prime_test_broker::Broker;
use serde_json::json;

use crate::house::{House, a_moment, eventually};
use crate::receiver::{Receiver, status};

#[tokio::test(flavor = "multi_thread")]
async fn whoever_takes_a_partition_over_is_the_only_one_who_sends_from_then_on() {
    let broker = tokio::task::spawn_blocking(Broker::start).await.unwrap();
    let options =
        KafkaOptions { partitions: 1, prefix: "takeover.".into(), ..KafkaOptions::new(broker.bootstrap_servers()) };
    let open = || KafkaLog::open(options.clone()).unwrap();
    let receiver = Receiver::open().await;
    let mut first = House::build_on(open());
    (first.options.backoff_first, first.options.backoff_max) = (Duration::from_secs(3), Duration::from_secs(3));
    let id = first.webhook(json!({"url": receiver.url()}));
    receiver.script([status(500)]);
    let owner = first.start().await;
    first.track(&["Waits"]).await;
    eventually("it was tried", || first.counts(&id)[3] == 1).await;
    first.track(&["A", "B"]).await;
    let has_taken = |name: &str| receiver.taken().iter().any(|taken| taken == name);
    eventually("both are delivered", || has_taken("A") && has_taken("B")).await;
    eventually("it is written down", || first.committed().is_some()).await;
    a_moment().await;

    let second = first.beside(open());
    let successor = second.start().await;
    first.track(&["C", "D"]).await;
    eventually("the former owner finds out and ends by itself", || owner.has_ended()).await;
    let sent_by_former = first.counts(&id)[3];
    eventually("the successor has delivered what was owed", || ["Waits", "C", "D"].into_iter().all(has_taken)).await;
    first.track(&["E", "F", "G"]).await;
    eventually("what comes later is delivered", || has_taken("G")).await;
    eventually("and the others", || has_taken("E") && has_taken("F")).await;
    a_moment().await;
    assert_eq!(first.counts(&id)[3], sent_by_former, "the former owner sends nothing more");
    let taken = receiver.taken();
    let times = |name: &str| taken.iter().filter(|taken| *taken == name).count();
    for name in ["A", "B", "E", "F", "G"] {
        assert_eq!(times(name), 1, "{name} in {taken:?}");
    }
    // Until the former owner found out, both could send these: under the same idempotency key.
    assert!(["Waits", "C", "D"].iter().all(|name| (1..=2).contains(&times(name))), "{taken:?}");
    successor.stop().await;
}
