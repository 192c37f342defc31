use std::os::unix::fs::PermissionsExt;

use prime_control::{ControlError, ControlStore, Definitions, NewDestination, SnapshotError};
use prime_event::SourceId;
use serde_json::json;

use super::{at, by, home};

#[test]
fn a_follower_has_the_same_definitions_and_keeps_them_over_a_restart() {
    let home = home();
    let (store, source) = (&home.store, &home.first.source);
    let settings = json!({ "url": "https://example.com", "sharedSecret": "hush" }).as_object().unwrap().clone();
    for name in ["first", "second", "third"] {
        let new = NewDestination { name: name.into(), enabled: true, settings: settings.clone(), ..Default::default() };
        store.create_destination(&source.workspace, &source.id, new, &by(2)).unwrap();
    }

    let file = home.folder.path().join("definitions.json");
    let follower = ControlStore::follow(&file).unwrap();
    assert_eq!(follower.definitions().revision, 0);
    let published = follower.subscribe();
    let snapshot = store.definitions().to_snapshot();
    follower.take(&snapshot).unwrap();
    assert!(published.has_changed().unwrap());

    for follower in [follower, ControlStore::follow(&file).unwrap()] {
        let (own, followed) = (store.definitions(), follower.definitions());
        assert_eq!(followed.revision, own.revision);
        assert_eq!(followed.workspaces, own.workspaces);
        assert_eq!(followed.sources, own.sources);
        let destinations = |definitions: &Definitions| {
            definitions.destinations_of(&source.id).map(|it| (**it).clone()).collect::<Vec<_>>()
        };
        assert_eq!(destinations(&followed), destinations(&own));
        let key = source.write_keys[0].key.as_str();
        assert_eq!(followed.write_key(key).unwrap().source.id, source.id);
        assert_eq!(followed.to_snapshot(), snapshot);
    }
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_snapshot_that_cannot_be_read_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("definitions.json");
    let follower = ControlStore::follow(&file).unwrap();
    assert!(matches!(follower.take(b"{"), Err(SnapshotError::Unreadable(_))));
    assert!(matches!(follower.take(br#"{"version":2}"#), Err(SnapshotError::Version(2))));
    assert!(!file.exists());
    assert_eq!(follower.definitions().revision, 0);
}

#[test]
fn a_follower_says_where_to_ask() {
    let folder = tempfile::tempdir().unwrap();
    let follower = ControlStore::follow(&folder.path().join("definitions.json")).unwrap();
    assert!(matches!(follower.bootstrap(at(0)), Err(ControlError::Elsewhere)));
    assert!(matches!(home().store.take(b"{\"version\":1}"), Err(SnapshotError::Unreadable(_))));
    let snapshot = home().store.definitions().to_snapshot();
    assert!(matches!(home().store.take(&snapshot), Err(SnapshotError::NotFollowing)));
}

#[test]
fn the_first_form_of_a_snapshot_stays_readable() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("definitions.json");
    std::fs::write(&file, include_str!("../fixtures/snapshot-v1.json")).unwrap();
    let definitions = ControlStore::follow(&file).unwrap().definitions();
    assert_eq!((definitions.revision, definitions.workspaces.len()), (12, 1));
    let owner = definitions.write_key("0123456789abcdefghijABCDEFGHIJ01").unwrap();
    assert_eq!((owner.source.id.clone(), owner.enabled), (SourceId::new("s1"), true));
    assert_eq!(definitions.destinations_of(&owner.source.id).next().unwrap().settings["url"], "https://example.com");
    assert!(definitions.access_token("pd_token", at(0)).is_some());
}
