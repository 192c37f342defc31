use std::os::unix::fs::PermissionsExt;

use prime_control::{ControlStore, OpenError};

use super::{at, by, home, source};

#[test]
fn the_first_start_makes_a_source_with_a_write_key_an_archive_and_a_setup_link() {
    let home = home();
    let definitions = home.store.definitions();
    let owner = definitions.write_key(home.first.write_key.as_str()).unwrap();
    assert!(owner.enabled);
    assert_eq!((owner.workspace, owner.source.slug.as_str()), (home.workspace(), "my-first-source"));
    let archives: Vec<_> = definitions.destinations_of(&owner.source.id).collect();
    assert_eq!(archives.len(), 1);
    assert_eq!((archives[0].metadata_id.as_str(), archives[0].enabled), ("archive", true));
    assert!(home.store.invite(home.first.setup_token.reveal(), at(1)).unwrap().is_some());
}

#[test]
fn a_later_start_finds_everything_and_makes_nothing() {
    let home = home();
    let store = home.reopened();
    assert!(store.bootstrap(at(9)).unwrap().is_none());
    let definitions = store.definitions();
    assert_eq!(definitions.sources.len(), 1);
    assert!(definitions.write_key(home.first.write_key.as_str()).is_some());
    assert_eq!(definitions.revision, home.store.definitions().revision);
}

#[test]
fn only_the_owner_of_the_file_can_read_it_and_what_lies_beside_it() {
    let home = home();
    home.source("web");
    for entry in std::fs::read_dir(home.folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{:?}", entry.file_name());
    }
}

#[test]
fn credentials_are_nowhere_in_the_file() {
    let home = home();
    let account = home.owner();
    let (_, token) = home.store.create_token(home.workspace(), "ci", &[prime_control::Scope::All], &by(2)).unwrap();
    let session = home.store.open_session(&account, at(2)).unwrap();
    let mut stored = Vec::new();
    for entry in std::fs::read_dir(home.folder.path()).unwrap() {
        stored.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("ada@example.com"), "the search finds what is there");
    for secret in [token.reveal(), session.reveal(), home.first.setup_token.reveal(), "correct horse battery"] {
        assert!(!holds(secret));
    }
}

#[test]
fn a_file_of_a_newer_program_is_refused() {
    let home = home();
    let path = home.folder.path().join("control.sqlite");
    let newer = rusqlite::Connection::open(&path).unwrap();
    newer.pragma_update(None, "user_version", 1_000).unwrap();
    drop(newer);
    assert!(matches!(ControlStore::open(&path), Err(OpenError::Newer { found: 1_000, .. })));
}

#[test]
fn a_snapshot_is_published_with_each_change_and_never_changes_itself() {
    let home = home();
    let mut published = home.store.subscribe();
    let before = published.borrow_and_update().clone();
    assert!(!published.has_changed().unwrap());
    let created = home.store.create_source(home.workspace(), source("web"), &by(1)).unwrap();
    assert!(published.has_changed().unwrap());
    let after = published.borrow_and_update().clone();
    assert!(after.source(&created.id).is_some() && before.source(&created.id).is_none());
    assert!(after.revision > before.revision);
}

#[test]
fn changes_from_many_threads_all_happen_and_keep_the_ledger_dense() {
    let home = home();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let home = &home;
            scope.spawn(move || {
                for number in 0..10 {
                    home.source(&format!("source-{thread}-{number}"));
                }
            });
        }
    });
    assert_eq!(home.store.definitions().sources.len(), 41);
    let ledger = home.store.ledger(home.workspace(), None, 1_000).unwrap();
    let numbers: Vec<u64> = ledger.iter().rev().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (1..=numbers.len() as u64).collect::<Vec<_>>());
}
