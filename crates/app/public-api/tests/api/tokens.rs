use prime_control::Scope;
use serde_json::json;

use super::server;

#[tokio::test]
async fn a_token_is_shown_once_works_and_ends_when_it_is_deleted() {
    let server = server();
    let created = server.post("/tokens", json!({"name": "ci", "scopes": ["sources:read", "sources:read"]})).await;
    let token = created.data()["token"].as_str().unwrap().to_owned();
    assert_eq!(created.data()["scopes"], json!(["sources:read"]));
    assert_eq!(server.ask_with(&token, "GET", "/sources", None).await.status, 200);
    let write = server.ask_with(&token, "POST", "/sources", Some(json!({"slug": "x", "metadataId": "node"}))).await;
    assert_eq!(write.refusal().0, 403);
    let listed = server.get("/tokens").await;
    assert_eq!(listed.data()["tokens"].as_array().unwrap().len(), 1, "the server's own is not among them");
    assert!(!listed.body.to_string().contains(&token));
    let address = format!("/tokens/{}", created.data()["id"].as_str().unwrap());
    assert_eq!(server.delete(&address).await.data()["status"], "SUCCESS");
    assert_eq!(server.ask_with(&token, "GET", "/sources", None).await.refusal().0, 401);
}

#[tokio::test]
async fn nobody_passes_on_what_they_lack() {
    let server = server();
    let weak = server.token_with(&[Scope::TokensWrite, Scope::SourcesWrite]);
    let make = async |scope: &str| {
        let body = json!({"name": "more", "scopes": [scope]});
        server.ask_with(&weak, "POST", "/tokens", Some(body)).await.status.as_u16()
    };
    assert_eq!((make("sources:read").await, make("events:read").await, make("*").await), (200, 403, 403));
    let unknown = server.post("/tokens", json!({"name": "ci", "scopes": ["everything"]})).await;
    assert_eq!(unknown.refusal(), (422, "scopes"));
    assert_eq!(server.post("/tokens", json!({"name": "ci", "scopes": []})).await.refusal(), (422, "scopes"));
}
