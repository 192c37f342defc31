use std::time::Duration;

use prime_log::{Log, Partition, TopicOptions, WhenFull};
use prime_receipts::{Receipt, ReceiptQuery, ReceiptRecord, ReceiptsHandle, ReceiptsService, State, StoreOptions};
use prime_runtime::Shutdown;

use crate::{lane, reason, receipt, workspace};

fn partitions(log: &Log) -> Vec<Partition> {
    let options = || TopicOptions { bytes_max: 1 << 30, age_max: None, when_full: WhenFull::TrimOldest };
    (0..2).map(|number| log.partition("receipts", number, options()).unwrap()).collect()
}

fn record(receipt: Receipt) -> bytes::Bytes {
    ReceiptRecord::Receipt(Box::new(receipt)).encode()
}

async fn eventually(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("did not happen: {what}");
}

fn received(handle: &ReceiptsHandle) -> u64 {
    handle.totals(&workspace(), &lane("hook").destination).unwrap().received
}

#[tokio::test(flavor = "multi_thread")]
async fn all_partitions_are_followed_and_gone_on_with_after_a_restart() {
    let (log, state) = (Log::in_memory(), prime_state::State::in_memory());
    let stream = partitions(&log);
    let event = |offset: u64, partition: u32| {
        let mut receipt = receipt(offset, 1, State::Failed(reason("400")));
        receipt.event.partition = partition;
        record(receipt)
    };
    stream[0].append(vec![event(0, 0), event(1, 0)]).await.unwrap();
    for round in 0..3 {
        let service = ReceiptsService::open(state.clone(), StoreOptions::default(), stream.clone()).unwrap();
        let (handle, shutdown) = (service.handle(), Shutdown::new());
        let running = tokio::spawn(service.run(shutdown.signal()));
        stream[1].append(vec![event(10 + round, 1)]).await.unwrap();
        eventually("all is read", || received(&handle) == 3 + round).await;
        eventually("it says so", || handle.status().unwrap().unwrap().is_caught_up).await;
        let expected = if round == 0 { 3 } else { 1 };
        eventually("nothing is read twice", || handle.status().unwrap().unwrap().records_taken == expected).await;
        shutdown.begin();
        running.await.unwrap().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_cannot_be_read_is_passed_over_and_counted() {
    let (log, state) = (Log::in_memory(), prime_state::State::in_memory());
    let stream = partitions(&log);
    let service = ReceiptsService::open(state, StoreOptions::default(), stream.clone()).unwrap();
    let (handle, shutdown) = (service.handle(), Shutdown::new());
    let running = tokio::spawn(service.run(shutdown.signal()));
    let good = record(receipt(0, 1, State::Delivered));
    stream[0].append(vec![bytes::Bytes::from_static(b"\x09what"), good]).await.unwrap();
    eventually("the good one is read", || received(&handle) == 1).await;
    assert_eq!(handle.status().unwrap().unwrap().records_unreadable, 1);
    shutdown.begin();
    running.await.unwrap().unwrap();
}

#[test]
fn a_node_that_follows_no_receipts_knows_of_nothing() {
    let handle = ReceiptsHandle::default();
    assert!(handle.search(&ReceiptQuery::of(workspace()), None, 10).unwrap().receipts.is_empty());
    assert_eq!((received(&handle), handle.status().unwrap()), (0, None));
}
