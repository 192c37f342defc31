use std::time::Duration;

use prime_log::{Log, LogOptions, OpenError};

use crate::support::{open, read_from, value};

#[tokio::test]
async fn offsets_are_dense_from_zero_on() {
    let dir = tempfile::tempdir().unwrap();
    let (_log, partition) = open(dir.path());
    assert_eq!(partition.append(vec![value(0, 10), value(1, 0)]).await.unwrap(), 0..2);
    assert_eq!(partition.append(vec![value(2, 3_000_000)]).await.unwrap(), 2..3);
    assert_eq!(partition.append(Vec::new()).await.unwrap(), 3..3);
    let offsets: Vec<_> = read_from(&partition, 0).unwrap().iter().map(|record| record.offset).collect();
    assert_eq!(offsets, [0, 1, 2]);
    assert_eq!((partition.bounds().start, partition.bounds().end), (0, 3));
}

#[tokio::test]
async fn a_folder_belongs_to_one_log_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    let options = LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 << 20 };
    let error = Log::open(options.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Locked { .. }), "{error}");
    assert!(error.to_string().contains("in use by another process"), "{error}");
    partition.append(vec![value(0, 1)]).await.unwrap();
    log.close().await;
    Log::open(options).expect("a closed log leaves its folder to the next");
}

#[tokio::test]
async fn a_log_that_nobody_holds_any_more_frees_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    let (log, partition) = open(dir.path());
    partition.append(vec![value(0, 1)]).await.unwrap();
    drop((log, partition));
    let options = LogOptions { dir: dir.path().to_owned(), segment_bytes_max: 1 << 20 };
    for _ in 0..500 {
        if Log::open(options.clone()).is_ok() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the folder stays locked");
}

#[test]
fn a_folder_that_cannot_be_made_is_named_in_the_error() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Log::open(LogOptions { dir: file.join("log"), segment_bytes_max: 1 << 20 }).unwrap_err();
    assert!(matches!(error, OpenError::Io { .. }), "{error:?}");
    assert!(error.to_string().contains("file"), "{error}");
}
