//! Brokers and processes that die, each test with a broker of its own.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use prime_log::{AppendError, OpenError, ReadError, TransactionError};
use prime_log_kafka::KafkaOptions;
use prime_test_broker::Broker;
use rdkafka::ClientConfig;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::members::gained;
use crate::support::{KEPT, LIMIT, PATIENCE, follow, open, options_of, partition, texts};
use crate::transactions::{at, begin, to};

#[tokio::test(flavor = "multi_thread")]
async fn appends_that_a_killed_broker_interrupts_are_stored_once_and_in_order() {
    const WRITERS: u64 = 4;
    let mut broker = Broker::start();
    let mut options = options_of(&broker);
    options.append_timeout = PATIENCE * 2;
    let log = open(&options);
    let events = partition(&log, 0);
    let acknowledged = Arc::new(AtomicU64::new(0));
    let stop = Arc::new(AtomicU64::new(0));
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (events, acknowledged, stop) = (events.clone(), acknowledged.clone(), stop.clone());
            tokio::spawn(async move {
                let mut number = 0;
                while stop.load(Ordering::Relaxed) == 0 {
                    let batch = (number..number + 10).map(|number| format!("{writer} {number}").into()).collect();
                    events.append(batch).await.expect("it waits until the broker is back");
                    number += 10;
                    acknowledged.fetch_add(10, Ordering::Relaxed);
                }
                number
            })
        })
        .collect();
    for round in 1..=2 {
        while acknowledged.load(Ordering::Relaxed) < round * 2_000 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        broker = tokio::task::spawn_blocking(move || {
            broker.kill();
            broker.restart();
            broker
        })
        .await
        .unwrap();
    }
    let after_return = acknowledged.load(Ordering::Relaxed) + 500;
    let returned = Instant::now();
    while acknowledged.load(Ordering::Relaxed) < after_return {
        assert!(returned.elapsed() < PATIENCE, "appends go on when the broker is back");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    stop.store(1, Ordering::Relaxed);
    let mut next = [0; WRITERS as usize];
    let mut appended = 0;
    for writer in writers {
        appended += writer.await.unwrap();
    }
    let fresh = open(&options);
    let records = follow(&partition(&fresh, 0), 0, appended as usize).await;
    for text in texts(&records) {
        let (writer, number) = text.split_once(' ').unwrap();
        let expected = &mut next[writer.parse::<usize>().unwrap()];
        assert_eq!(number.parse::<u64>().unwrap(), *expected, "of writer {writer}");
        *expected += 1;
    }
    assert_eq!(records.len() as u64, appended);
    let end = partition(&fresh, 0).bounds().end;
    assert_eq!(end, records.last().unwrap().offset + 1, "nothing was stored twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_away_calls_answer_in_time_and_go_on_when_it_is_back() {
    let mut broker = Broker::start();
    let mut options = options_of(&broker);
    options.append_timeout = Duration::from_secs(1);
    options.request_timeout = Duration::from_secs(1);
    options.transaction_timeout = Duration::from_secs(3);
    let log = open(&patient(&options));
    let (events, others) = (partition(&log, 0), partition(&log, 1));
    let mut transactor = begin(&log, "t");
    transactor.commit(vec![to(&events, vec!["a".into()])], vec![at(&events, 1)]).await.unwrap();
    let mut member = log.join("g", "events", 3).unwrap();
    gained(&mut member).await;
    let hasty = open(&options);
    let hasty_events = follow_once(&hasty).await;
    let waiting = tokio::spawn({
        let others = others.clone();
        async move { others.wait_beyond(0).await }
    });
    broker.kill();

    let began = Instant::now();
    assert!(matches!(hasty_events.append(vec!["lost".into()]).await, Err(AppendError::Io(_))));
    assert!(matches!(hasty_events.read(hasty_events.bounds().end, LIMIT), Err(ReadError::Unreachable(_))));
    assert!(hasty.commit("g", &hasty_events, 1).is_err());
    assert!(hasty.committed("g", &hasty_events).is_err());
    assert!(hasty.groups().is_err());
    assert!(hasty_events.trim(1).is_err());
    assert_eq!(hasty_events.position_at(i64::MAX), 0);
    assert!(matches!(hasty.partition("new", 0, KEPT), Err(OpenError::Unreachable { .. })));
    assert!(matches!(hasty.transactor("u"), Err(OpenError::Unreachable { .. })));
    assert!(began.elapsed() < PATIENCE, "{:?}", began.elapsed());
    let unlucky = transactor.commit(vec![to(&events, vec!["b".into()])], vec![at(&events, 2)]).await;
    assert!(
        matches!(unlucky, Err(TransactionError::Aborted(_) | TransactionError::Unknown(_))),
        "{unlucky:?} is not told apart"
    );

    broker.restart();
    let mut transactor = begin(&log, "t");
    let next = log.committed("processor", &events).unwrap().unwrap();
    transactor.commit(vec![to(&events, vec!["c".into()])], vec![at(&events, next + 1)]).await.unwrap();
    others.append(vec!["x".into()]).await.unwrap();
    tokio::time::timeout(PATIENCE, waiting).await.expect("who waited hears of it").unwrap();
    // Its calls give up after a second, which a broker that has just started may need.
    let returned = Instant::now();
    while hasty.commit("g", &hasty_events, 1).is_err() || hasty_events.append(vec!["d".into()]).await.is_err() {
        assert!(returned.elapsed() < PATIENCE, "the impatient goes on as well");
    }
    let mut second = hasty.join("g", "events", 3).unwrap();
    tokio::spawn(async move { while member.next().await.is_some() {} });
    assert!(!gained(&mut second).await.is_empty(), "the group goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_open_is_taken_back_by_its_successor() {
    let broker = Broker::start();
    let options = options_of(&broker);
    let log = open(&options);
    let events = partition(&log, 0);
    let half = a_process_that_dies_amid_a_transaction(&options, "processor-0", Duration::from_secs(600));
    let mut successor = begin(&log, "processor-0");
    assert_eq!(log.committed("processor", &events).unwrap(), None);
    successor.commit(vec![to(&events, vec!["whole".into()])], vec![at(&events, 1)]).await.unwrap();
    assert_eq!(texts(&follow(&events, 0, 1).await), ["whole"]);
    drop(half);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_dead_process_left_open_holds_others_back_for_a_bounded_time_only() {
    let broker = Broker::start();
    let options = options_of(&broker);
    let log = open(&options);
    let events = partition(&log, 0);
    let half = a_process_that_dies_amid_a_transaction(&options, "processor-0", Duration::from_secs(3));
    let acknowledged = events.append(vec!["after".into()]).await.unwrap();
    assert!(events.read(acknowledged.start, LIMIT).unwrap().is_empty(), "it stands behind the open transaction");
    assert_eq!(texts(&follow(&events, 0, 1).await), ["after"]);
    drop(half);
}

/// Sends a record in a transaction and does nothing more.
fn a_process_that_dies_amid_a_transaction(options: &KafkaOptions, id: &str, timeout: Duration) -> BaseProducer {
    let producer: BaseProducer = ClientConfig::new()
        .set("bootstrap.servers", &options.bootstrap_servers)
        .set("transactional.id", format!("{}{id}", options.prefix))
        .set("transaction.timeout.ms", timeout.as_millis().to_string())
        .create()
        .unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    let topic = format!("{}events", options.prefix);
    producer.send(BaseRecord::<(), str>::to(&topic).partition(0).payload("half")).unwrap();
    producer.flush(PATIENCE).unwrap();
    producer
}

/// The same names, and the patience that opening takes.
fn patient(options: &KafkaOptions) -> KafkaOptions {
    KafkaOptions { append_timeout: PATIENCE, request_timeout: PATIENCE, ..options.clone() }
}

/// Opens the partition in a log of little patience, where the first answers may take longer.
async fn follow_once(log: &prime_log::Log) -> prime_log::Partition {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match log.partition("events", 0, KEPT) {
            Ok(partition) => return partition,
            Err(error) => assert!(Instant::now() < deadline, "{error:?}"),
        }
    }
}
