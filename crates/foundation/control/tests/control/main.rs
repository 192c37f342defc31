//! The promises of the control store, each through its public face and a real file.

mod accounts;
mod definitions;
mod following;
mod invites;
mod ledger;
mod oauth;
mod profiles;
mod store;
mod stored_formats;
mod tokens;

use std::sync::Arc;

use prime_control::{Account, Actor, Author, Bootstrap, ControlError, ControlStore, NewAccount, NewSource, Source};
use prime_event::{Timestamp, WorkspaceId};
use tempfile::TempDir;

/// A store as it is after the first start.
struct Home {
    folder: TempDir,
    store: ControlStore,
    first: Bootstrap,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    let store = ControlStore::open(&folder.path().join("control.sqlite")).unwrap();
    let first = store.bootstrap(at(0)).unwrap().unwrap();
    Home { folder, store, first }
}

impl Home {
    fn workspace(&self) -> &WorkspaceId {
        &self.first.workspace.id
    }

    fn source(&self, slug: &str) -> Arc<Source> {
        self.store.create_source(self.workspace(), source(slug), &by(1)).unwrap()
    }

    /// The first account, made with the setup link.
    fn owner(&self) -> Account {
        self.store.accept_invite(self.first.setup_token.reveal(), &person("ada@example.com"), at(1)).unwrap().unwrap()
    }

    fn reopened(&self) -> ControlStore {
        ControlStore::open(&self.folder.path().join("control.sqlite")).unwrap()
    }
}

fn source(slug: &str) -> NewSource {
    NewSource { slug: slug.into(), enabled: true, metadata_id: "node".into(), ..NewSource::default() }
}

fn person(email: &str) -> NewAccount {
    NewAccount {
        email: email.into(),
        name: "Ada".into(),
        password: "correct horse battery".into(),
        workspace_name: None,
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + second * 1_000)
}

fn by(second: i64) -> Author {
    Author::new(Actor::Account { id: "tester".into(), email: "tester@example.com".into() }, at(second))
}

/// The field that a refusal names.
fn refused<T>(result: Result<T, ControlError>) -> &'static str {
    match result {
        Err(ControlError::Invalid { field, sentence }) => {
            assert!(sentence.ends_with('.'), "{sentence}");
            field
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("was not refused"),
    }
}

fn is_missing<T>(result: Result<T, ControlError>) -> bool {
    matches!(result, Err(ControlError::NotFound { .. }))
}
