use std::time::Duration;

use bytes::Bytes;
use prime_event::{LedgerRecord, WorkspaceId};
use prime_ledger::{FindingKind, LedgerHandle, LedgerService, Resolution, Whose};
use prime_log::{Log, LogOptions, Partition, TopicOptions, WhenFull};
use prime_runtime::Shutdown;
use tokio::task::JoinHandle;

use super::{after, counts, hour, line, record};

fn partition(log: &Log, number: u32) -> Partition {
    let options = TopicOptions { bytes_max: 64 << 20, age_max: None, when_full: WhenFull::TrimOldest };
    log.partition("ledger", number, options).unwrap()
}

/// One accepted message for each offset.
fn stretch(from: u64, next: u64) -> Bytes {
    record(from, next, vec![line("shop", hour(), counts(next - from, 0, 0))]).encode()
}

fn start(partitions: &[Partition]) -> (LedgerHandle, Shutdown, JoinHandle<()>) {
    let (service, shutdown) = (LedgerService::new(partitions.to_vec()), Shutdown::new());
    let (handle, signal) = (service.handle(), shutdown.signal());
    (handle, shutdown, tokio::spawn(service.run(signal)))
}

fn accepted(handle: &LedgerHandle) -> u64 {
    let workspace = WorkspaceId::new("w");
    let whose = Whose { workspace: &workspace, source: None };
    handle.totals(whose, Resolution::Minute, hour()..after(hour(), 60)).accepted
}

/// Waits until a condition holds.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..3_000 {
        if holds() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within half a minute: {what}");
}

#[tokio::test]
async fn a_restart_reads_the_same_sums_again_and_goes_on_with_what_comes() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Log::open(LogOptions { dir: folder.path().into(), segment_bytes_max: 1 << 20 }).unwrap();
    let log = open();
    let partitions = vec![partition(&log, 0)];
    partitions[0].append((0..50).map(|number| stretch(number * 2, number * 2 + 2)).collect()).await.unwrap();
    let (handle, shutdown, running) = start(&partitions);
    until("the ledger is read", || handle.is_caught_up()).await;
    assert_eq!(accepted(&handle), 100);
    partitions[0].append(vec![stretch(100, 107)]).await.unwrap();
    until("what comes is counted", || accepted(&handle) == 107).await;
    shutdown.begin();
    running.await.unwrap();
    log.close().await;
    drop((partitions, log));

    let log = open();
    let partitions = vec![partition(&log, 0)];
    let (handle, shutdown, running) = start(&partitions);
    until("the ledger is read again", || handle.is_caught_up()).await;
    assert_eq!((accepted(&handle), handle.findings_total()), (107, 0));
    shutdown.begin();
    running.await.unwrap();
}

#[tokio::test]
async fn several_partitions_are_one_ledger() {
    let log = Log::in_memory();
    let partitions: Vec<_> = (0..4).map(|number| partition(&log, number)).collect();
    let (handle, shutdown, running) = start(&partitions);
    for round in 0..10 {
        for partition in &partitions {
            // Each partition has offsets of its own.
            let from = u64::from(partition.number()) * 1_000 + round;
            partition.append(vec![stretch(from, from + 1)]).await.unwrap();
        }
    }
    until("all are counted", || accepted(&handle) == 40).await;
    assert!(handle.is_caught_up());
    assert_eq!(handle.findings(), []);
    shutdown.begin();
    running.await.unwrap();
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_told_and_the_rest_is_counted() {
    let log = Log::in_memory();
    let partitions = vec![partition(&log, 0)];
    let values = vec![stretch(0, 10), Bytes::from_static(b"\x09nothing"), stretch(20, 30)];
    partitions[0].append(values).await.unwrap();
    let (handle, _shutdown, _running) = start(&partitions);
    until("the ledger is read", || handle.is_caught_up()).await;
    assert_eq!(accepted(&handle), 20);
    let kinds: Vec<_> = handle.findings().iter().map(|finding| finding.kind).collect();
    assert_eq!(kinds, [FindingKind::Gap, FindingKind::Unreadable]);
    assert_eq!((handle.findings()[0].from, handle.findings()[0].next), (10, 20));
}

#[tokio::test]
async fn a_ledger_whose_oldest_records_are_gone_begins_later_without_complaint() {
    let log = Log::in_memory();
    let partitions = vec![partition(&log, 0)];
    partitions[0].append((0..10).map(|number| stretch(number, number + 1)).collect()).await.unwrap();
    partitions[0].trim(4).unwrap();
    let (handle, _shutdown, _running) = start(&partitions);
    until("the ledger is read", || handle.is_caught_up()).await;
    assert_eq!((accepted(&handle), handle.findings_total()), (6, 0));
}

#[tokio::test]
async fn a_node_that_follows_no_ledger_has_an_empty_one() {
    let handle = LedgerHandle::default();
    assert!(!handle.is_caught_up() && handle.findings().is_empty());
    assert_eq!(accepted(&handle), 0);
    let empty = record(0, 0, Vec::new()).encode();
    assert_eq!(LedgerRecord::decode(empty).unwrap().lines, []);
}
