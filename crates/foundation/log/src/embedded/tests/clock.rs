use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use super::{all_values, open};
use crate::embedded::Environment;
use crate::{Log, Partition, ReadLimit};

fn open_at(dir: &Path, clock: &Arc<AtomicI64>) -> (Log, Partition) {
    let clock = clock.clone();
    let now_ms = Arc::new(move || clock.load(Ordering::Relaxed));
    open(dir, 200, Environment { now_ms, ..Environment::system() })
}

async fn append(partition: &Partition) {
    partition.append(vec![vec![0; 60].into()]).await.unwrap();
}

#[tokio::test]
async fn times_of_records_never_fall_even_when_the_clock_does() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(5000));
    let (log, partition) = open_at(dir.path(), &clock);
    append(&partition).await;
    clock.store(3000, Ordering::Relaxed);
    append(&partition).await;
    append(&partition).await;
    log.close().await;
    let (_log, partition) = open_at(dir.path(), &clock);
    append(&partition).await;
    clock.store(6000, Ordering::Relaxed);
    append(&partition).await;
    let mut times = Vec::new();
    for offset in 0..5 {
        let record = partition.read(offset, ReadLimit { bytes_max: 1, records_max: 1 }).unwrap().remove(0);
        times.push(record.appended_at_ms);
    }
    assert_eq!(times, [5000, 5000, 5000, 5000, 6000]);
}

#[tokio::test]
async fn a_time_that_many_segments_share_leads_to_its_first_record() {
    let dir = tempfile::tempdir().unwrap();
    let clock = Arc::new(AtomicI64::new(1000));
    let (_log, partition) = open_at(dir.path(), &clock);
    append(&partition).await;
    clock.store(2000, Ordering::Relaxed);
    for _ in 0..9 {
        append(&partition).await;
    }
    assert_eq!(all_values(&partition).len(), 10);
    assert_eq!([999, 1000, 1001, 2000, 2001].map(|time| partition.position_at(time)), [0, 0, 1, 1, 10]);
}
