use std::ops::Bound;

use super::Harness;
use super::support::{ALL, SCANS, family, owned, put};

pub(super) fn keys_are_scanned_in_order_of_their_bytes_from_both_ends(harness: &dyn Harness) {
    let instance = harness.fresh();
    let scans = family(&*instance, SCANS);
    let keys: [&[u8]; 6] = [b"\x00", b"a", b"a\x00", b"aa", b"b", b"\xff\xff"];
    for key in [3, 0, 5, 1, 4, 2].map(|place| keys[place]) {
        put(&*instance, scans, key, b"");
    }
    let moment = instance.state().snapshot();
    let found = |scan: crate::Scan| owned(scan).into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    assert_eq!(found(moment.scan(scans, ALL)), keys);
    let backwards: Vec<_> = owned(moment.scan(scans, ALL).rev()).into_iter().map(|(key, _)| key).collect();
    assert_eq!(backwards, keys.iter().rev().map(|key| key.to_vec()).collect::<Vec<_>>());
    let inner = moment.scan(scans, (Bound::Excluded(b"a"), Bound::Included(b"b")));
    assert_eq!(found(inner), [&b"a\x00"[..], b"aa", b"b"]);
    let mut both = moment.scan(scans, ALL);
    assert_eq!(&*both.next().unwrap().unwrap().0, b"\x00");
    assert_eq!(&*both.next_back().unwrap().unwrap().0, b"\xff\xff");
    assert_eq!(both.count(), 4);
}

pub(super) fn bounds_that_hold_nothing_give_nothing(harness: &dyn Harness) {
    let instance = harness.fresh();
    let scans = family(&*instance, SCANS);
    put(&*instance, scans, b"b", b"");
    let moment = instance.state().snapshot();
    for bounds in [
        (Bound::Included(&b"c"[..]), Bound::Included(&b"a"[..])),
        (Bound::Included(&b"b"[..]), Bound::Excluded(&b"b"[..])),
        (Bound::Excluded(&b"b"[..]), Bound::Excluded(&b"b"[..])),
        (Bound::Excluded(&b"b"[..]), Bound::Unbounded),
    ] {
        assert_eq!(moment.scan(scans, bounds).count(), 0, "{bounds:?}");
    }
}

pub(super) fn a_prefix_finds_its_keys_and_no_others(harness: &dyn Harness) {
    let instance = harness.fresh();
    let scans = family(&*instance, SCANS);
    for key in [&b"a"[..], b"ab", b"ab\xff", b"ab\xff\xff", b"ac", b"\xff", b"\xff\xff"] {
        put(&*instance, scans, key, b"");
    }
    let moment = instance.state().snapshot();
    let count = |prefix: &[u8]| moment.scan_prefix(scans, prefix).count();
    assert_eq!([count(b"ab"), count(b"ab\xff"), count(b"\xff"), count(b""), count(b"x")], [3, 2, 2, 7, 0]);
}
