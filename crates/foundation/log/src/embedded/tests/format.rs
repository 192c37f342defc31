//! The files of `tests/fixtures/v<n>` were written by the version that had this format. They stay for good.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use bytes::Bytes;

use super::{all_values, open};
use crate::ReadLimit;
use crate::embedded::Environment;

const FILES: [&str; 3] =
    ["positions", "topics/events/0/00000000000000000000.segment", "topics/events/0/00000000000000000003.segment"];

fn fixture(version: u32) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/fixtures/v{version}"))
}

/// Clock and chance that are the same in every run.
fn fixed_environment() -> Environment {
    let now = AtomicI64::new(1_700_000_000_000);
    let salt = AtomicU32::new(0x5a17);
    Environment {
        now_ms: Arc::new(move || now.fetch_add(1000, Ordering::Relaxed)),
        salt: Arc::new(move || salt.fetch_add(1, Ordering::Relaxed)),
        ..Environment::system()
    }
}

fn values() -> Vec<Bytes> {
    vec!["one".into(), "two".into(), "".into(), Bytes::from(vec![0xff; 300]), "fünf".into()]
}

async fn write_example(dir: &Path) {
    let (log, partition) = open(dir, 200, fixed_environment());
    partition.append(values()[..1].to_vec()).await.unwrap();
    partition.append(values()[1..3].to_vec()).await.unwrap();
    partition.append(values()[3..].to_vec()).await.unwrap();
    log.commit("archive", &partition, 5).unwrap();
    log.commit("gone", &partition, 2).unwrap();
    log.commit("destination/ü", &partition, 1).unwrap();
    log.forget("gone").unwrap();
    log.close().await;
}

#[tokio::test]
async fn files_of_every_version_are_read_and_gone_on_with() {
    for version in [1, 2] {
        let dir = tempfile::tempdir().unwrap();
        for name in FILES {
            let copy = dir.path().join(name);
            std::fs::create_dir_all(copy.parent().unwrap()).unwrap();
            std::fs::copy(fixture(version).join(name), copy).unwrap();
        }
        let (log, partition) = open(dir.path(), 1 << 20, Environment::system());
        assert_eq!(all_values(&partition), values());
        let limit = ReadLimit { bytes_max: 1 << 20, records_max: 9 };
        let records = partition.read(0, limit).unwrap();
        let times: Vec<_> = records.iter().map(|record| record.appended_at_ms - 1_700_000_000_000).collect();
        assert_eq!(times, [2000, 3000, 3000]);
        assert_eq!(log.groups().unwrap(), ["archive", "destination/ü"]);
        assert_eq!(log.committed("archive", &partition).unwrap(), Some(5));
        assert_eq!(log.committed("destination/ü", &partition).unwrap(), Some(1));
        assert_eq!(partition.append(vec!["six".into()]).await.unwrap(), 5..6);
        log.commit("archive", &partition, 6).unwrap();
        log.close().await;

        let (log, partition) = open(dir.path(), 1 << 20, Environment::system());
        assert_eq!(all_values(&partition), [values(), vec!["six".into()]].concat());
        assert_eq!(log.committed("archive", &partition).unwrap(), Some(6));
        assert_eq!(log.committed("destination/ü", &partition).unwrap(), Some(1));
        let kept = std::fs::read(dir.path().join(FILES[1])).unwrap();
        assert_eq!(kept, std::fs::read(fixture(version).join(FILES[1])).unwrap(), "what is stored is not touched");
        log.close().await;
    }
}

#[tokio::test]
async fn a_torn_file_of_version_1_is_cut_to_its_whole_batches_and_gone_on_with() {
    let whole = std::fs::read(fixture(1).join(FILES[1])).unwrap();
    for length in 44..=whole.len() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(FILES[1]);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &whole[..length]).unwrap();
        let (log, partition) = open(dir.path(), 1 << 20, Environment::system());
        // A frame has 32 bytes before its value: the first batch is "one", the second "two" and an empty one.
        let kept = if length < 44 + 35 {
            0
        } else if length < whole.len() {
            1
        } else {
            3
        };
        assert_eq!(all_values(&partition), values()[..kept], "{length}");
        assert_eq!(partition.append(vec!["next".into()]).await.unwrap().start, kept as u64);
        log.close().await;
        let (_log, partition) = open(dir.path(), 1 << 20, Environment::system());
        assert_eq!(all_values(&partition).len(), kept + 1, "{length}");
    }
}

/// A log of version 1 whose newest segment was still empty: its name is taken by a segment of today.
#[tokio::test]
async fn an_empty_segment_of_version_1_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let name = FILES[1];
    std::fs::create_dir_all(dir.path().join(name).parent().unwrap()).unwrap();
    let header = &std::fs::read(fixture(1).join(name)).unwrap()[..44];
    std::fs::write(dir.path().join(name), header).unwrap();
    let (log, partition) = open(dir.path(), 1 << 20, Environment::system());
    assert_eq!(partition.append(vec!["one".into()]).await.unwrap(), 0..1);
    assert_eq!(partition.bounds().bytes, std::fs::metadata(dir.path().join(name)).unwrap().len());
    log.close().await;
    let (_log, partition) = open(dir.path(), 1 << 20, Environment::system());
    assert_eq!(all_values(&partition), ["one"]);
}

/// A change of the format needs a new version and a new fixture: delete none, run with `UPDATE_FIXTURES=1` to add it.
#[tokio::test]
async fn what_is_written_today_is_version_2_to_the_byte() {
    let dir = tempfile::tempdir().unwrap();
    write_example(dir.path()).await;
    for name in FILES {
        let (written, kept) = (dir.path().join(name), fixture(2).join(name));
        if std::env::var_os("UPDATE_FIXTURES").is_some() && !kept.exists() {
            std::fs::create_dir_all(kept.parent().unwrap()).unwrap();
            std::fs::copy(&written, &kept).unwrap();
        }
        assert_eq!(std::fs::read(written).unwrap(), std::fs::read(kept).unwrap(), "{name}");
    }
}
