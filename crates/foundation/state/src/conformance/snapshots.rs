use std::sync::atomic::{AtomicBool, Ordering};

use super::Harness;
use super::support::{POINTS, SCANS, family, pairs, put};
use crate::{Batch, Durability};

pub(super) fn a_snapshot_never_changes(harness: &dyn Harness) {
    let instance = harness.fresh();
    let points = family(&*instance, POINTS);
    put(&*instance, points, b"a", b"1");
    let before = instance.state().snapshot();
    let mut scan = before.scan_prefix(points, b"");
    put(&*instance, points, b"a", b"2");
    put(&*instance, points, b"b", b"1");
    assert_eq!(pairs(&before, points), [(b"a".to_vec(), b"1".to_vec())]);
    assert_eq!(&*scan.next().unwrap().unwrap().1, b"1");
    assert!(scan.next().is_none());
    assert_eq!(pairs(&instance.state().snapshot(), points).len(), 2);
}

pub(super) fn readers_never_see_half_of_a_batch(harness: &dyn Harness) {
    const ROUNDS: u64 = 300;
    let instance = harness.fresh();
    let state = instance.state();
    let (points, scans) = (family(&*instance, POINTS), family(&*instance, SCANS));
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        let readers: Vec<_> = (0..2)
            .map(|_| {
                threads.spawn(|| {
                    let mut newest = 0;
                    while !done.load(Ordering::Relaxed) {
                        let moment = state.snapshot();
                        let read = |family, key: &[u8]| {
                            let value = moment.get(family, key).expect("the key is read");
                            value.map_or(0, |value| u64::from_be_bytes(value[..].try_into().expect("eight bytes")))
                        };
                        let (first, second, third) = (read(points, b"x"), read(scans, b"y"), read(points, b"z"));
                        assert!(first == second && second == third, "{first} {second} {third}");
                        assert!(first >= newest, "a later snapshot shows an older state");
                        newest = first;
                    }
                })
            })
            .collect();
        for round in 1..=ROUNDS {
            let mut batch = Batch::new();
            batch.put(points, *b"x", round.to_be_bytes());
            batch.put(scans, *b"y", round.to_be_bytes());
            batch.put(points, *b"z", round.to_be_bytes());
            state.write(batch, Durability::Process).expect("the batch is written");
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            reader.join().expect("the reader saw whole batches only");
        }
    });
}
