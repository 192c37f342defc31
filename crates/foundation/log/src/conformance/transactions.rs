use bytes::Bytes;

use super::support::{fresh, read_from, unbounded, until, value, values, values_named};
use super::{Harness, Instance};
use crate::{Offset, Output, Partition, Position, TransactionError, Transactor};

const GROUP: &str = "stage";

fn transactor(log: &crate::Log, id: &str) -> Transactor {
    log.transactor(id).unwrap().expect("the log has transactions")
}

fn output(partition: &Partition, values: Vec<Bytes>) -> Output {
    Output { partition: partition.clone(), values }
}

fn position(partition: &Partition, next: Offset) -> Position {
    Position { group: GROUP.to_owned(), partition: partition.clone(), next }
}

/// An input with ten records, and two outputs.
async fn stage(harness: &dyn Harness) -> (Box<dyn Instance>, Partition, Offset, [Partition; 2]) {
    let (instance, input) = fresh(harness).await;
    let start = input.append(values_named(0..10, 10)).await.unwrap().start;
    let outputs = ["first", "second"].map(|topic| instance.log().partition(topic, 0, unbounded()).unwrap());
    (instance, input, start, outputs)
}

fn all_values(partition: &Partition) -> Vec<Bytes> {
    values(&read_from(partition, partition.bounds().start).unwrap())
}

pub(super) async fn outputs_and_positions_appear_together(harness: &dyn Harness) {
    let (instance, input, start, [first, second]) = stage(harness).await;
    let log = instance.log();
    let mut stage = transactor(log, "stage/0");
    for round in 0..3 {
        let (one, two) = (vec![value(round, 100)], values_named([round + 100, round + 200], 100));
        let outputs = vec![output(&first, one), output(&second, two)];
        stage.commit(outputs, vec![position(&input, start + round + 1)]).await.unwrap();
    }
    stage.commit(Vec::new(), vec![position(&input, start + 9)]).await.unwrap();
    until("the outputs can be read", || all_values(&first).len() == 3 && all_values(&second).len() == 6).await;
    assert_eq!(all_values(&first), values_named(0..3, 100));
    assert_eq!(all_values(&second), values_named([100, 200, 101, 201, 102, 202], 100));
    until("the position is known", || log.committed(GROUP, &input).unwrap() == Some(start + 9)).await;
}

pub(super) async fn a_reader_of_outputs_never_sees_half_of_a_transaction(harness: &dyn Harness) {
    let (instance, _, _, [first, second]) = stage(harness).await;
    let log = instance.log().clone();
    let (to_first, to_second) = (first.clone(), second.clone());
    let writer = tokio::spawn(async move {
        let mut stage = transactor(&log, "stage/0");
        for round in 0..30 {
            let batch = values_named(round * 10..round * 10 + 7, 50);
            let outputs = vec![output(&to_first, batch.clone()), output(&to_second, batch)];
            stage.commit(outputs, Vec::new()).await.unwrap();
        }
    });
    let mut seen = 0;
    until("all of it can be read", || {
        let (one, two) = (all_values(&first).len(), all_values(&second).len());
        assert!(one % 7 == 0 && two % 7 == 0, "{one} and {two} of batches of seven");
        assert!(one >= seen, "what was read once stays");
        seen = one;
        one == 210 && two == 210
    })
    .await;
    writer.await.unwrap();
}

pub(super) async fn who_was_replaced_writes_nothing_more(harness: &dyn Harness) {
    let (instance, input, start, [first, second]) = stage(harness).await;
    let log = instance.log();
    let mut before = transactor(log, "stage/0");
    before.commit(vec![output(&first, vec![value(1, 9)])], vec![position(&input, start + 1)]).await.unwrap();
    let mut other = transactor(log, "stage/1");
    let mut now = transactor(&instance.another(), "stage/0");
    for _ in 0..2 {
        let outputs = vec![output(&first, vec![value(66, 9)]), output(&second, vec![value(66, 9)])];
        let refused = before.commit(outputs, vec![position(&input, start + 6)]).await;
        assert!(matches!(refused, Err(TransactionError::Fenced)), "{refused:?}");
    }
    now.commit(vec![output(&first, vec![value(2, 9)])], vec![position(&input, start + 2)]).await.unwrap();
    other.commit(vec![output(&first, vec![value(3, 9)])], Vec::new()).await.expect("another id is nobody's rival");
    until("the outputs can be read", || all_values(&first).len() >= 3).await;
    assert_eq!(all_values(&first), values_named(1..4, 9));
    assert!(all_values(&second).is_empty());
    until("the position is known", || log.committed(GROUP, &input).unwrap() == Some(start + 2)).await;
}

pub(super) async fn a_transaction_that_cannot_be_leaves_no_trace(harness: &dyn Harness) {
    let (instance, input, start, [first, second]) = stage(harness).await;
    let log = instance.log();
    let mut stage = transactor(log, "stage/0");
    let too_large = Bytes::from(vec![0; (64 << 20) + 1]);
    let outputs = vec![output(&first, vec![value(1, 9)]), output(&second, vec![too_large])];
    let refused = stage.commit(outputs, vec![position(&input, start + 5)]).await;
    assert!(matches!(refused, Err(TransactionError::Aborted(_))), "{refused:?}");
    stage.commit(vec![output(&first, vec![value(2, 9)])], vec![position(&input, start + 1)]).await.unwrap();
    until("the next transaction can be read", || !all_values(&first).is_empty()).await;
    assert_eq!((all_values(&first), all_values(&second)), (vec![value(2, 9)], Vec::new()));
    until("the position is known", || log.committed(GROUP, &input).unwrap() == Some(start + 1)).await;
}
