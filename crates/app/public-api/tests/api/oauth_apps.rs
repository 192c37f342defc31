use serde_json::json;

use super::server;

const PUBLIC: &str = include_str!("../../../../foundation/control/tests/fixtures/oauth_public.pem");
const OTHER: &str = include_str!("../../../../foundation/control/tests/fixtures/other_public.pem");

#[tokio::test]
async fn an_app_is_registered_given_a_second_key_and_deleted() {
    let server = server();
    let created = server.post("/oauth-apps", json!({"name": "backend", "publicKey": PUBLIC})).await;
    let app = created.data()["oauthApp"].clone();
    let address = format!("/oauth-apps/{}", app["id"].as_str().unwrap());
    let second = server.post(&format!("{address}/keys"), json!({"publicKey": OTHER})).await;
    let kid = second.data()["oauthKey"]["id"].as_str().unwrap().to_owned();
    let third = server.post(&format!("{address}/keys"), json!({"publicKey": OTHER})).await;
    assert_eq!(third.refusal(), (422, "publicKey"));
    let listed = server.get("/oauth-apps").await;
    assert_eq!(listed.data()["oauthApps"][0]["keys"].as_array().unwrap().len(), 2);
    assert_eq!(server.delete(&format!("{address}/keys/{kid}")).await.status, 200);
    assert_eq!(server.get(&format!("{address}/tokens")).await.data()["oauthTokens"], json!([]));
    assert_eq!(server.delete(&format!("{address}/tokens/nothing")).await.refusal().0, 404);
    assert_eq!(server.delete(&address).await.status, 200);
    assert_eq!(server.get(&format!("{address}/tokens")).await.refusal().0, 404);
}

#[tokio::test]
async fn what_is_no_public_key_is_refused() {
    let server = server();
    let bad = server.post("/oauth-apps", json!({"name": "backend", "publicKey": "secret"})).await;
    assert_eq!(bad.refusal(), (422, "publicKey"));
}
