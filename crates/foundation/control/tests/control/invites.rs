use prime_control::{InviteKind, NewAccount, Role};

use super::{at, by, home, is_missing, person, refused};

const WEEK_S: i64 = 7 * 24 * 60 * 60;

#[test]
fn the_setup_link_makes_one_owner_and_is_then_used_up() {
    let home = home();
    let token = home.first.setup_token.reveal();
    let new = NewAccount { workspace_name: Some("Shop".into()), ..person("ada@example.com") };
    let owner = home.store.accept_invite(token, &new, at(1)).unwrap().unwrap();
    assert_eq!(owner.role, Role::Owner);
    assert_eq!(home.store.definitions().workspaces[home.workspace()].name, "Shop");
    assert!(home.store.accept_invite(token, &person("eve@example.com"), at(2)).unwrap().is_none());
    assert!(home.store.issue_setup_token(at(2)).unwrap().is_none(), "an account exists");
}

#[test]
fn a_refused_account_leaves_the_link_usable() {
    let home = home();
    let token = home.first.setup_token.reveal();
    let short = NewAccount { password: "short".into(), ..person("ada@example.com") };
    assert_eq!(refused(home.store.accept_invite(token, &short, at(1))), "password");
    let no_address = NewAccount { email: "ada".into(), ..person("") };
    assert_eq!(refused(home.store.accept_invite(token, &no_address, at(1))), "email");
    let no_name = NewAccount { name: "  ".into(), ..person("ada@example.com") };
    assert_eq!(refused(home.store.accept_invite(token, &no_name, at(1))), "name");
    assert!(home.store.accept_invite(token, &person("ada@example.com"), at(1)).unwrap().is_some());
}

#[test]
fn a_new_setup_link_ends_the_one_before_and_none_outlives_a_week() {
    let home = home();
    let newer = home.store.issue_setup_token(at(10)).unwrap().unwrap();
    assert!(home.store.invite(home.first.setup_token.reveal(), at(11)).unwrap().is_none());
    assert_eq!(home.store.invite(newer.reveal(), at(9 + WEEK_S)).unwrap().unwrap().kind, InviteKind::Setup);
    assert!(home.store.invite(newer.reveal(), at(10 + WEEK_S)).unwrap().is_none());
    assert!(home.store.accept_invite(newer.reveal(), &person("ada@example.com"), at(10 + WEEK_S)).unwrap().is_none());
}

#[test]
fn an_invite_makes_an_account_for_its_address_only() {
    let home = home();
    home.owner();
    let (invite, token) =
        home.store.create_invite(home.workspace(), "Grace@Example.com", Role::Member, &by(2)).unwrap();
    assert_eq!(invite.email.as_deref(), Some("grace@example.com"));
    assert_eq!(refused(home.store.accept_invite(token.reveal(), &person("eve@example.com"), at(3))), "email");
    let renaming = NewAccount { workspace_name: Some("Hers".into()), ..person("GRACE@example.com") };
    let grace = home.store.accept_invite(token.reveal(), &renaming, at(3)).unwrap().unwrap();
    assert_eq!(grace.role, Role::Member);
    assert_ne!(home.store.definitions().workspaces[home.workspace()].name, "Hers");
    assert!(home.store.invites(home.workspace(), at(4)).unwrap().is_empty());
}

#[test]
fn an_invite_can_be_withdrawn_and_replaced() {
    let home = home();
    let (_, first) = home.store.create_invite(home.workspace(), "grace@example.com", Role::Member, &by(1)).unwrap();
    let (second, token) = home.store.create_invite(home.workspace(), "grace@example.com", Role::Owner, &by(2)).unwrap();
    assert!(home.store.invite(first.reveal(), at(3)).unwrap().is_none());
    assert_eq!(home.store.invites(home.workspace(), at(3)).unwrap(), std::slice::from_ref(&second));
    home.store.delete_invite(home.workspace(), &second.id, &by(4)).unwrap();
    assert!(home.store.invite(token.reveal(), at(5)).unwrap().is_none());
    assert!(is_missing(home.store.delete_invite(home.workspace(), &second.id, &by(5))));
}

#[test]
fn a_person_with_an_account_is_not_invited_again() {
    let home = home();
    home.owner();
    let again = home.store.create_invite(home.workspace(), "ada@example.com", Role::Member, &by(2));
    assert_eq!(refused(again), "email");
}
