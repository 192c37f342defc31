use super::Harness;
use super::support::{POINTS, SCANS, family, pairs, put};
use crate::{Access, Batch, Durability, FamilyOptions, StateError};

pub(super) fn what_was_written_is_read_back(harness: &dyn Harness) {
    let instance = harness.fresh();
    let (points, scans) = (family(&*instance, POINTS), family(&*instance, SCANS));
    let large = vec![7; 300_000];
    let mut batch = Batch::new();
    batch.put(points, *b"a", *b"1");
    batch.put(points, *b"b", *b"");
    batch.put(scans, *b"\x00\xff", large.clone());
    instance.state().write(batch, Durability::Machine).unwrap();
    let moment = instance.state().snapshot();
    assert_eq!(moment.get(points, b"a").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(moment.get(points, b"b").unwrap().as_deref(), Some(&b""[..]));
    assert_eq!(moment.get(scans, b"\x00\xff").unwrap().as_deref(), Some(&large[..]));
    assert!(moment.contains(points, b"a").unwrap() && !moment.contains(points, b"c").unwrap());
    assert_eq!(moment.get(points, b"c").unwrap(), None);
}

pub(super) fn of_several_changes_to_one_key_the_last_one_counts(harness: &dyn Harness) {
    let instance = harness.fresh();
    let points = family(&*instance, POINTS);
    let mut batch = Batch::new();
    batch.put(points, *b"kept", *b"1");
    batch.remove(points, *b"kept");
    batch.put(points, *b"kept", *b"2");
    batch.put(points, *b"gone", *b"1");
    batch.remove(points, *b"gone");
    instance.state().write(batch, Durability::Process).unwrap();
    assert_eq!(pairs(&instance.state().snapshot(), points), [(b"kept".to_vec(), b"2".to_vec())]);
    put(&*instance, points, b"kept", b"3");
    assert_eq!(pairs(&instance.state().snapshot(), points), [(b"kept".to_vec(), b"3".to_vec())]);
}

pub(super) fn a_family_asked_for_twice_is_one_and_families_are_separate(harness: &dyn Harness) {
    let instance = harness.fresh();
    let (points, scans) = (family(&*instance, POINTS), family(&*instance, SCANS));
    assert_eq!(family(&*instance, POINTS), points);
    put(&*instance, points, b"key", b"1");
    put(&*instance, scans, b"key", b"2");
    let moment = instance.state().snapshot();
    assert_eq!(moment.get(points, b"key").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(moment.get(scans, b"key").unwrap().as_deref(), Some(&b"2"[..]));
}

pub(super) fn names_that_could_not_be_folders_are_refused(harness: &dyn Harness) {
    let instance = harness.fresh();
    for name in ["", "..", "a/b", "A", "a b"] {
        let refused = instance.state().family(FamilyOptions { name, access: Access::Points });
        assert!(matches!(refused, Err(StateError::Name(_))), "{name:?}");
    }
}

pub(super) fn what_was_written_is_there_after_opening_again(harness: &dyn Harness) {
    let mut instance = harness.fresh();
    let points = family(&*instance, POINTS);
    put(&*instance, points, b"key", b"1");
    put(&*instance, points, b"other", b"2");
    if instance.reopen() {
        let points = family(&*instance, POINTS);
        let expected = [(b"key".to_vec(), b"1".to_vec()), (b"other".to_vec(), b"2".to_vec())];
        assert_eq!(pairs(&instance.state().snapshot(), points), expected);
    }
}
