use prime_control::{AccountPatch, Role, SESSION_LIFETIME_S};

use super::{at, by, home, is_missing, person, refused};

#[test]
fn a_person_signs_in_with_address_and_password_whatever_the_case_of_the_address() {
    let home = home();
    let owner = home.owner();
    let signed_in = |email: &str, password: &str| home.store.sign_in(email, password).unwrap();
    assert_eq!(signed_in(" ADA@example.com ", "correct horse battery"), Some(owner));
    assert_eq!(signed_in("ada@example.com", "Correct horse battery"), None);
    assert_eq!(signed_in("nobody@example.com", "correct horse battery"), None);
    assert_eq!(signed_in("nobody@example.com", "nobody signs in with this"), None);
}

#[test]
fn a_session_ends_with_its_time_with_sign_out_and_with_a_new_password() {
    let home = home();
    let owner = home.owner();
    let session = home.store.open_session(&owner, at(10)).unwrap();
    let other = home.store.open_session(&owner, at(10)).unwrap();
    let who = |session: &prime_control::Secret, second| home.store.session(session.reveal(), at(second)).unwrap();
    assert_eq!(who(&session, 11), Some(owner.clone()));
    assert_eq!(who(&session, 10 + SESSION_LIFETIME_S), None);
    home.store.close_session(session.reveal()).unwrap();
    assert_eq!(who(&session, 11), None);
    assert_eq!(who(&other, 11), Some(owner.clone()), "another browser stays signed in");
    let patch = AccountPatch { new_password: Some("a wholly new password".into()), ..AccountPatch::default() };
    home.store.update_account(home.workspace(), &owner.id, patch, &by(12)).unwrap();
    assert_eq!(who(&other, 12), None);
    assert!(home.store.sign_in("ada@example.com", "correct horse battery").unwrap().is_none());
    assert!(home.store.sign_in("ada@example.com", "a wholly new password").unwrap().is_some());
}

#[test]
fn short_and_endless_passwords_are_refused() {
    let home = home();
    let owner = home.owner();
    for password in ["elevenchars", &"x".repeat(1_025)] {
        let patch = AccountPatch { new_password: Some(password.into()), ..AccountPatch::default() };
        assert_eq!(refused(home.store.update_account(home.workspace(), &owner.id, patch, &by(2))), "newPassword");
    }
}

#[test]
fn the_last_owner_stays() {
    let home = home();
    let owner = home.owner();
    let (_, member) = home.store.create_invite(home.workspace(), "grace@example.com", Role::Member, &by(2)).unwrap();
    let member = home.store.accept_invite(member.reveal(), &person("grace@example.com"), at(3)).unwrap().unwrap();
    assert_eq!(refused(home.store.delete_account(home.workspace(), &owner.id, &by(4))), "id");
    let session = home.store.open_session(&member, at(4)).unwrap();
    home.store.delete_account(home.workspace(), &member.id, &by(5)).unwrap();
    assert_eq!(home.store.session(session.reveal(), at(6)).unwrap(), None, "a deleted account is signed out");
    assert!(is_missing(home.store.delete_account(home.workspace(), &member.id, &by(7))));
    assert_eq!(home.store.accounts(home.workspace()).unwrap(), [owner]);
}
