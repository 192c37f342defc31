//! Outputs and positions together, and who may write them.

use bytes::Bytes;
use prime_log::{Log, Output, Partition, Position, TransactionError, Transactor};

use crate::support::{KEPT, LIMIT, follow, log, open, options, partition, texts};

#[tokio::test(flavor = "multi_thread")]
async fn outputs_and_position_are_seen_by_others_once_it_is_done() {
    let options = options();
    let log = open(&options);
    let (input, output) = (partition(&log, 0), partition(&log, 1));
    input.append(vec!["in".into()]).await.unwrap();
    let mut transactor = begin(&log, "processor-0");
    for round in 0..3_u64 {
        let values = vec![format!("{round}a").into(), format!("{round}b").into()];
        transactor.commit(vec![to(&output, values)], vec![at(&input, round)]).await.unwrap();
    }
    let other = open(&options);
    let (there, input) = (partition(&other, 1), partition(&other, 0));
    assert_eq!(texts(&follow(&there, 0, 6).await), ["0a", "0b", "1a", "1b", "2a", "2b"]);
    assert_eq!(other.committed("processor", &input).unwrap(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_at_the_end_of_a_transaction_is_not_woken_by_its_mark() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    let written = partition(&one, 0);
    let mut transactor = begin(&one, "t");
    transactor.commit(vec![to(&written, vec!["a".into()])], vec![]).await.unwrap();
    // Opened after the transaction: the brokers tell an end that lies after the mark.
    let seen = partition(&other, 0);
    let mut from = 0;
    let mut reads = 0;
    let idle = tokio::time::timeout(std::time::Duration::from_secs(2), async {
        loop {
            seen.wait_beyond(from).await;
            reads += 1;
            from = seen.read(from, LIMIT).unwrap().last().map_or(from, |record| record.offset + 1);
        }
    });
    assert!(idle.await.is_err(), "it waits in the end");
    assert_eq!(from, 1);
    assert!(reads <= 3, "{reads} reads of one record");
    assert_eq!(seen.bounds().end, 1, "nothing is left to read");
    transactor.commit(vec![to(&written, vec!["b".into()])], vec![]).await.unwrap();
    assert_eq!(texts(&follow(&seen, from, 1).await), ["b"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_begins_later_under_the_same_id_ends_the_power_of_who_came_before() {
    let options = options();
    let (one, other) = (open(&options), open(&options));
    let output = partition(&one, 0);
    let mut older = begin(&one, "processor-0");
    older.commit(vec![to(&output, vec!["a".into()])], vec![at(&output, 1)]).await.unwrap();
    let mut newer = begin(&other, "processor-0");
    let refused = older.commit(vec![to(&output, vec!["zombie".into()])], vec![at(&output, 9)]).await;
    assert!(matches!(refused, Err(TransactionError::Fenced)), "{refused:?}");
    let there = partition(&other, 0);
    newer.commit(vec![to(&there, vec!["b".into()])], vec![at(&there, 2)]).await.unwrap();
    let refused = older.commit(vec![], vec![at(&output, 9)]).await;
    assert!(matches!(refused, Err(TransactionError::Fenced)), "{refused:?}");
    assert_eq!(texts(&follow(&there, 0, 2).await), ["a", "b"]);
    assert_eq!(other.committed("processor", &there).unwrap(), Some(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_is_refused_leaves_nothing_and_the_next_goes_on() {
    let mut options = options();
    options.record_bytes_max = 10_000;
    let log = open(&options);
    let output = partition(&log, 0);
    let mut transactor = begin(&log, "t");
    let too_large: Bytes = vec![b'x'; 200_000].into();
    let refused = transactor.commit(vec![to(&output, vec!["a".into(), too_large])], vec![at(&output, 1)]).await;
    assert!(matches!(refused, Err(TransactionError::Aborted(_))), "{refused:?}");
    transactor.commit(vec![to(&output, vec!["b".into()])], vec![]).await.unwrap();
    assert_eq!(texts(&follow(&output, 0, 1).await), ["b"]);
    assert_eq!(log.committed("processor", &output).unwrap(), None);
}

/// A collector keeps its place in its own journal as the position of a group of its own.
#[tokio::test(flavor = "multi_thread")]
async fn a_position_in_a_transaction_may_count_something_else() {
    let log = log();
    let output = partition(&log, 0);
    let mut transactor = begin(&log, "t");
    transactor.commit(vec![], vec![at(&output, 1 << 40)]).await.unwrap();
    assert_eq!(log.committed("processor", &output).unwrap(), Some(1 << 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_spans_topics_and_groups() {
    let log = log();
    let (events, rejected) = (partition(&log, 0), log.partition("rejected", 2, KEPT).unwrap());
    let mut transactor = begin(&log, "t");
    let outputs = vec![to(&events, vec!["good".into()]), to(&rejected, vec!["bad".into()])];
    let other = Position { group: "other".to_owned(), partition: rejected.clone(), next: 7 };
    transactor.commit(outputs, vec![at(&events, 3), other]).await.unwrap();
    assert_eq!(texts(&follow(&events, 0, 1).await), ["good"]);
    assert_eq!(texts(&follow(&rejected, 0, 1).await), ["bad"]);
    assert_eq!(log.committed("processor", &events).unwrap(), Some(3));
    assert_eq!(log.committed("other", &rejected).unwrap(), Some(7));
}

pub(crate) fn begin(log: &Log, id: &str) -> Transactor {
    log.transactor(id).expect("the broker runs").expect("Kafka has transactions")
}

pub(crate) fn to(partition: &Partition, values: Vec<Bytes>) -> Output {
    Output { partition: partition.clone(), values }
}

pub(crate) fn at(partition: &Partition, next: u64) -> Position {
    Position { group: "processor".to_owned(), partition: partition.clone(), next }
}
