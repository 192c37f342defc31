//! A file that any released version wrote is opened for good. Fixtures are never edited; each new schema adds one.

use std::path::Path;

use prime_control::{ControlStore, Scope};
use prime_event::{DestinationId, SourceId, WriteKey};
use serde_json::json;

use super::{at, by};

/// Writes the file that a fixture describes.
fn restore(fixture: &str, path: &Path) {
    let file = rusqlite::Connection::open(path).unwrap();
    // A dump lists tables by name, a referring one before the one it refers to.
    file.pragma_update(None, "foreign_keys", false).unwrap();
    file.execute_batch(fixture).unwrap();
}

#[test]
fn a_file_of_schema_1_is_read_whole_and_goes_on_from_there() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sqlite");
    restore(include_str!("../fixtures/v1.sql"), &path);
    let store = ControlStore::open(&path).unwrap();
    let definitions = store.definitions();

    let source = definitions.source(&SourceId::new("tJPHdncS77c89CgczJuZcm")).unwrap();
    assert_eq!((source.slug.as_str(), source.name.as_str(), source.enabled), ("web", "Web shop", true));
    assert!(source.oauth_required);
    assert_eq!((source.labels[0].key.as_str(), source.labels[0].value.as_str()), ("environment", "production"));
    let keys: Vec<_> = source.write_keys.iter().map(|key| (key.key.clone(), key.enabled)).collect();
    let expected = [
        (WriteKey::new("UmmFlNy5Q4FatQELKnSUpiTzrETcVRj9"), true),
        (WriteKey::new("JdIWxbV9JLo37dForTK3Zbm2saVNrZmA"), false),
    ];
    assert_eq!(keys, expected);
    assert_eq!(definitions.destinations_of(&source.id).count(), 2);
    let hook = definitions.destination(&DestinationId::new("7m70HMhtp56Z8Fa3uLd5mk")).unwrap();
    assert_eq!(json!(hook.settings), json!({"url": "https://example.com/in", "sharedSecret": "hunter2"}));

    let workspace = &source.workspace;
    assert_eq!(definitions.workspaces[workspace].name, "Shop");
    assert!(store.sign_in("ada@example.com", "correct horse battery").unwrap().is_some());
    let token = store.token("pd_tr8qSoYy_9ZJFSX-9ksAR6rQhjfIL1FFibHy2IF7l2E").unwrap().unwrap();
    assert_eq!(token.scopes, [Scope::SourcesRead, Scope::EventsRead]);
    assert_eq!(store.invites(workspace, at(0)).unwrap()[0].email.as_deref(), Some("grace@example.com"));
    assert_eq!(store.oauth_apps(workspace).unwrap()[0].name, "backend");
    let newest = store.ledger(workspace, None, 1).unwrap().remove(0);
    assert_eq!((newest.seq, newest.kind.as_str()), (14, "OAuth App Created"));
    store.rename_workspace(workspace, "Shop two", &by(1)).unwrap();
    assert_eq!(store.definitions().revision, 15);
}

#[test]
fn a_file_of_schema_2_keeps_who_may_read_profiles() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.sqlite");
    restore(include_str!("../fixtures/v2.sql"), &path);
    let store = ControlStore::open(&path).unwrap();
    let definitions = store.definitions();
    let workspace = &definitions.workspace("my-workspace").unwrap().id;
    let token = definitions.profile_token(workspace, "pd_aXJ1c3QtdG9rZW4tb2YtcHJvZmlsZXMtdHdlbHZlMDEyMw").unwrap();
    assert_eq!(token.name, "web shop");
    let secrets: Vec<_> = definitions.person_secrets(workspace).map(|secret| secret.secret.as_str()).collect();
    assert_eq!(secrets, ["pd_c2VjcmV0LXRoYXQtc2lnbnMtdG9rZW5zLWZvci1wZXJzb25z"]);
    assert_eq!(definitions.sources.len(), 2);
}
