use prime_control::Scope;

use super::{at, by, home, is_missing, refused};

#[test]
fn a_token_is_found_by_what_was_shown_once_until_it_is_deleted() {
    let home = home();
    let scopes = [Scope::SourcesRead, Scope::EventsRead];
    let (token, secret) = home.store.create_token(home.workspace(), "ci", &scopes, &by(1)).unwrap();
    assert_eq!(home.store.token(secret.reveal()).unwrap(), Some(token.clone()));
    assert_eq!(token.scopes, scopes);
    assert_eq!(home.store.token("pd_nothing").unwrap(), None);
    home.store.delete_token(home.workspace(), &token.id, &by(2)).unwrap();
    assert_eq!(home.store.token(secret.reveal()).unwrap(), None);
    assert!(is_missing(home.store.delete_token(home.workspace(), &token.id, &by(2))));
}

#[test]
fn the_local_token_may_do_everything_and_is_replaced_at_each_start() {
    let home = home();
    let first = home.store.local_token(at(1)).unwrap();
    let second = home.store.local_token(at(2)).unwrap();
    assert_eq!(home.store.token(first.reveal()).unwrap(), None);
    assert_eq!(home.store.token(second.reveal()).unwrap().unwrap().scopes, [Scope::All]);
    assert!(home.store.tokens(home.workspace()).unwrap().is_empty(), "it is not among those that people made");
}

#[test]
fn a_token_needs_a_name_and_a_scope() {
    let home = home();
    assert_eq!(refused(home.store.create_token(home.workspace(), "ci", &[], &by(1))), "scopes");
    assert_eq!(refused(home.store.create_token(home.workspace(), " ", &[Scope::All], &by(1))), "name");
}
