use http::Method;
use prime_profile_api::{DeletionError, PersonClaims, Resource};
use serde_json::json;

use crate::support::{Answer, Fixture, SECRET, TOKEN, basic, identifier};

const PROFILE: &str = "users/profiles/user_id:u1";

async fn delete(fixture: &Fixture, profile: &str, token: &str, body: &str) -> Answer {
    let uri = format!("/v1/spaces/space/collections/{profile}/external_ids/delete");
    fixture.send(Method::POST, &uri, &[("authorization", token)], body).await
}

#[tokio::test]
async fn an_identifier_is_deleted_from_the_profile_of_a_user_id() {
    let fixture = Fixture::new();
    let body = r#"{"delete_external_ids":[{"id":"jane@x.com","type":"email"}]}"#;
    let answer = delete(&fixture, PROFILE, &basic(TOKEN), body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, json!({"code": "success", "message": "External identifier has been deleted."}));
    assert_eq!(*fixture.space.deletions.lock(), [(identifier("user_id:u1"), identifier("email:jane@x.com"))]);
}

#[tokio::test]
async fn deletions_that_cannot_be_are_refused_with_the_codes_of_the_contract() {
    let fixture = Fixture::new();
    let one = |kind: &str, id: &str| format!(r#"{{"delete_external_ids":[{{"id":"{id}","type":"{kind}"}}]}}"#);
    let email = one("email", "jane@x.com");
    let two = r#"{"delete_external_ids":[{"id":"a","type":"email"},{"id":"b","type":"email"}]}"#;
    for (profile, body, code) in [
        (PROFILE, one("group_id", "acme"), "unsupported_eid_type"),
        (PROFILE, "{}".to_owned(), "bad_request"),
        (PROFILE, "not json".to_owned(), "bad_request"),
        (PROFILE, "x".repeat(20_000), "bad_request"),
        (PROFILE, r#"{"delete_external_ids":[]}"#.to_owned(), "bad_request"),
        (PROFILE, two.to_owned(), "bad_request"),
        (PROFILE, one("email", ""), "bad_request"),
        (PROFILE, one("user_id", "u1"), "bad_request"),
        ("users/profiles/email:jane@x.com", one("anonymous_id", "a"), "bad_request"),
        ("accounts/profiles/user_id:u1", email.clone(), "bad_request"),
    ] {
        let answer = delete(&fixture, profile, &basic(TOKEN), &body).await;
        assert_eq!(answer.refusal(), (400, code), "{profile} {body:.80}");
    }
    assert!(fixture.space.deletions.lock().is_empty());
    for (error, refusal) in [
        (DeletionError::ProfileNotFound, (404, "not_found")),
        (DeletionError::IdentifierNotFound, (404, "eid_not_found")),
        (DeletionError::LastUserId, (400, "bad_request")),
        (DeletionError::Failed, (500, "internal_error")),
    ] {
        *fixture.space.deletion.lock() = Err(error);
        assert_eq!(delete(&fixture, PROFILE, &basic(TOKEN), &email).await.refusal(), refusal);
    }
}

#[tokio::test]
async fn only_the_space_s_own_token_may_delete() {
    let fixture = Fixture::new();
    let body = r#"{"delete_external_ids":[{"id":"jane@x.com","type":"email"}]}"#;
    assert_eq!(delete(&fixture, PROFILE, &basic("wrong"), body).await.refusal(), (401, "unauthorized"));
    let claims = PersonClaims {
        space: "space".into(),
        profile: "user_id:u1".into(),
        expires: i64::MAX / 2_000,
        resources: vec![Resource::ExternalIds],
    };
    let bearer = format!("Bearer {}", claims.sign(SECRET));
    assert_eq!(delete(&fixture, PROFILE, &bearer, body).await.refusal(), (403, "forbidden"));
    assert!(fixture.space.deletions.lock().is_empty());
}
