use prime_control::{Actor, Author, NewDestination, Scope};
use serde_json::json;

use super::{at, by, home};

#[test]
fn every_change_is_in_the_ledger_with_who_when_and_what() {
    let home = home();
    let web = home.source("web");
    let token = Author::new(Actor::Token { id: "t1".into(), name: "ci".into() }, at(5));
    home.store.delete_source(home.workspace(), &web.id, &token).unwrap();
    let ledger = home.store.ledger(home.workspace(), None, 100).unwrap();
    let kinds: Vec<_> = ledger.iter().rev().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "Workspace Created",
            "Source Created",
            "Destination Created",
            "Source Created",
            "Destination Created",
            "Source Deleted"
        ]
    );
    let deleted = &ledger[0];
    assert_eq!((deleted.actor.as_str(), deleted.actor_email.as_deref(), deleted.at), ("t1", None, at(5)));
    assert_eq!((deleted.resource_id.as_str(), deleted.resource_name.as_str()), (web.id.as_str(), "web"));
    assert_eq!(ledger[2].actor_email.as_deref(), Some("tester@example.com"));
    assert_eq!(ledger.last().unwrap().actor, "system");
}

#[test]
fn pages_of_the_ledger_follow_each_other_without_gap_or_overlap() {
    let home = home();
    for number in 0..7 {
        home.source(&format!("source-{number}"));
    }
    let (mut before, mut seen) = (None, Vec::new());
    loop {
        let page = home.store.ledger(home.workspace(), before, 4).unwrap();
        let Some(last) = page.last() else { break };
        before = Some(last.seq);
        seen.extend(page.iter().map(|entry| entry.seq));
    }
    assert_eq!(seen, (1..=seen.len() as u64).rev().collect::<Vec<_>>());
}

#[test]
fn no_secret_enters_the_ledger() {
    let home = home();
    let web = home.source("web");
    let settings = json!({"url": "https://example.com", "sharedSecret": "hunter2"}).as_object().cloned().unwrap();
    let new = NewDestination {
        name: "Hook".into(),
        metadata_id: "webhook".into(),
        settings: settings.clone(),
        delivery: Default::default(),
        secret_settings: vec!["sharedSecret".into()],
        ..NewDestination::default()
    };
    let hook = home.store.create_destination(home.workspace(), &web.id, new, &by(2)).unwrap();
    let patch = prime_control::DestinationPatch {
        settings: Some(settings),
        delivery: Default::default(),
        secret_settings: vec!["sharedSecret".into()],
        ..prime_control::DestinationPatch::default()
    };
    home.store.update_destination(home.workspace(), &hook.id, patch, &by(2)).unwrap();
    let added = home.store.add_write_key(home.workspace(), &web.id, &by(3)).unwrap();
    home.store.delete_write_key(home.workspace(), &web.id, added.key.as_str(), &by(3)).unwrap();
    home.owner();
    let (_, token) = home.store.create_token(home.workspace(), "ci", &[Scope::All], &by(4)).unwrap();
    let text = format!("{:?}", home.store.ledger(home.workspace(), None, 100).unwrap());
    assert!(text.contains("https://example.com") && text.contains("Write Key Created"));
    for secret in ["hunter2", added.key.as_str(), token.reveal(), "correct horse", "argon2"] {
        assert!(!text.contains(secret), "{secret}");
    }
}

#[test]
fn the_ledger_can_be_added_to_and_nothing_else() {
    let home = home();
    let file = rusqlite::Connection::open(home.folder.path().join("control.sqlite")).unwrap();
    for change in ["DELETE FROM ledger", "UPDATE ledger SET actor = 'nobody'"] {
        let error = file.execute(change, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{error}");
    }
}
