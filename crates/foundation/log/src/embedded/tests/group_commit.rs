use std::time::Duration;

use bytes::Bytes;

use super::faulty_disk::{Faults, FaultyDisk, SyncFault};
use super::{all_values, open};

#[tokio::test]
async fn callers_who_come_while_the_disk_is_busy_share_the_next_sync() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (_log, partition) = open(dir.path(), 1 << 30, disk.environment());
    disk.hold_syncs();
    let before = disk.syncs();
    let append = |name: u8| {
        let partition = partition.clone();
        tokio::spawn(async move { partition.append(vec![Bytes::from(vec![name])]).await })
    };
    let first = append(0);
    while disk.syncs() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let later: Vec<_> = (1..=100).map(append).collect();
    // On this runtime all tasks that are ready run before this one does so for the tenth time.
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
    assert_eq!(partition.bounds().end, 0, "what is not synced cannot be read");
    assert!(!first.is_finished() && later.iter().all(|append| !append.is_finished()), "nor is it acknowledged");

    disk.release_syncs();
    first.await.unwrap().unwrap();
    for append in later {
        append.await.unwrap().unwrap();
    }
    assert_eq!(disk.syncs() - before, 2, "one for the first, one for the hundred after it");
    assert_eq!(partition.bounds().end, 101);
}

#[tokio::test]
async fn a_failed_sync_fails_those_who_shared_it_and_nobody_else() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
    disk.hold_syncs();
    let before = disk.syncs();
    let append = |name: &'static str| {
        let partition = partition.clone();
        tokio::spawn(async move { partition.append(vec![name.into()]).await })
    };
    let lost = append("lost");
    while disk.syncs() == before {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let kept: Vec<_> = (0..50).map(|_| append("kept")).collect();
    tokio::task::yield_now().await;
    disk.fail(Faults { sync: Some(SyncFault::Refused), ..Faults::default() });
    disk.release_syncs();
    lost.await.unwrap().unwrap_err();
    for append in kept {
        append.await.unwrap().unwrap();
    }
    assert_eq!(all_values(&partition), vec!["kept"; 50]);
    log.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn committers_of_positions_share_syncs() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FaultyDisk::default();
    let (log, partition) = open(dir.path(), 1 << 30, disk.environment());
    partition.append(vec!["record".into()]).await.unwrap();
    let before = disk.syncs();
    disk.hold_syncs();
    std::thread::scope(|scope| {
        for group in 0..50 {
            let (log, partition) = (&log, &partition);
            scope.spawn(move || log.commit(&format!("group {group}"), partition, 1).unwrap());
        }
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(log.groups().unwrap().len(), 0, "a position counts once it is durable");
        disk.release_syncs();
    });
    assert_eq!(log.groups().unwrap().len(), 50);
    let syncs = disk.syncs() - before;
    assert!(syncs <= 10, "{syncs} syncs for 50 commits");
}
