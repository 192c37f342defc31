use prime_control::{ControlStore, IdentityChange, Resource};
use prime_event::WorkspaceId;
use serde_json::json;

use super::{at, by, home, is_missing, refused};

#[test]
fn a_profile_token_opens_its_workspace_until_it_is_deleted() {
    let home = home();
    let (token, secret) = home.store.create_profile_token(home.workspace(), " web shop ", &by(1)).unwrap();
    assert_eq!(token.name, "web shop");
    let definitions = home.store.definitions();
    let found = |workspace: &WorkspaceId, presented| definitions.profile_token(workspace, presented).map(|it| &it.id);
    assert_eq!(found(home.workspace(), secret.reveal()), Some(&token.id));
    assert_eq!(found(&WorkspaceId::new("other"), secret.reveal()), None);
    assert_eq!(found(home.workspace(), "pd_nothing"), None);

    home.store.note_profile_tokens_used(&[(token.id.clone(), at(9)), ("gone".into(), at(9))]).unwrap();
    home.store.note_profile_tokens_used(&[(token.id.clone(), at(7))]).unwrap();
    assert_eq!(home.store.profile_tokens(home.workspace()).unwrap()[0].last_used_at, Some(at(9)));

    home.store.delete_profile_token(home.workspace(), &token.id, &by(2)).unwrap();
    assert!(home.store.definitions().profile_token(home.workspace(), secret.reveal()).is_none());
    assert!(is_missing(home.store.delete_profile_token(home.workspace(), &token.id, &by(3))));
    assert_eq!(refused(home.store.create_profile_token(home.workspace(), " ", &by(1))), "name");
    let kinds: Vec<_> =
        home.store.ledger(home.workspace(), None, 2).unwrap().into_iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, ["Profile Token Deleted", "Profile Token Created"]);
}

#[test]
fn the_newest_person_secret_is_the_current_one_and_earlier_ones_last_until_they_are_deleted() {
    let home = home();
    let first = home.store.create_person_secret(home.workspace(), &by(1)).unwrap();
    let second = home.store.create_person_secret(home.workspace(), &by(2)).unwrap();
    let secrets = || {
        let definitions = home.store.definitions();
        definitions.person_secrets(home.workspace()).map(|it| it.secret.clone()).collect::<Vec<_>>()
    };
    assert_eq!(secrets(), [second.secret.clone(), first.secret.clone()]);
    assert!(!format!("{second:?}").contains(&second.secret));
    home.store.delete_person_secret(home.workspace(), &first.id, &by(3)).unwrap();
    assert_eq!(secrets(), [second.secret]);
    assert!(is_missing(home.store.delete_person_secret(home.workspace(), &first.id, &by(3))));
    for _ in 0..4 {
        home.store.create_person_secret(home.workspace(), &by(4)).unwrap();
    }
    assert_eq!(refused(home.store.create_person_secret(home.workspace(), &by(5))), "secret");
    let told = format!("{:?}", home.store.ledger(home.workspace(), None, 100).unwrap());
    assert!(told.contains("Person Token Secret Created") && !told.contains("pd_"));
}

#[test]
fn a_node_that_follows_knows_the_same_tokens_and_secrets() {
    let home = home();
    let (token, secret) = home.store.create_profile_token(home.workspace(), "shop", &by(1)).unwrap();
    let person = home.store.create_person_secret(home.workspace(), &by(2)).unwrap();
    let snapshot = home.store.definitions().to_snapshot();
    let file = home.folder.path().join("definitions.json");
    let follower = ControlStore::follow(&file).unwrap();
    follower.take(&snapshot).unwrap();
    let followed = follower.definitions();
    assert_eq!(followed.profile_token(home.workspace(), secret.reveal()), Some(&token));
    assert_eq!(followed.person_secrets(home.workspace()).collect::<Vec<_>>(), [&person]);
    assert_eq!(followed.to_snapshot(), snapshot);
}

#[test]
fn a_workspace_is_found_by_its_id_and_by_its_slug() {
    let home = home();
    let definitions = home.store.definitions();
    let slug = &home.first.workspace.slug;
    for name in [home.workspace().as_str(), slug] {
        assert_eq!(definitions.workspace(name).unwrap().id, *home.workspace());
    }
    assert!(definitions.workspace("nobody").is_none());
}

#[test]
fn changes_of_who_is_who_stand_in_the_ledger_with_their_author() {
    let home = home();
    let change = IdentityChange {
        verb: "split",
        resource: Resource::Profile,
        id: "use_1".into(),
        name: "Jane".into(),
        change: json!({ "operation": 7 }),
    };
    home.store.record_identity_change(home.workspace(), change, &by(3)).unwrap();
    let entry = home.store.ledger(home.workspace(), None, 1).unwrap().remove(0);
    assert_eq!((entry.kind.as_str(), entry.resource_type.as_str()), ("Profile Split", "PROFILE"));
    assert_eq!((entry.actor_email.as_deref(), &entry.change), (Some("tester@example.com"), &json!({ "operation": 7 })));
}
