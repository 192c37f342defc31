use serde_json::json;

use super::everywhere::assert_described;
use super::server;

#[tokio::test]
async fn a_profile_token_is_shown_once_and_can_be_deleted() {
    let server = server();
    let created = server.post("/profile-tokens", json!({"name": "shop"})).await;
    let token = created.data()["token"].as_str().unwrap().to_owned();
    assert!(server.api.control.definitions().profile_token(&server.workspace(), &token).is_some());
    let listed = server.get("/profile-tokens").await;
    assert_described("ProfileToken", &listed.data()["tokens"][0]);
    assert!(!listed.body.to_string().contains(&token));
    let id = created.data()["id"].as_str().unwrap();
    server.delete(&format!("/profile-tokens/{id}")).await.data();
    assert!(server.api.control.definitions().profile_token(&server.workspace(), &token).is_none());
    assert_eq!(server.post("/profile-tokens", json!({"name": ""})).await.refusal(), (422, "name"));
}

#[tokio::test]
async fn a_token_for_a_person_is_signed_with_the_current_secret() {
    let server = server();
    let wanted = json!({"profile": "user_id:7", "resources": ["traits", "events"], "expiresInS": 60});
    assert_eq!(server.post("/person-tokens", wanted.clone()).await.refusal().0, 409);
    let secret = server.post("/person-token-secrets", json!({})).await;
    assert_eq!(secret.data()["isCurrent"], true);
    let made = server.post("/person-tokens", wanted).await;
    assert!(made.data()["token"].as_str().unwrap().starts_with("pp1."));
    let url = made.data()["url"].as_str().unwrap();
    assert!(url.ends_with("/collections/users/profiles/user_id:7/traits"), "{url}");
    let listed = server.get("/person-token-secrets").await;
    assert_described("PersonTokenSecret", &listed.data()["secrets"][0]);
    assert!(!listed.body.to_string().contains(secret.data()["secret"].as_str().unwrap()));
    let id = listed.data()["secrets"][0]["id"].as_str().unwrap();
    server.delete(&format!("/person-token-secrets/{id}")).await.data();
    for (body, field) in [
        (json!({"profile": "jane", "resources": ["traits"]}), "profile"),
        (json!({"profile": "user_id:7", "resources": []}), "resources"),
        (json!({"profile": "user_id:7", "resources": ["all"]}), "resources"),
        (json!({"profile": "user_id:7", "resources": ["traits"], "expiresInS": 0}), "expiresInS"),
    ] {
        assert_eq!(server.post("/person-tokens", body).await.refusal(), (422, field));
    }
}
