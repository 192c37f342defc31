use std::io::ErrorKind;

use crate::support::{Random, open, unbounded, value};

#[tokio::test]
async fn committed_positions_survive_and_groups_and_partitions_keep_their_own() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    let other = log.partition("rejected", 3, unbounded()).unwrap();
    partition.append((0..10).map(|name| value(name, 1)).collect()).await.unwrap();
    other.append((0..10).map(|name| value(name, 1)).collect()).await.unwrap();
    assert_eq!(log.committed("destination/a", &partition).unwrap(), None);
    log.commit("destination/a", &partition, 7).unwrap();
    log.commit("destination/b", &partition, 9).unwrap();
    log.commit("destination/a", &other, 1).unwrap();
    log.commit("destination/b", &partition, 2).unwrap();
    log.close().await;

    let (log, partition) = open(dir.path());
    let other = log.partition("rejected", 3, unbounded()).unwrap();
    assert_eq!(log.committed("destination/a", &partition).unwrap(), Some(7));
    assert_eq!(log.committed("destination/b", &partition).unwrap(), Some(2), "a group may go back");
    assert_eq!(log.committed("destination/a", &other).unwrap(), Some(1));
    assert_eq!(log.groups().unwrap(), ["destination/a", "destination/b"]);
}

#[tokio::test]
async fn a_forgotten_group_is_gone_for_good_and_may_begin_again() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    log.commit("a", &partition, 0).unwrap();
    log.commit("b", &partition, 0).unwrap();
    log.forget("a").unwrap();
    log.forget("unknown").unwrap();
    assert_eq!(log.groups().unwrap(), ["b"]);
    log.close().await;
    let (log, partition) = open(dir.path());
    assert_eq!((log.groups().unwrap(), log.committed("a", &partition).unwrap()), (vec!["b".to_owned()], None));
    log.commit("a", &partition, 0).unwrap();
    assert_eq!(log.groups().unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn positions_that_cannot_be_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    let refused = |group: &str, next| log.commit(group, &partition, next).unwrap_err().kind();
    assert_eq!(refused("group", 1), ErrorKind::InvalidInput, "nothing was appended yet");
    assert_eq!(refused("", 0), ErrorKind::InvalidInput);
    assert_eq!(refused(&"g".repeat(1025), 0), ErrorKind::InvalidInput);
    assert!(log.groups().unwrap().is_empty());
}

#[tokio::test]
async fn positions_whose_write_was_torn_fall_back_to_the_last_whole_commit() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    partition.append((0..10).map(|name| value(name, 1)).collect()).await.unwrap();
    log.commit("group", &partition, 4).unwrap();
    let file = dir.path().join("positions");
    let whole = std::fs::metadata(&file).unwrap().len();
    log.commit("group", &partition, 5).unwrap();
    log.close().await;
    let bytes = std::fs::read(&file).unwrap();
    for length in whole as usize..=bytes.len() {
        std::fs::write(&file, &bytes[..length]).unwrap();
        let (log, partition) = open(dir.path());
        assert_eq!(log.committed("group", &partition).unwrap(), Some(if length == bytes.len() { 5 } else { 4 }));
        log.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_groups_commit_at_once_and_the_file_stays_in_proportion() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    partition.append((0..1000).map(|name| value(name, 1)).collect()).await.unwrap();
    // Long names, so that the file grows past what is worth tidying: 20 threads, 20 groups each, 500 bytes a commit.
    let name = |thread: u64, group: u64| format!("{}/{thread}/{group}", "n".repeat(450));
    std::thread::scope(|scope| {
        for thread in 0..20 {
            let (log, partition) = (&log, &partition);
            scope.spawn(move || {
                let mut random = Random(thread);
                for turn in 0..300 {
                    let group = if turn < 280 { random.below(20) } else { turn - 280 };
                    log.commit(&name(thread, group), partition, turn).unwrap();
                }
            });
        }
    });
    let bytes = std::fs::metadata(dir.path().join("positions")).unwrap().len();
    assert!(bytes < 2_000_000, "6,000 commits of 500 bytes were not tidied away: {bytes}");
    log.close().await;
    let (log, partition) = open(dir.path());
    assert_eq!(log.groups().unwrap().len(), 400);
    for thread in 0..20 {
        for group in 0..20 {
            assert_eq!(log.committed(&name(thread, group), &partition).unwrap(), Some(280 + group));
        }
    }
}
