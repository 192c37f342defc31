use crate::support::{Random, open, value};

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
